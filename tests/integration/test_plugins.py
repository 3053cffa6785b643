"""Plugins as real processes: each way to go wrong costs at most its own output, counted and shown."""
import contextlib
import json
import signal
import subprocess
import time
import urllib.error
import urllib.request

import numpy as np
import pytest

import system
import wire_client
import wire_plugin
from slicecast.v1 import common_pb2, control_pb2, feed_pb2

SOURCE = ("--rows", "32", "--columns", "48", "--projections", "30", "--rate", "60", "--pre-render", "60")
GIGABYTE = 1 << 30


@pytest.fixture
def running():
    with system.System() as run:
        run.start("source", *SOURCE)
        run.start("projection")
        run.start("slice", "--preview-size", "0")
        run.control("slice").request(set_slice=wire_client.square(48, 24, id="a", pinned=True))
        yield run


def set_parameters(run, name, deadline_ms=60000, **values):
    texts = {key: control_pb2.ParameterValue(**({"text": value} if isinstance(value, str) else
                                                {"integer": value} if isinstance(value, int) else
                                                {"real": value})) for key, value in values.items()}
    run.control(name).request(deadline_ms, set_parameters=control_pb2.SetParameters(values=texts))


def status_of(run, name):
    return run.control(name).request(wire_client.LOOK_MS, get_status=control_pb2.GetStatus()).status


def ledger(run, name):
    """The account of what came to a plugin; it always closes."""
    flow = next(flow for flow in status_of(run, name).ledgers if flow.flow == "inputs")
    assert flow.received == flow.done + sum(flow.dropped.values()) + flow.in_flight, flow
    return flow


def raw_flows(run, count=5):
    """Slices keep coming, each newer than the one before, whatever plugins do."""
    feed, seen = run.feed("slice", ["slice/"]), []
    while len(seen) < count:
        seen.append(feed.wait(lambda header: header.HasField("slice"))[0].slice.stamp)
    feed.close()
    assert all(a.version < b.version and a.acquired_ns <= b.acquired_ns for a, b in zip(seen, seen[1:]))


def result(run, name, prefix):
    feed = run.feed(name, [prefix])
    got = feed.wait(lambda header: header.key.startswith(prefix) and not header.removed)
    feed.close()
    return got


def healthz(run, name):
    """(code, text) of /healthz."""
    link = next(link for link in run.service(name).links if link.name == "metrics")
    try:
        with urllib.request.urlopen(link.addresses[0].replace("/metrics", "/healthz"), timeout=20) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_guide_shows_the_example_that_is_built():
    guide = (system.ROOT / "docs/how-to/plugins.md").read_text()
    shown = guide.split("```cpp\n")[1].split("```")[0]
    built = (system.ROOT / "plugins/examples/threshold.cpp").read_text()
    assert shown == built.split("\n", 1)[1]  # without its first comment
    assert len([line for line in shown.splitlines() if line.strip()]) <= 20


# What is refused.

@pytest.mark.parametrize("arguments, line", [
    (("--levle", "0.1"), "did you mean '--level'"), (("--level", "high"), "--level"),
    (("--name", "a/b"), "no blanks, '/'"), (("--threads", "-1"), "--threads")])
def test_wrong_options_are_refused_with_code_2_and_one_line(arguments, line):
    done = subprocess.run([system.BIN / "slicecast-threshold", *arguments], text=True, capture_output=True,
                          timeout=system.GUARD_S)
    assert done.returncode == 2 and line in done.stderr, done.stderr


def test_a_second_plugin_of_a_name_is_refused_and_the_first_goes_on(running):
    running.start("threshold")
    again = [system.BIN / "slicecast-threshold", "--hub", running.hub]
    second = subprocess.run(again, text=True, capture_output=True, timeout=system.GUARD_S)
    assert second.returncode == 2, second.stderr
    assert "threshold" in second.stderr and second.stderr.count("\n") <= 2, second.stderr
    result(running, "threshold", "labels/threshold/a")


