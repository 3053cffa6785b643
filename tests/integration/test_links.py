"""Links other than the plain loopback ones, and what a source may do in mid-stream."""
import json
import pathlib
import subprocess

import numpy as np
import pytest
import zmq

import socks_proxy
import system
import wire_client
from slicecast.v1 import control_pb2

SOURCE = ("--rows", "32", "--columns", "48", "--projections", "30", "--rate", "60", "--pre-render", "60")
SLICE = ("slice", "--pose", "xy@0", "--size", "32", "--pixel", "0.5", "--wait", "30")


def make_keys(folder):
    """A key pair and an empty allow-list, as `slicecast keys` makes them."""
    (folder / "allowed").mkdir(parents=True)
    public, secret = zmq.curve_keypair()
    (folder / "secret.key").write_bytes(secret + b"\n")
    (folder / "secret.key").chmod(0o600)
    (folder / "public.key").write_bytes(public + b"\n")
    return public


def whole_slice(running, edge_mm=16):
    running.control("slice").request(set_slice=wire_client.square(32, edge_mm, id="a", pinned=True))
    feed = running.feed("slice", ["slice/"])
    return feed, feed.wait(lambda h: h.HasField("slice") and not h.slice.filling)


def test_without_a_key_from_the_allow_list_nobody_is_served_and_the_server_stays(tmp_path):
    server, friend, stranger = (tmp_path / name for name in ("server", "friend", "stranger"))
    public = make_keys(server)
    (server / "allowed" / "friend.key").write_bytes(make_keys(friend) + b"\n")
    for client in (friend, stranger):
        if client is stranger:
            make_keys(stranger)
        (client / "allowed" / "server.key").write_bytes(public + b"\n")
    port = system.free_port()
    hub = f"tcp://127.0.0.1:{port}"
    log = open(tmp_path / "log", "wb")
    running = []

    def start(name, *arguments):
        command = [system.BIN / f"slicecast-{name}", "--hub", hub, "--curve", server, "--metrics-port", "-1",
                   "--state-directory", tmp_path / "state", *arguments]
        running.append(subprocess.Popen([str(word) for word in command], stdout=log, stderr=log))

    def ask(*arguments):
        command = [system.BIN / "slicecast", *arguments, "--hub", hub]
        return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=system.GUARD_S)

    try:
        start("hub", "--control-port", str(port))
        start("source", "--control-port", "0", "--bulk-port", "0", *SOURCE)
        start("projection", "--control-port", "0", "--bulk-port", "0", "--feed-port", "0")
        start("slice", "--control-port", "0", "--feed-port", "0", "--preview-size", "0")
        picture = tmp_path / "a.npy"
        system.until(lambda: ask(*SLICE, "--out", picture, "--curve", friend).returncode == 0,
                     "an encrypted slice")
        assert np.load(picture).std() > 0
        for refused, remedy in (((), "--curve"), (("--curve", stranger), "allowed/")):
            told = ask("status", "--timeout", "4", *refused)
            assert told.returncode == 2 and remedy in told.stderr, told.stderr
        assert all(process.poll() is None for process in running)
        assert ask("status", "--curve", friend).returncode == 0
    finally:
        for process in running:
            process.terminate()
        codes = [process.wait(system.GUARD_S) for process in running]
    assert codes == [0] * 4, pathlib.Path(log.name).read_text()


def test_a_service_of_another_kind_is_named_as_such():
    with system.System() as running:
        running.start("projection")
        running.service("projection")
        for words in (("slice", "--pose", "xy@0", "--out", running.path / "a.npy"),
                      ("volume", "--out", running.path / "a.npy"), ("slices", "list")):
            told = running.cli(*words, "--service", "projection", check=False)
            assert told.returncode == 2 and "no slice server" in told.stderr, told.stderr
            assert told.stderr.count("\n") == 1


@pytest.mark.parametrize("columns", [40, 39])
def test_a_mask_of_bad_pixels_is_interpolated_if_it_fits_the_detector(columns, tmp_path):
    mask = np.zeros((32, columns), np.uint8)
    mask[7, :3] = 1
    np.save(tmp_path / "mask.npy", mask)
    with system.System() as running:
        running.start("source", "--rows", "32", "--columns", "40", "--noise=false")
        running.start("projection", "--bad-pixels", tmp_path / "mask.npy")
        running.service("projection")

        def told():
            states = {one["name"]: one for one in running.status()["services"]}
            text = json.dumps(states["projection"])
            if columns == 39:
                return "bad_pixels has 32 x 39 pixels and the upright detector 32 x 40" in text
            pixels = states["projection"]["gauges"]["slicecast_projection_interpolated_pixels"]
            return pixels > 0 and pixels % 3 == 0
        system.until(told, "the mask in the status")


def test_a_sender_of_the_recastx_dialect_is_reconstructed():
    with system.System() as running:
        push = f"tcp://127.0.0.1:{system.free_port()}"
        running.start("source", *SOURCE, "--dialect", "recastx", "--push-address", push,
                      "--start", "consumer")
        running.start("projection", "--recastx", push, "--group-size", "30", "--recastx-pixel-mm", "0.5")
        running.start("slice", "--preview-size", "0")
        feed, (header, image) = whole_slice(running, edge_mm=23)
        assert header.slice.projections >= 30 and header.slice.value_unit == "1/mm"
        # The phantom's body against the air around it.
        assert image[12:20, 12:20].mean() > 5 * abs(image[[0, -1], 12:20].mean())
        feed.close()


