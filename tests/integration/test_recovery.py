"""Processes are killed, stopped and restarted in any order; the system finds itself again."""
import os
import resource
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest

import system
import wire_client
from slicecast.v1 import control_pb2, feed_pb2

SOURCE = ("--rows", "32", "--columns", "48", "--projections", "30", "--rate", "60", "--pre-render", "60")


def start_all(running, *source):
    running.start("source", *(source or SOURCE))
    running.start("projection")
    running.start("slice", "--preview-size", "16")


def newer_slice(feed, than_ns):
    return feed.wait(lambda h: h.HasField("slice") and h.slice.stamp.acquired_ns > than_ns)


@pytest.mark.parametrize("victim", ["hub", "source", "projection", "slice"])
def test_a_killed_process_is_found_again_and_slices_flow(victim):
    with system.System() as running:
        start_all(running)
        control = running.control("slice")
        control.request(set_slice=wire_client.square(32, 20, id="a", pinned=True))
        feed = running.feed("slice", ["slice/"])
        header, _ = feed.wait(lambda h: not h.slice.filling)
        old_instance = header.instance
        running.kill(victim)
        killed_ns = time.time_ns()
        running.restart(victim)
        if victim == "slice":
            feed.close()
            control = system.until(lambda: control_of_new(running, old_instance), "a new slice server")
            control.request(set_slice=wire_client.square(32, 20, id="a", pinned=True))
            feed = wire_client.Feed(slice_feed(running, old_instance), ["slice/"])
            # The projection server's window fills it at once, from its oldest projection on.
            header, _ = feed.wait(lambda h: h.slice.projections >= 29)
        header, _ = newer_slice(feed, killed_ns)
        header, _ = feed.wait(lambda h: not h.slice.filling and h.slice.stamp.acquired_ns > killed_ns)
        assert header.slice.stamp.slice_id == "a"
        feed.close()


def control_of_new(running, old_instance):
    service = running.service("slice")
    if service.instance == old_instance:
        return None
    control = wire_client.Control(wire_client.tcp_address(service, "control"))
    control.request(wire_client.LOOK_MS, get_status=control_pb2.GetStatus())
    return control


def slice_feed(running, old_instance):
    service = running.service("slice")
    assert service.instance != old_instance
    return wire_client.tcp_address(service, "feed")


def test_pinned_slices_of_clients_that_are_gone_are_back_after_a_restart():
    with system.System() as running:
        start_all(running)
        first = running.service("slice").instance
        kept = running.cli("slices", "add", "xz@0.5", "--size", "24").stdout.split()[0]
        gone = running.cli("slices", "add", "yz@0.5", "--size", "24").stdout.split()[0]
        running.cli("slices", "remove", gone)
        written = running.path / "state" / "slice-slice.json"
        system.until(lambda: f'"{kept}"' in written.read_text() and f'"{gone}"' not in written.read_text(),
                     "the pinned slice in the state file")
        running.kill("slice")
        running.restart("slice")
        system.until(lambda: running.service("slice").instance != first, "a new slice server")
        second = running.service("slice").instance
        scene = running.control("slice").request(get_scene=control_pb2.GetScene()).scene
        assert [(slice.id, slice.rows, slice.pinned) for slice in scene.slices] == [(kept, 24, True)]
        feed = running.feed("slice", [f"slice/{kept}"])
        feed.wait(lambda h: h.HasField("slice") and h.slice.projections >= 29)
        feed.close()
        # Damaged, it is told and done without.
        running.kill("slice")
        written.write_text("{ half of a scene")
        running.restart("slice")
        system.until(lambda: "is damaged or holds no pinned slices" in running.log("slice"), "the warning")
        system.until(lambda: running.service("slice").instance != second, "one more slice server")
        assert not running.control("slice").request(get_scene=control_pb2.GetScene()).scene.slices


def test_a_client_that_stops_reading_changes_nothing_for_the_others():
    with system.System() as running:
        start_all(running)
        running.control("slice").request(set_slice=wire_client.square(64, 20, id="a", pinned=True))
        reading = running.feed("slice", ["slice/"])
        asleep = running.feed("slice", ["slice/"])
        asleep.take(30)  # takes one, and never again
        asleep.ask()
        header, _ = reading.wait(lambda h: not h.slice.filling)
        before = system.resident_mib(running.processes["slice"].pid)
        for _ in range(100):
            header, _ = newer_slice(reading, header.slice.stamp.acquired_ns)
        assert system.resident_mib(running.processes["slice"].pid) < before + 30
        asleep.close()
        reading.close()


@pytest.mark.parametrize("sleeper", ["slice", "projection"])
def test_a_stopped_process_catches_up_when_it_goes_on(sleeper):
    with system.System() as running:
        start_all(running)
        running.control("slice").request(set_slice=wire_client.square(32, 20, id="a", pinned=True))
        feed = running.feed("slice", ["slice/"])
        feed.wait(lambda h: not h.slice.filling)
        running.processes[sleeper].send_signal(signal.SIGSTOP)
        time.sleep(4)  # longer than the 3 s after which a silent consumer is forgotten
        running.processes[sleeper].send_signal(signal.SIGCONT)
        newer_slice(feed, time.time_ns())
        feed.close()