@pytest.mark.parametrize("mode, reason, kept", [
    ("throw", "failed", "it is Monday"), ("short", "bad_size", "7 pixels"), ("huge", "bad_size", "pixels"),
    ("unknown label", "bad_label", "class"), ("nan", "not_finite", "NaN")])
def test_a_wrong_result_is_counted_held_back_and_shown(running, mode, reason, kept):
    running.start("rogue-plugin", "--name", "rogue", "--mode", mode, name="rogue")
    system.until(lambda: ledger(running, "rogue").dropped.get(reason, 0) >= 3, f"three {reason}")
    feed = running.feed("rogue", ["values/", "labels/"])
    assert feed.take(0.5) is None
    assert kept in status_of(running, "rogue").facts["last_fault"]
    assert running.log("rogue").count("logged once") == 1
    raw_flows(running)
    set_parameters(running, "rogue", mode="well")  # and goes on as if nothing had been
    assert np.isfinite(feed.wait(lambda header: header.HasField("values"))[1]).all()
    feed.close()


# Lies of those that a plugin reads.

class Liar:
    """A plugin by the wire contract alone, whose feed sends what it is told to, byte by byte."""

    def __init__(self, hub, name="liar"):
        self.name = name
        self.socket = wire_client.zmq.Context.instance().socket(wire_client.zmq.ROUTER)
        self.socket.linger = 0
        self.socket.bind("tcp://127.0.0.1:*")
        self.instance, self.address = wire_plugin.new_instance(), self.socket.last_endpoint.decode()
        self.announcer = wire_plugin.Announcer(hub, name, self, [f"values/{name}/"])
        self.announcer.start()
        self.delivery = 0

    def send(self, parts, key=None, shape=(4, 4), size=None, **more):
        """To the next who asks."""
        assert self.socket.poll(1000 * system.GUARD_S), "nobody asks"
        peer, demand = self.socket.recv_multipart()
        self.delivery = max(self.delivery, feed_pb2.FeedDemand.FromString(demand).last_taken) + 1
        header = feed_pb2.FeedHeader(
            instance=self.instance, key=key or f"values/{self.name}/a", version=self.delivery,
            delivery=self.delivery, values=feed_pb2.ValueImage(producer=self.name, **more),
            pixels=common_pb2.PixelFormat(type=common_pb2.FLOAT32, shape=shape,
                                          bytes=4 * int(np.prod(shape)) if size is None else size))
        self.socket.send_multipart([peer, header.SerializeToString(), *parts], copy=False)

    def close(self):
        self.announcer.close()
        self.socket.close()


@pytest.mark.parametrize("lie, reason", [
    (dict(parts=[b"\0" * 64], shape=(16384, 16384)), "bad_size"),           # announces 1 GiB, sends 64 bytes
    (dict(parts=[b"\0" * 64], shape=(1 << 20, 1 << 20)), "bad_size"),       # announces 4 TiB
    (dict(parts=[b"\0" * 64], shape=(4, 4), size=GIGABYTE), "bad_size"),    # its numbers contradict each other
    (dict(parts=[b"\0" * 65], shape=(4, 4)), "bad_size"),                   # one byte too many
    (dict(parts=[b"\0" * 64], shape=(16,)), "bad_size"),                    # no image
    (dict(parts=[b"\0" * 64], key="slice/a"), "bad_header")])               # somebody else's key
def test_a_lying_producer_costs_its_own_messages_and_no_memory(running, lie, reason):
    running.start("threshold", "--input", "slice/ values/liar/")
    result(running, "threshold", "labels/threshold/a")
    before = system.resident_mib(running.processes["threshold"].pid)
    liar = Liar(running.hub)
    for _ in range(3):
        liar.send(**lie)
    system.until(lambda: ledger(running, "threshold").dropped.get(reason, 0) >= 3, f"three {reason}")
    assert system.resident_mib(running.processes["threshold"].pid) < before + 100
    result(running, "threshold", "labels/threshold/a")
    raw_flows(running)
    liar.close()