def test_status_and_slices_come_through_a_socks_proxy(tmp_path):
    proxy = socks_proxy.SocksProxy()
    proxy.start()
    with system.System() as running:
        running.start("source", *SOURCE)
        running.start("projection")
        running.start("slice", "--preview-size", "0")
        whole_slice(running)[0].close()
        through = ("--socks", proxy.address)
        status = running.cli("status", *through)
        assert "projection" in status.stdout
        assert int(running.hub.rsplit(":", 1)[1]) in proxy.reached
        running.cli(*SLICE, "--out", tmp_path / "a.npy", *through)
        assert np.load(tmp_path / "a.npy").std() > 0
        proxy.close()
        refused = running.cli("status", "--timeout", "0.5", *through, check=False)
        assert refused.returncode != 0
        running.cli("status")


def test_a_slice_server_that_is_being_restarted_is_waited_for(tmp_path):
    with system.System() as running:
        running.start("source", *SOURCE)
        running.start("projection")
        running.start("slice", "--preview-size", "0")
        running.kill("slice")
        # The hub still lists the dead instance; its successor comes while the client waits.
        command = [system.BIN / "slicecast", "params", "list", "--service", "slice", "--timeout", "30"]
        waiting = subprocess.Popen([str(word) for word in (*command, "--hub", running.hub)],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        running.restart("slice")
        text, _ = waiting.communicate(timeout=system.GUARD_S)
        assert waiting.returncode == 0 and "refresh_hz" in text, text


def test_flats_renewed_in_mid_stream_make_a_new_epoch_and_slices_go_on():
    with system.System() as running:
        running.start("source", *SOURCE, "--flats-every", "150")
        running.start("projection")
        running.start("slice", "--preview-size", "0")
        feed, (first, _) = whole_slice(running)
        header, image = feed.wait(lambda h: h.HasField("slice") and not h.slice.filling
                                  and h.slice.stamp.epoch > first.slice.stamp.epoch)
        assert header.slice.stamp.scan_id == first.slice.stamp.scan_id
        assert np.isfinite(image).all() and image.std() > 0
        newest = header.slice.stamp.newest_projection
        feed.wait(lambda h: h.HasField("slice") and h.slice.stamp.newest_projection > newest + 30)
        feed.close()


def test_the_scene_the_axis_and_the_source_are_handled_from_the_command_line():
    with system.System() as running:
        running.start("source", *SOURCE)
        running.start("projection", "--axis-column", "20")
        running.start("slice", "--preview-size", "0")
        whole_slice(running)[0].close()
        for wrong in (("slices",), ("slices", "turn"), ("slices", "add", "up@1"), ("slices", "move", "a"),
                      ("source",), ("source", "pause"), ("axis", "now")):
            refused = running.cli(*wrong, check=False)
            assert refused.returncode == 2 and refused.stderr.strip(), wrong
        gone = running.cli("slices", "remove", "nobody", check=False)
        assert gone.returncode != 0 and "slices list" in gone.stderr

        added = running.cli("slices", "add", "xz@0.5", "--size", "24").stdout.split()[0]
        running.cli("slices", "move", added, "xy@-1")
        scene = running.control("slice").request(get_scene=control_pb2.GetScene()).scene
        moved = next(slice for slice in scene.slices if slice.id == added)
        assert moved.pinned and (moved.rows, moved.columns) == (24, 24)
        assert moved.base.z_mm == -1 and moved.axis2.y_mm == moved.axis1.x_mm > 0
        listed = running.cli("slices", "list").stdout
        assert added in listed and "24 x 24" in listed
        running.cli("slices", "remove", added)
        assert added not in running.cli("slices", "list").stdout.split()

        assert "column" in system.until(lambda: running.cli("axis", check=False).stdout, "an axis")
        running.cli("axis", "--follow")
        assert running.cli("params", "get", "axis_follow", "--service", "projection").stdout.strip() == "true"

        def state():
            return next(s for s in running.status()["services"] if s["name"] == "source")["facts"]["state"]
        running.cli("source", "stop")
        system.until(lambda: state() != "streaming", "a source that stands still")
        running.cli("source", "start")
        system.until(lambda: state() == "streaming", "a source that runs again")


def test_an_axis_that_is_announced_wrong_is_found_and_followed():
    with system.System() as running:
        running.start("source", "--rows", "24", "--columns", "128", "--projections", "90", "--rate", "120",
                      "--pre-render", "180", "--axis-column", "61.5")
        running.start("projection", "--axis-follow", "--axis-column", "66")
        running.start("slice", "--preview-size", "0")
        feed, (first, _) = whole_slice(running)
        feed.wait(lambda h: h.HasField("slice")
                  and h.slice.stamp.geometry_revision > first.slice.stamp.geometry_revision)

        def close():
            column = float(running.cli("params", "get", "axis_column", "--service", "projection").stdout)
            return abs(column - 61.5) < 0.5
        system.until(close, "an axis within half a pixel")
        feed.close()
