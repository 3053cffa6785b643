"""`import slicecast` as a client of real servers: it watches, moves, sets, fetches and pushes."""
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import zmq

import python_package
import slicecast
import system
import wire_client
from slicecast import _pixels, errors
from slicecast.v1 import control_pb2, feed_pb2


@pytest.fixture(scope="module")
def running():
    with system.System() as made:
        made.start("source", *python_package.SOURCE)
        made.start("projection")
        made.start("slice", "--preview-size", "32")
        yield made


@pytest.fixture(scope="module")
def client(running):
    with slicecast.connect(running.hub, timeout=system.GUARD_S) as made:
        system.until(lambda: made.reconstruct("xy@0", 8).projections == 30, "a full window")
        made.add_slice("xy@0", 8, id="kept")
        # One that dies without a word; its lease of 10 s runs while the other tests do.
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import os, slicecast\nclient = slicecast.connect(timeout=60)\n"
                "client.add_slice('xy@0', 8, id='lost')\nos._exit(0)",
            ],
            check=True,
            env={**os.environ, "SLICECAST_HUB": running.hub},
            timeout=system.GUARD_S,
        )
        assert made.slice("lost").id == "lost"
        yield made


# --- what is refused ---


def test_without_a_hub_the_remedy_is_named_at_the_deadline():
    with pytest.raises(errors.Unavailable, match="start slicecast-hub"):
        slicecast.connect(f"tcp://127.0.0.1:{system.free_port()}", timeout=0.2)


def test_what_is_misspelt_or_out_of_range_is_refused_with_what_there_is(client):
    with pytest.raises(errors.NotFound, match="there are: .*projection, slice, source"):
        client.service("projektion", timeout=0)
    with pytest.raises(errors.NotFound, match="did you mean 'filter'"):
        client.set_parameters("projection", fliter="hann")
    with pytest.raises(errors.InvalidArgument, match="must be one of ram_lak"):
        client.set_parameters("projection", filter="box")
    with pytest.raises(errors.InvalidArgument, match="must be a number"):
        client.set_parameters("projection", filter_cutoff="half")
    with pytest.raises(errors.NotFound, match="no live slice 'nowhere'"):
        client.slices("nowhere", timeout=0)
    for pose in ("xw@0", "xy@", "1,2,3", "0,0,0,1,0,0,2,0,0"):
        with pytest.raises(errors.InvalidArgument):
            client.add_slice(pose, 16, width_mm=1)
    with pytest.raises(errors.ResourceExhausted, match="make slices smaller"):
        client.add_slice("xy@0", 30000, width_mm=1)


def test_observers_may_look_and_change_nothing(running):
    with slicecast.connect(running.hub, observe=True, timeout=system.GUARD_S) as observer:
        assert observer.parameters("slice")["preview_size"] == 32
        with pytest.raises(errors.PermissionDenied):
            observer.set_parameters("slice", preview_size=16)
        with pytest.raises(errors.PermissionDenied):
            observer.add_slice("xy@0", 16)


def fake_service(running, name, feed_address=None):
    """Listed as a slice server, with a control link that answers garbage and nothing else."""
    control = zmq.Context.instance().socket(zmq.ROUTER)
    control.linger = 0
    control.bind("tcp://127.0.0.1:*")
    links = [control_pb2.Link(name="control", addresses=[control.last_endpoint.decode()])]
    if feed_address:
        links.append(control_pb2.Link(name="feed", addresses=[feed_address]))
    service = control_pb2.Service(name=name, kind="other", instance=7, links=links)
    hub = wire_client.Control(running.hub)
    hub.request(announce=control_pb2.Announce(service=service, lease_ms=60000))
    hub.close()
    return control


def test_a_service_that_is_silent_or_talks_garbage_costs_its_deadline_and_no_more(running, client):
    control = fake_service(running, "babbler")
    with pytest.raises(errors.DeadlineExceeded, match="babbler"):
        client.ask("babbler", 0.1, ping=control_pb2.Ping())
    peer, _ = control.recv_multipart()
    control.send_multipart([peer, b"\xff\xfe no reply"])
    control.send_multipart([peer, control_pb2.Reply(id=12345).SerializeToString()])
    with pytest.raises(errors.DeadlineExceeded):
        client.ask("babbler", 0.1, ping=control_pb2.Ping())
    assert client.ask("slice", ping=control_pb2.Ping()).HasField("pong")
    control.close()