def test_a_second_live_instance_of_a_name_is_refused_with_a_clear_error():
    with system.System() as running:
        running.start("slice", "--preview-size", "0")
        running.service("slice")
        log = open(running.path / "second.log", "wb")
        refused = subprocess.run(
            [str(system.BIN / "slicecast-slice"), "--hub", running.hub, "--control-port", "0",
             "--feed-port", "0", "--metrics-port", "-1"], stdout=log, stderr=log,
            timeout=system.GUARD_S)
        assert refused.returncode == 2
        text = (running.path / "second.log").read_text()
        assert "slice" in text and "name" in text, text


def state_of(running):
    path = running.path / "state" / "projection-projection.state"
    return path.read_bytes(), path.stat().st_mtime_ns


def status_of(running, service):
    return running.control(service).request(wire_client.LOOK_MS, get_status=control_pb2.GetStatus()).status


def gauge(running, service, name):
    return status_of(running, service).gauges[name]


def ledger(running, service, flow):
    status = status_of(running, service)
    return next(it for it in status.ledgers if it.flow == flow)


def test_a_refused_projection_server_touches_neither_the_state_file_nor_the_source():
    with system.System() as running:
        start_all(running)
        feed = running.feed("slice", ["slice/"])
        running.control("slice").request(set_slice=wire_client.square(32, 20, id="a", pinned=True))
        feed.wait(lambda h: not h.slice.filling)
        system.until(lambda: state_of(running), "a state file")
        before = state_of(running)
        refused = subprocess.run(
            [str(system.BIN / "slicecast-projection"), "--hub", running.hub, "--state-directory",
             str(running.path / "state"), "--control-port", "0", "--bulk-port", "0", "--feed-port", "0",
             "--metrics-port", "-1", "--log-level", "warning"],
            capture_output=True, text=True, timeout=system.GUARD_S,
            env={**os.environ, "XDG_RUNTIME_DIR": str(running.path)})
        assert refused.returncode == 2
        lines = refused.stderr.strip().splitlines()
        assert len(lines) == 1 and "running already" in lines[0] and "--name" in lines[0], lines
        assert state_of(running) == before
        assert gauge(running, "source", "slicecast_source_consumers") == 1
        frames = ledger(running, "projection", "frames")
        assert not frames.dropped and frames.missing == 0, frames
        newer_slice(feed, time.time_ns())
        feed.close()


def test_parameters_set_live_survive_a_killed_projection_server():
    with system.System() as running:
        start_all(running)

        def value(name):
            line = running.cli("params", "get", name, "--service", "projection").stdout
            return line.strip()

        for change in ("filter=hann", "zinger_threshold=0.5", "axis_column=24.25"):
            running.cli("params", "set", change, "--service", "projection")
        wanted = {name: value(name) for name in ("filter", "zinger_threshold", "axis_column")}
        assert "hann" in wanted["filter"] and "24.25" in wanted["axis_column"]
        system.until(lambda: b"axis_column" in state_of(running)[0], "the axis in the state file")
        running.kill("projection")
        running.restart("projection")
        system.until(lambda: running.log("projection").count("restored as set in the last run") == 1,
                     "the log line that names what was restored")
        assert {name: value(name) for name in wanted} == wanted


def test_a_restarted_projection_server_takes_from_the_source_only_what_its_window_needs():
    with system.System() as running:
        start_all(running, *SOURCE[:-4], "--rate", "400", "--pre-render", "60")
        running.control("slice").request(set_slice=wire_client.square(32, 20, id="a", pinned=True))
        feed = running.feed("slice", ["slice/"])
        feed.wait(lambda h: not h.slice.filling)
        system.until(lambda: ledger(running, "projection", "frames").done > 400, "400 frames")
        running.kill("projection")
        killed_ns = time.time_ns()
        running.restart("projection")
        feed.wait(lambda h: not h.slice.filling and h.slice.stamp.acquired_ns > killed_ns)
        assert gauge(running, "projection", "slicecast_projection_skipped_frames") > 200
        frames = ledger(running, "projection", "frames")
        assert not frames.dropped and frames.missing == 0, frames
        for flow in running.control("slice").request(get_status=control_pb2.GetStatus()).status.ledgers:
            assert flow.dropped.get("fell_off_ring", 0) == 0, flow
        feed.close()


def test_observers_may_look_but_not_move():
    with system.System() as running:
        running.start("slice", "--preview-size", "0")
        observer = running.control("slice", client="viewer-1", role=control_pb2.OBSERVE)
        observer.request(get_scene=control_pb2.GetScene())
        with pytest.raises(wire_client.ControlError) as refused:
            observer.request(set_slice=wire_client.square(8, 8))
        assert refused.value.code == "permission_denied"
        with pytest.raises(wire_client.ControlError) as refused:
            observer.request(set_parameters=control_pb2.SetParameters(
                values={"refresh_hz": control_pb2.ParameterValue(real=5)}))
        assert refused.value.code == "permission_denied"