def test_one_part_of_a_gigabyte_is_cut_off_before_it_is_taken(running):
    running.start("threshold", "--input", "slice/ values/liar/")
    before = system.resident_mib(running.processes["threshold"].pid)
    liar = Liar(running.hub)
    liar.send([np.zeros(GIGABYTE // 16, np.float32)], shape=(16384, 4096))  # 256 MiB in one part
    liar.close()
    liar = Liar(running.hub)  # another instance is heard again
    liar.send([b"\0" * 64], shape=(3, 3))
    system.until(lambda: ledger(running, "threshold").dropped.get("bad_size", 0) >= 1, "its next lie")
    result(running, "threshold", "labels/threshold/a")
    assert system.resident_mib(running.processes["threshold"].pid) < before + 100
    raw_flows(running)
    liar.close()


def test_a_gigabyte_in_small_parts_is_not_kept(running):
    running.start("threshold", "--input", "slice/ values/liar/", "--max-message", "16")
    pid = running.processes["threshold"].pid
    before, peak = system.resident_mib(pid), 0
    liar = Liar(running.hub)
    liar.send([bytes(1 << 20)] * 1024, shape=(16384, 16384))

    def counted():
        nonlocal peak
        peak = max(peak, system.resident_mib(pid))
        return ledger(running, "threshold").dropped.get("bad_size", 0) >= 1
    system.until(counted, "the end of it")
    print(f"{peak - before:.0f} MiB more at most")
    assert peak < before + 800  # the cap, what else a process may grow, and what came meanwhile
    liar.send([b"\0" * 64], shape=(3, 3))  # it is heard again
    system.until(lambda: ledger(running, "threshold").dropped["bad_size"] >= 2, "its next lie")
    result(running, "threshold", "labels/threshold/a")
    liar.close()


# What a plugin can read.

def test_plugins_read_projections_and_the_preview(running):
    running.start("rogue-plugin", "--name", "rogue", "--input", "thumbnail preview", name="rogue")
    header, image = result(running, "rogue", "values/rogue/thumbnail")
    assert image.shape == (32, 48) and image.max() > 0.1 and header.values.input.slice_id == "thumbnail"
    set_parameters(running, "slice", preview_size=16)
    header, image = result(running, "rogue", "values/rogue/preview")
    assert image.shape[1] == 16 and header.values.input.slice_id == "preview"


def test_a_plugin_reads_encrypted_slices(tmp_path):
    keys, hub = tmp_path / "keys", f"tcp://127.0.0.1:{system.free_port()}"
    subprocess.run([system.BIN / "slicecast", "keys", keys], check=True, capture_output=True)
    running, log = [], open(tmp_path / "log", "wb")

    def start(name, *arguments):
        command = [system.BIN / f"slicecast-{name}", "--hub", hub, "--curve", keys, "--metrics-port", "-1",
                   "--state-directory", tmp_path / "state", "--control-port", "0", *arguments]
        running.append(subprocess.Popen([str(word) for word in command], stdout=log, stderr=log))

    def plugin_is_done():
        asked = subprocess.run([system.BIN / "slicecast", "status", "--json", "--hub", hub, "--curve", keys],
                               capture_output=True, text=True, timeout=system.GUARD_S)
        listed = {service["name"]: service for service in json.loads(asked.stdout)["services"]}
        return listed["threshold"]["ledgers"][0]["done"] > 2
    try:
        start("hub", "--control-port", hub.rsplit(":", 1)[1])
        start("source", "--bulk-port", "0", *SOURCE)
        start("projection", "--bulk-port", "0", "--feed-port", "0")
        start("slice", "--feed-port", "0", "--preview-size", "0", "--slices", "xy@0")
        start("threshold")
        system.until(plugin_is_done, "labels of encrypted slices")
    finally:
        for process in running:
            process.terminate()
        codes = [process.wait(system.GUARD_S) for process in running]
    assert codes == [0] * 5, (tmp_path / "log").read_text()


# Late, gone, back.

def test_a_late_plugin_skips_images_keeps_their_order_and_delays_nobody(running):
    running.start("rogue-plugin", "--name", "rogue", "--delay", "120", "--threads", "2", name="rogue")
    feed, stamps = running.feed("rogue", ["values/"]), []
    while len(stamps) < 6:
        header, _ = feed.wait(lambda header: header.HasField("values"))
        stamps.append(header.values.input)
    assert all(a.version < b.version for a, b in zip(stamps, stamps[1:]))
    assert ledger(running, "rogue").dropped["superseded"] > 0
    raw_flows(running, 20)
    feed.close()


def test_a_result_is_that_of_the_image_it_names(running):
    running.start("denoise")
    slices, values = running.feed("slice", ["slice/"]), running.feed("denoise", ["values/"])
    images, matched = {}, 0
    while matched < 4:
        header, image = slices.wait(lambda header: header.HasField("slice"))
        images[header.slice.stamp.version] = (header.slice.stamp, image)
        if not (got := values.take(0.2)) or got[0].values.input.version not in images:
            continue
        stamp, raw = images[got[0].values.input.version]
        assert stamp == got[0].values.input
        held = np.pad(raw, 1, mode="edge")
        around = [held[r:r + 48, c:c + 48] for r in range(3) for c in range(3)]
        assert np.array_equal(got[1], np.median(around, axis=0))
        matched += 1
    slices.close()
    values.close()


def test_the_gaussian_is_that_of_its_definition(running):
    running.start("denoise", "--method", "gaussian", "--sigma", "1.5")
    slices, values, images = running.feed("slice", ["slice/"]), running.feed("denoise", ["values/"]), {}
    weights = np.exp(-np.subtract.outer(np.arange(48), np.arange(48)) ** 2 / (2 * 1.5 ** 2))
    weights[np.abs(np.subtract.outer(np.arange(48), np.arange(48))) > 5] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    for _ in range(200):
        header, image = slices.wait(lambda header: header.HasField("slice"))
        images[header.slice.stamp.version] = image
        if (got := values.take(0.2)) and got[0].values.input.version in images:
            raw = images[got[0].values.input.version]
            assert np.allclose(got[1], weights @ raw @ weights.T, atol=1e-6)
            break
    else:
        raise AssertionError("no image and result of one version")
    slices.close()
    values.close()


def test_plugins_read_plugins_and_find_each_other_again(running):
    running.start("threshold", "--input", "values/denoise/")  # before there is anything to read
    running.start("denoise")
    first = result(running, "threshold", "labels/threshold/a")[0].labels.input
    assert first.slice_id == "a" and first.instance == running.service("slice").instance
    # The one in the middle dies and comes back.
    dead = running.service("denoise").instance
    running.kill("denoise")
    running.restart("denoise")
    system.until(lambda: running.service("denoise").instance != dead, "a new instance")
    labels = running.feed("threshold", ["labels/"])
    newest = max(labels.wait(lambda header: header.HasField("labels"))[0].labels.input.version, first.version)
    labels.wait(lambda header: header.labels.input.version > newest + 10)
    # So does the first of all, at another address.
    running.kill("slice")
    running.restart("slice")
    system.until(lambda: running.service("slice").instance != first.instance, "a new slice server")
    running.control("slice").request(set_slice=wire_client.square(48, 24, id="b", pinned=True))
    got, _ = labels.wait(lambda header: header.key == "labels/threshold/b" and not header.removed)
    assert got.labels.input.instance == running.service("slice").instance
    labels.close()


# Under `slicecast up`.

CONFIGURATION = """
[hub]
control_port = {port}
metrics_port = -1
[source]
hub = "{hub}"
control_port = 0
metrics_port = -1
bulk_port = 0
rows = 32
columns = 48
projections = 30
rate = 60
pre_render = 60
[projection]
hub = "{hub}"
control_port = 0
metrics_port = -1
bulk_port = 0
feed_port = 0
state_directory = "{state}"
[slice]
hub = "{hub}"
control_port = 0
metrics_port = -1
feed_port = 0
preview_size = 0
slices = "xy@0"
state_directory = "{state}"
[plugin.rogue]
command = "slicecast-rogue-plugin --deadline-ms 5000"
nice = 3
{more}
"""


class Up(system.System):
    """The same, kept running by `slicecast up`."""

    def __init__(self, more=""):
        super().__init__()
        self.more = more

    def __enter__(self):
        port = self.hub.rsplit(":", 1)[1]
        self.config = self.path / "up.toml"
        self.config.write_text(CONFIGURATION.format(port=port, hub=self.hub, state=self.path,
                                                    more=f'hub = "{self.hub}"\n{self.more}'))
        log = open(self.path / "up.log", "ab")
        environment = {**system.os.environ, "XDG_RUNTIME_DIR": str(self.path)}
        self.processes["up"] = subprocess.Popen([system.BIN / "slicecast", "up", self.config], stdout=log,
                                                stderr=log, env=environment)
        return self

    def service(self, name):
        return system.until(lambda: wire_client.services(self.hub).get(name), f"{name} announcing itself")

    def another(self, name, dead):
        """The successor of an instance, once it has published something."""
        new = system.until(lambda: (s := self.service(name)).instance != dead.instance and s, "its successor")
        result(self, name, "values/")
        return new


def test_up_refuses_a_misspelt_key_of_a_plugin_with_a_suggestion(tmp_path):
    config = tmp_path / "up.toml"
    config.write_text('[plugin.bright]\ncommand = "slicecast-threshold"\nlevle = 0.2\n')
    done = subprocess.run([system.BIN / "slicecast", "up", config], text=True, capture_output=True,
                          timeout=system.GUARD_S)
    assert done.returncode == 2 and "did you mean 'level'" in done.stderr and ":3:" in done.stderr, done.stderr


def test_up_restarts_a_plugin_that_is_killed_aborts_loops_or_is_stopped():
    with Up() as run:
        plugin = run.service("rogue")
        result(run, "rogue", "values/")
        with open(f"/proc/{plugin.pid}/stat") as stat:  # field 19 is its nice
            assert int(stat.read().rsplit(")", 1)[1].split()[16]) == 3 + system.os.nice(0)
        system.os.kill(plugin.pid, signal.SIGKILL)
        plugin = run.another("rogue", plugin)
        with contextlib.suppress(wire_client.ControlError):  # it may be gone before it answers
            set_parameters(run, "rogue", deadline_ms=3000, mode="abort")
        plugin = run.another("rogue", plugin)
        raw_flows(run)
        set_parameters(run, "rogue", mode="loop")
        assert system.until(lambda: (h := healthz(run, "rogue"))[0] == 503 and h,
                            "its health")[1].startswith("hanging")
        plugin = run.another("rogue", plugin)
        raw_flows(run)
        system.os.kill(plugin.pid, signal.SIGSTOP)
        raw_flows(run, 20)
        run.another("rogue", plugin)
        assert "rogue" in run.cli("status").stdout
        log = run.log("up")
        for ended in ("signal 9", "signal 6", "hanging: a call"):
            assert ended in log, log
        assert "lease" in log or "does not answer" in log, log
        assert sum("plugin.rogue ended" in line and "restarted in" in line for line in log.splitlines()) >= 4, log


# What a plugin hears and is told.

def test_a_plugin_hears_of_slices_and_scans(running):
    running.start("rogue-plugin", "--name", "events", name="events")
    feed = running.feed("events", ["event/events/"])

    def heard(text):
        feed.wait(lambda header: header.event.text.startswith(text))
    heard("started")
    control = running.control("slice")
    control.request(set_slice=wire_client.square(48, 24, id="b", pinned=True))
    heard("added b")
    control.request(set_slice=wire_client.square(48, 24, 1.0, id="b"))
    heard("moved b")
    control.request(remove_slice=control_pb2.RemoveSlice(id="b"))
    heard("removed b")
    set_parameters(running, "projection", axis_column=23.0)
    heard("geometry")
    running.control("source").request(stop_source=control_pb2.StopSource())
    heard("ended")
    feed.close()


def test_parameters_are_listed_set_live_and_applied_to_a_scan_that_is_over(running):
    running.start("threshold", "--level", "1000")
    feed = running.feed("threshold", ["labels/"])
    assert set(np.unique(feed.wait(lambda header: header.HasField("labels"))[1])) <= {0, 255}
    running.control("source").request(stop_source=control_pb2.StopSource())
    listed = running.cli("params", "list", "--service", "threshold").stdout
    assert "level" in listed and "1/mm" in listed and "Brighter" in listed
    refused = running.cli("params", "set", "level=1e9", "--service", "threshold", check=False)
    assert refused.returncode != 0
    running.cli("params", "set", "level=-1000", "--service", "threshold")
    system.until(lambda: (got := feed.take(1)) and 1 in got[1] and 0 not in got[1], "labels of the new level")
    # Switched off it takes its labels back, on again it has them again.
    running.cli("params", "set", "enabled=false", "--service", "threshold")
    feed.wait(lambda header: header.removed)
    running.cli("params", "set", "enabled=true", "--service", "threshold")
    feed.wait(lambda header: header.HasField("labels"))
    feed.close()


def test_thin_links_bring_smaller_and_coarser_images(running):
    running.start("rogue-plugin", "--name", "rogue", "--max-side", "24", "--encoding", "8 bit", name="rogue")
    assert result(running, "rogue", "values/")[1].shape == (24, 24)
    set_parameters(running, "rogue", max_side=0, pixel_size=2.1)  # mm; slices have 0.5
    feed = running.feed("rogue", ["values/"])
    system.until(lambda: (got := feed.take(1)) and got[1].shape == (12, 12), "pixels of 2 mm")
    feed.close()


def test_the_line_profile_and_the_statistics_are_those_of_the_slice(running):
    running.start("line-profile", "--from-y", "0.5", "--to-y", "0.5")
    running.start("roi-statistics", "--x", "0.5", "--y", "0.5", "--radius", "0.25", "--history", "5")
    slices = running.feed("slice", ["slice/"])
    tables = {name: running.feed(name, ["table/"]) for name in ("line-profile", "roi-statistics")}
    images, seen = {}, {name: 0 for name in tables}
    y, x = np.mgrid[0:48, 0:48] + 0.5
    inside = np.hypot(x - 24, y - 24) <= 12
    while min(seen.values()) < 2:
        header, image = slices.wait(lambda header: header.HasField("slice"))
        images[header.slice.stamp.version] = image
        for name, feed in tables.items():
            got = feed.take(0.1)
            if not got or got[0].table.input.version not in images:
                continue
            raw, columns = images[got[0].table.input.version], {c.name: c for c in got[0].table.columns}
            if name == "line-profile":  # between rows 23 and 24, from edge to edge
                values = np.array(columns["value"].values)
                assert np.allclose(values[1:-1], np.convolve(raw[23:25].mean(axis=0), [0.5, 0.5], "valid"),
                                   atol=1e-6)
                assert columns["position"].unit == "mm" and np.isclose(columns["position"].values[-1], 24)
            else:
                assert np.isclose(columns["mean"].values[-1], raw[inside].mean(), atol=1e-6)
                assert np.isclose(columns["deviation"].values[-1], raw[inside].std(), atol=1e-5)
                assert len(columns["time"].values) <= 5
            seen[name] += 1
    for feed in (slices, *tables.values()):
        feed.close()


def test_a_plugin_whose_node_never_returns_still_ends_when_told(running):
    running.start("rogue-plugin", "--name", "rogue", "--mode", "loop", name="rogue")
    system.until(lambda: ledger(running, "rogue").in_flight >= 1, "a call")
    process = running.processes.pop("rogue")
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(system.GUARD_S) == 1
    print(f"ended after {time.monotonic() - began:.2f} s")