def test_a_feed_that_lies_about_its_pixels_is_counted_and_the_truth_still_comes(running, client):
    feed = zmq.Context.instance().socket(zmq.ROUTER)
    feed.linger = 0
    feed.bind("tcp://127.0.0.1:*")
    control = fake_service(running, "liar", feed.last_endpoint.decode())
    image = np.arange(6, dtype=np.float32).reshape(2, 3)

    def message(version, pixels=image, **lie):
        header = feed_pb2.FeedHeader(instance=7, key="slice/a", version=version, delivery=version)
        header.slice.projections = version
        header.pixels.CopyFrom(wire_client.pixel_format(pixels))
        header.pixels.MergeFrom(type(header.pixels)(**lie))
        return [header.SerializeToString(), *wire_client.split(pixels)]

    with client.subscribe("liar", ["slice/"]) as images:
        peer = feed.recv_multipart()[0]
        feed.send_multipart([peer, b"\xff\xfe no header", b"pixels"])
        feed.send_multipart([peer, *message(1, bytes=1 << 40)])  # 1 TiB announced
        feed.send_multipart([peer, *message(2, shape=[1 << 20])])  # another shape than bytes
        feed.send_multipart([peer, *message(3)[:1], b"short"])
        feed.send_multipart([peer, *message(4), b"too much"])
        feed.send_multipart([peer, *message(5)[:1]])  # no pixels at all
        feed.send_multipart([peer, *message(6)])
        assert next(images).projections == 6
        assert (images.counts.bad_header, images.counts.bad_size) == (1, 5)
    control.close()
    feed.close()


def test_frames_that_do_not_fit_their_scan_are_refused(running, client):
    with client.source("unfit") as source:
        with pytest.raises(errors.InvalidArgument, match="cannot be sent"):
            source.scan("s", rows=4, columns=4, dtype=np.complex64)
        scan = source.scan("s", rows=4, columns=4)
        with pytest.raises(errors.InvalidArgument, match="needs a new scan"):
            scan.projection(np.zeros((4, 5), np.uint16), 0.0)
        with pytest.raises(errors.InvalidArgument, match="float32"):
            scan.projection(np.zeros((4, 4), np.float32), 0.0)
        with pytest.raises(errors.AlreadyExists, match="running already"):
            client.source("unfit")
        with pytest.raises(errors.DeadlineExceeded, match="no projection server"):
            source.wait_until_taken(0.05)
        source.close()  # else it would wait for somebody to take the start of the scan


# --- what works ---


class Recorder:
    """A socket that remembers the frames it has given."""

    def __init__(self, socket):
        self.socket, self.frames = socket, []

    def recv(self, *arguments, **options):
        self.frames.append(self.socket.recv(*arguments, **options))
        return self.frames[-1]

    def getsockopt(self, option):
        return self.socket.getsockopt(option)


@pytest.mark.parametrize(
    "shape, copied", [((512, 512), False), ((512, 513), True), ((3, 400, 500), True)]
)
def test_pixels_in_one_part_are_the_received_memory_and_longer_ones_are_copied_once(shape, copied):
    image = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    here, there = (zmq.Context.instance().socket(zmq.PAIR) for _ in "ab")
    here.bind("tcp://127.0.0.1:*")
    there.connect(here.last_endpoint)
    there.send_multipart([b"header", *wire_client.split(image)])
    assert here.recv() == b"header"
    recorder = Recorder(here)
    received = _pixels.receive_pixels(recorder, _pixels.pixel_format(image), 1 << 30)
    assert np.array_equal(received, image) and received.dtype == np.float32
    assert received.flags.writeable
    shared = [
        np.shares_memory(received, np.frombuffer(frame.buffer, np.uint8))
        for frame in recorder.frames
    ]
    assert shared == ([False] * len(recorder.frames) if copied else [True])
    here.close()
    there.close()