def test_parameters_change_live_by_epochs_without_stopping_the_scan():
    with system.System() as running:
        start_all(running)
        running.control("slice").request(set_slice=wire_client.square(32, 20, id="a", pinned=True))
        feed = running.feed("slice", ["slice/"])
        header, first = feed.wait(lambda h: not h.slice.filling)
        running.cli("params", "set", "filter=hann", "--service", "projection")
        header, smooth = feed.wait(lambda h: h.slice.stamp.epoch > header.slice.stamp.epoch)
        assert not header.slice.mixed  # swapped whole, from the raw window
        revision = header.slice.stamp.geometry_revision
        running.cli("params", "set", "axis_column=24.5", "--service", "projection")
        header, _ = feed.wait(lambda h: h.slice.stamp.geometry_revision > revision)
        refused = running.cli("params", "set", "filtre=hann", "--service", "projection", check=False)
        assert refused.returncode != 0 and "filter" in refused.stderr
        feed.close()


def test_the_ledger_closes_at_every_scrape_under_losses_duplicates_and_shuffling():
    with system.System() as running:
        port = system.free_port()
        running.start("source", *SOURCE, "--loss", "0.1", "--duplicates", "0.1", "--order", "shuffled")
        running.start("projection", "--metrics-port", str(port))
        running.start("slice", "--preview-size", "16")

        def scrape():
            page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
            values = {}
            for line in page.splitlines():
                if line.startswith("slicecast_ledger_") and 'flow="frames"' in line:
                    name = line.split("{")[0]
                    values[name] = values.get(name, 0) + float(line.rsplit(" ", 1)[1])
            return values

        def enough():
            values = scrape()
            if not values:
                return False
            assert values["slicecast_ledger_received_total"] == (
                values["slicecast_ledger_done_total"] + values["slicecast_ledger_in_flight"]
                + values["slicecast_ledger_dropped_total"]), values
            return values["slicecast_ledger_missing"] > 5 and values["slicecast_ledger_received_total"] > 300

        system.until(enough, "a few hundred frames with losses")
        health = urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10)
        assert health.status == 200


def test_a_thin_link_is_served_with_smaller_quantised_images_at_its_rate():
    with system.System() as running:
        start_all(running)
        running.control("slice").request(set_slice=wire_client.square(64, 20, id="a", pinned=True))
        full = running.feed("slice", ["slice/"])
        header, image = full.wait(lambda h: not h.slice.filling)
        thin = running.feed("slice", [feed_pb2.Subscription(
            prefix="slice/", encoding=feed_pb2.QUANTISED_8, max_side=32, max_rate_hz=5)])
        small, reduced = thin.wait(lambda h: not h.slice.filling)
        assert list(small.pixels.shape) == [32, 32]
        assert small.pixels.bytes == 32 * 32
        assert small.slice.axis1.x_mm == pytest.approx(20)
        full.close()
        thin.close()


def health_of(port):
    """(status, line) of /healthz."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as page:
            return page.status, page.read().decode().strip()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode().strip()


def limit_files(process, size):
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_state_that_cannot_be_written_shows_in_health_and_metrics_until_it_can():
    ports = {name: system.free_port() for name in ("projection", "slice")}

    def failures(name):
        page = urllib.request.urlopen(f"http://127.0.0.1:{ports[name]}/metrics", timeout=10).read().decode()
        lines = [line for line in page.splitlines() if line.startswith("slicecast_state_write_failures_total")]
        return float(lines[0].rsplit(" ", 1)[1])

    with system.System() as running:
        running.start("projection", "--metrics-port", ports["projection"])
        running.start("slice", "--preview-size", 0, "--metrics-port", ports["slice"])
        assert failures("projection") == failures("slice") == 0
        for name in ports:
            limit_files(running.processes[name], 0)  # as a full disk: nothing more can be written
        running.start("source", *SOURCE)
        running.control("slice").request(set_slice=wire_client.square(32, 20, id="a", pinned=True))
        for name, what in (("projection", "darks, flats, scan and parameters"), ("slice", "pinned slices")):
            code, line = system.until(lambda: (found := health_of(ports[name]))[1].startswith("degraded") and found,
                                      f"{name} telling that it is degraded")
            assert code == 503 and what in line
            assert f"state/{name}-{name}" in line and "raise it (ulimit -f)" in line
            assert "choose another state_directory" in line and "\n" not in line
            assert failures(name) >= 1
            status = {service["name"]: service for service in running.status()["services"]}
            assert status[name]["facts"]["health"] == line
        # Slices come all the same.
        feed = running.feed("slice", ["slice/"])
        header, _ = feed.wait(lambda h: not h.slice.filling)
        for name in ports:
            limit_files(running.processes[name], resource.RLIM_INFINITY)
        for name in ports:  # without anything new to write
            system.until(lambda: health_of(ports[name]) == (200, "ok"), f"{name} being well again")
        running.kill("slice")
        running.restart("slice")
        feed.close()
        system.until(lambda: control_of_new(running, header.instance), "a new slice server")
        feed = running.feed("slice", ["slice/"])
        feed.wait(lambda h: h.HasField("slice"))  # the pinned slice was kept
        feed.close()