def test_parameters_are_read_and_set_and_everybody_sees_them(running, client):
    before = client.parameters("projection")
    about = before.about("filter_cutoff")
    assert about.kind == "real" and about.doc and about.maximum == 1.0 and about.live
    after = client.set_parameters("projection", filter="hann", filter_cutoff=0.5)
    assert after.revision > before.revision and (after["filter"], after["filter_cutoff"]) == (
        "hann",
        0.5,
    )
    assert running.cli("params", "get", "filter").stdout.strip() == '"hann"'
    with pytest.raises(errors.InvalidArgument):  # all or none
        client.set_parameters("projection", filter="cosine", filter_cutoff=7.0)
    assert client.parameters("projection")["filter"] == "hann"


def test_slices_are_added_moved_pinned_and_removed_in_the_scene_that_all_share(running, client):
    added = client.add_slice("xy@0", 40, rows=30, id="a", name="First")
    assert not added.pinned and added.pose.axis1[0] == pytest.approx(
        2 * client.field_of_view().radius_mm
    )
    with slicecast.connect(running.hub, timeout=system.GUARD_S) as other:
        found = other.slice("First")
        assert found.id == "a"
        with other.slices("a") as images:
            first = next(images)
            assert first.pixels.shape == (30, 40) and first.pixels.dtype == np.float32
            moved = found.move("xy@2")
            assert moved.pose_revision > added.pose_revision and moved.header.author == other.id
            image = next(one for one in images if one.stamp.pose_revision >= moved.pose_revision)
            assert image.pose.base[2] == 2 and image.header.author == other.id
        assert other.slice("a").pin().pinned
        other.add_slice("xy@0", 8, id="others")
    assert "others" not in [one.id for one in client.scene()]  # went with its client
    added.pin(False)
    with client.slices("a") as images:
        next(images)
        added.remove()
        assert len(list(images)) <= 1  # ends by itself
    assert "a" not in [one.id for one in client.scene()]
    with pytest.raises(errors.NotFound):
        added.remove()


def test_an_iterator_raises_at_its_deadline_and_goes_on_after_that(client):
    with client.slices("kept", timeout=0.05, max_rate_hz=0.2) as images:
        images.next_or_none(system.GUARD_S)
        with pytest.raises(errors.DeadlineExceeded, match="nothing new"):
            next(images)
        assert images.next_or_none(system.GUARD_S) is not None


def test_one_slice_a_slab_a_volume_and_the_preview_come_on_request(client):
    view = client.field_of_view()
    flat = client.reconstruct("xy@1", 32)
    assert flat.pixels.shape == (32, 32) and flat.value_unit == "1/mm"
    assert np.all(flat.pixels[~flat.inside()] == 0) and flat.pixels[flat.inside()].std() > 0
    slab = client.reconstruct("xy@0", 16, planes=3, plane_step_mm=(0, 0, 1))
    assert slab.pixels.shape == (3, 16, 16)
    volume = client.volume(24, slab=5)
    assert volume.pixels.shape[1:] == (24, 24) and volume.voxel_mm == pytest.approx(
        view.radius_mm / 12
    )
    assert volume.pixels.shape[0] == round((view.z_max_mm - view.z_min_mm) / volume.voxel_mm)
    assert client.preview().pixels.shape == (32, 32, 32)


def test_ledgers_telemetry_and_clocks_can_be_read(client):
    telemetry = next(client.telemetry("projection"))
    for ledger in (telemetry.ledgers[0], client.status("projection").ledgers[0]):
        assert ledger.flow == "frames"
        assert ledger.received == ledger.done + ledger.in_flight + sum(ledger.dropped.values())
    offset, error = client.clock_offset_s("slice")
    assert abs(offset) <= error  # the same machine


def test_a_pushed_scan_comes_back_as_the_attenuation_it_was_made_of():
    rows, columns, steps, radius = 16, 64, 60, 20.0
    u = np.arange(columns) - (columns - 1) / 2
    chord = 2 * 0.03 * np.sqrt(np.maximum(radius**2 - u**2, 0)).astype(np.float32)
    frame = np.tile(chord, (rows, 1))
    with system.System() as own:
        own.start("projection", "--source", "pusher", "--padding", "zero", "--axis-search=false")
        own.start("slice", "--preview-size", "0")
        with slicecast.connect(own.hub, timeout=system.GUARD_S) as client:
            # The ring holds ten frames: pushing waits for the consumer instead of losing.
            with client.source(
                "pusher", ring_bytes=10 * frame.nbytes, timeout=system.GUARD_S
            ) as source:
                with source.scan(
                    "disk",
                    rows=rows,
                    columns=columns,
                    pixel_mm=1.0,
                    dtype=np.float32,
                    window=steps,
                    projections=2 * steps,
                    already_linear=True,
                ) as scan:
                    for number in range(2 * steps):
                        scan.projection(frame, np.pi * number / steps)
                        frame[:] = 7  # the scan has a copy
                        frame[:] = chord
                assert list(source.consumers().values()) == [0]
            ledger = client.status("projection").ledgers[0]
            assert (ledger.received, ledger.done, ledger.missing) == (2 * steps, 2 * steps, 0)
            client.add_slice("xy@0", columns, width_mm=columns, id="a")
            with client.slices("a") as images:
                image = next(
                    one
                    for one in images
                    if one.stamp.newest_projection == 2 * steps - 1 and one.projections == steps
                )
            distance = np.hypot(*np.meshgrid(u, u))
            assert image.value_unit == "1/mm"
            assert image.pixels[distance < 15].mean() == pytest.approx(0.03, rel=0.01)
            assert abs(image.pixels[(distance > 24) & (distance < 30)].mean()) < 1e-3


def ask_directly(address, keys, server_key, guard_s):
    """Whether a service answers a ping over CURVE, with nothing of Slicecast's between."""
    context = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    socket.curve_serverkey = server_key.read_bytes().strip()
    socket.curve_publickey = (keys / "public.key").read_bytes().strip()
    socket.curve_secretkey = (keys / "secret.key").read_bytes().strip()
    socket.connect(address)
    socket.send(control_pb2.Request(id=1, ping=control_pb2.Ping()).SerializeToString())
    answered = socket.poll(1000 * guard_s) > 0
    socket.close()
    context.term()
    return answered


def test_with_keys_only_those_who_are_allowed_get_in_and_what_they_offer_is_guarded_too(tmp_path):
    hub = f"tcp://127.0.0.1:{system.free_port()}"
    for name in ("server", "friend", "stranger"):
        subprocess.run(
            [system.BIN / "slicecast", "keys", tmp_path / name], check=True, capture_output=True
        )
    server_key = (tmp_path / "server/public.key").read_text()
    (tmp_path / "server/allowed/friend.key").write_text(
        (tmp_path / "friend/public.key").read_text()
    )
    for name in ("friend", "stranger"):
        (tmp_path / name / "allowed/server.key").write_text(server_key)
    process = subprocess.Popen(
        [
            system.BIN / "slicecast-hub",
            "--control-port",
            hub.rsplit(":", 1)[1],
            "--metrics-port",
            "-1",
            "--curve",
            tmp_path / "server",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        with slicecast.connect(
            hub, curve=tmp_path / "friend", timeout=system.GUARD_S
        ) as friend, friend.source("guarded"):
            assert [one.name for one in friend.services()] == ["guarded"]
            assert friend.ask("guarded", ping=control_pb2.Ping()).HasField("pong")
            for wrong in (tmp_path / "stranger", None):
                with pytest.raises(errors.Unavailable):
                    slicecast.connect(hub, curve=wrong, timeout=0.3)
            # What the friend offers lets in the server's key, here a C++ program's, no stranger's.
            listed = subprocess.run(
                [system.BIN / "slicecast", "status", "--json", "--hub", hub]
                + ["--curve", tmp_path / "server", "--timeout", "30"],
                capture_output=True,
                check=True,
            )
            services = {one["name"]: one for one in json.loads(listed.stdout)["services"]}
            assert services["guarded"]["uptime_s"] > 0, services
            control = friend.service("guarded").address("control")
            for who, gets_in in (("server", True), ("stranger", False)):
                server_key = tmp_path / "friend/public.key"
                guard_s = system.GUARD_S if gets_in else 1  # nothing tells of a refusal
                assert ask_directly(control, tmp_path / who, server_key, guard_s) == gets_in
            plugin = python_package.EXAMPLES / "gradient_magnitude.py"
            script = [sys.executable, plugin, "--hub", hub, "--curve", tmp_path / "friend"]
            with subprocess.Popen(script, stderr=subprocess.DEVNULL) as running:
                assert friend.parameters("gradient")["smoothing"] == 1
                running.terminate()
                assert running.wait(system.GUARD_S) == 0
        os.chmod(tmp_path / "friend/secret.key", 0o644)
        with pytest.raises(errors.PermissionDenied, match="chmod 600"):
            slicecast.connect(hub, curve=tmp_path / "friend", timeout=0.3)
    finally:
        process.terminate()
        process.wait(system.GUARD_S)


def test_restarted_servers_are_found_again_and_own_slices_are_set_again():
    with system.System() as own:
        own.start("source", *python_package.SOURCE)
        own.start("projection")
        own.start("slice", "--preview-size", "0")
        with slicecast.connect(own.hub, timeout=system.GUARD_S) as client:
            client.add_slice("xy@0", 24, id="mine").move("xy@1")
            with client.slices("mine") as images:
                before = next(images)
                own.kill("slice")
                own.restart("slice")
                image = next(one for one in images if one.stamp.instance != before.stamp.instance)
                assert image.pose.base[2] == 1  # where it was moved to
                own.kill("hub")
                next(images)  # no hub is needed for what is known
                own.restart("hub")
                system.until(
                    lambda: {"source", "projection", "slice"}
                    <= {one.name for one in client.services()},
                    "all announcing themselves again",
                )
                assert client.parameters("projection")["filter"]


def test_the_tutorial_runs_as_it_is_printed(tmp_path):
    assert 'source = "python"' in python_package.code_blocks("tutorial-python.md", "toml")[0]
    script = python_package.write_script(
        tmp_path, "tutorial.py", *python_package.code_blocks("tutorial-python.md")
    )
    with system.System() as own:
        own.start("projection", "--source", "python")
        own.start("slice", "--preview-size", "64")
        done = subprocess.run(
            [sys.executable, script],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=2 * system.GUARD_S,
            check=False,
            env={**os.environ, "SLICECAST_HUB": own.hub},
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        "no service is called 'viewer'" in done.stdout
        and "filter must be one of ram_lak" in done.stdout
    )
    assert np.load(tmp_path / "volume.npy").shape[1:] == (64, 64)


def test_it_installs_without_any_index_and_leaves_the_sources_as_they_were(tmp_path):
    project = system.ROOT / "plugins/python"
    sources = {
        path: path.stat().st_mtime_ns
        for path in project.rglob("*")
        if "__pycache__" not in path.parts
    }
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment.update(PIP_NO_INDEX="1", PIP_DISABLE_PIP_VERSION_CHECK="1", HOME=str(tmp_path))

    def run(*command):
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=5 * system.GUARD_S,
            env=environment,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("/usr/bin/python3", "-m", "venv", "--system-site-packages", tmp_path / "V")
    run(tmp_path / "V/bin/pip", "install", "--no-build-isolation", "--no-deps", project)
    answer = run(
        tmp_path / "V/bin/python",
        "-c",
        "import pathlib, slicecast, slicecast.v1.feed_pb2 as made\n"
        "here = pathlib.Path(slicecast.__file__).parent\n"
        "assert here == pathlib.Path(made.__file__).parents[1]\n"
        "assert (here / 'py.typed').exists() and (here / 'v1/feed_pb2.pyi').exists()\n"
        "print(slicecast.__version__)",
    )
    program = subprocess.run(
        [system.BIN / "slicecast", "--version"], capture_output=True, text=True, check=True
    )
    assert program.stdout.split()[-1] == answer.strip()
    after = {
        path: path.stat().st_mtime_ns
        for path in project.rglob("*")
        if "__pycache__" not in path.parts
    }
    assert after == sources


def test_a_silent_client_loses_its_slices_and_one_that_lives_does_not(client):
    def left():
        ids = {one.id for one in client.scene()}
        assert "kept" in ids
        return "lost" not in ids

    system.until(left, "the lease's end")
