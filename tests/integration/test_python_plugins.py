"""Plugins in Python against real servers: what they publish, and that what they do wrong costs them
alone."""
import os
import pathlib
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import pytest

import python_package
import slicecast
import socks_proxy
import system
from python_package import EXAMPLES, code_blocks, inputs_of, run_plugin, start_plugin, write_script
from slicecast import Event, LabelClass, Labels, Table, Values, errors, results

GRADIENT, NOTIFY = EXAMPLES / "gradient_magnitude.py", EXAMPLES / "notify_when.py"
# The page's own example, and what a careless author may make of it; `huge` has 4 GiB.
THRESHOLD = code_blocks("how-to/plugins-python.md")[0]
LIES = {
    "raise": "raise RuntimeError('the node gave up')",
    "shape": "return Labels(labels[1:])",
    "huge": "return slicecast.Values(np.broadcast_to(1.0, (1 << 15, 1 << 15)), resized=True)",
    "nan": "return slicecast.Values(np.where(image.inside(), np.nan, 0))",
    "class": "return Labels(labels + 7)",
    "type": "return image.pixels",
    "table": "return slicecast.Table({'a': [1, 2], 'b': [1]})",
    "stuck": "import time\n    time.sleep(3600)",
}
LIAR = (
    THRESHOLD.replace(
        "level=Real",
        "lie=slicecast.Choice('none', ['none', "
        + ", ".join(f"'{lie}'" for lie in LIES)
        + "], doc='What is wrong'),\n    level=Real",
    )
    .replace("def threshold(image, level):", "def threshold(image, level, lie):")
    .replace(
        "    return Labels(",
        "".join(
            f"    if lie == '{lie}':\n        " + text.replace("\n    ", "\n        ") + "\n"
            for lie, text in LIES.items()
        )
        + "    return Labels(",
    )
)


@pytest.fixture(scope="module")
def running():
    with system.System() as made:
        made.start("source", *python_package.SOURCE)
        made.start("projection")
        made.start("slice", "--preview-size", "16")
        yield made


@pytest.fixture(scope="module")
def client(running):
    with slicecast.connect(running.hub, timeout=system.GUARD_S) as made:
        system.until(lambda: made.reconstruct("xy@0", 8).projections == 30, "a full window")
        made.add_slice("xy@0", 48, id="a", name="A", pinned=True)
        yield made


def slices_keep_flowing(client, count=3):
    with client.slices("a") as images:
        versions = [next(images).stamp.version for _ in range(count)]
    assert versions == sorted(set(versions))


# --- what is refused ---


@pytest.mark.parametrize(
    "result, reason",
    [
        (Labels(np.zeros((4, 5), int)), "bad_size"),
        (Labels(np.zeros(4, int)), "bad_size"),
        (Labels(np.zeros((4, 4))), "bad_label"),
        (Labels(np.full((4, 4), 2)), "bad_label"),
        (Labels(np.full((4, 4), -1)), "bad_label"),
        (
            Labels(
                [[0, 3], [9, 9]], classes=[LabelClass(0, "a"), LabelClass(9, "b")], resized=True
            ),
            "bad_label",
        ),
        (
            Labels(
                [[0, 1], [2, 2]], classes=[LabelClass(at, "a") for at in (0, 2, 300)], resized=True
            ),
            "bad_label",
        ),
        (Values(np.full((4, 4), np.inf)), "not_finite"),
        (Values(np.full((4, 4), 1e300)), "not_finite"),
        (Values(np.zeros((4, 4), complex)), "failed"),
        (Values(np.broadcast_to(0.0, (1 << 15, 1 << 15)), resized=True), "bad_size"),
        (Table({"a": [1.0, 2.0], "b": [1.0]}), "bad_size"),
        (Table({"a": [1.0]}, rows=["x", "y"]), "bad_size"),
        (Table({"a": float("nan")}), "not_finite"),
        (Table({"a": np.zeros(1 << 20)}), "bad_size"),
        (Table({"a": 1.0}, title="a/b"), "failed"),
        (Event("x", float("nan")), "not_finite"),
    ],
)
def test_results_that_nobody_could_draw_are_refused_by_name(result, reason):
    classes = [LabelClass(0, "below"), LabelClass(1, "above")]
    with pytest.raises(results.Refused) as refused:
        results.ready(result, "p", "a", None, (4, 4), classes, 0.0)
    assert refused.value.reason == reason


def test_plugins_that_are_declared_wrongly_are_refused():
    with pytest.raises(TypeError, match="no parameter"):
        slicecast.plugin("x", level=0.5)(lambda image, level: None)
    with pytest.raises(errors.InvalidArgument, match="one name"):
        from slicecast import _options

        _options.Options(
            _options.standard("x", ()) + [slicecast.parameters.Parameter("text", "", name="hub")]
        )
    with pytest.raises(TypeError):
        slicecast.plugin("x", level=slicecast.Real(0.5, doc="Level"))(lambda image, lavel: None)
    with pytest.raises(results.Refused, match="return Labels"):
        results.listed(np.zeros((3, 3)))


def test_mistakes_of_whoever_starts_it_end_it_with_code_2_and_one_line(running, tmp_path):
    config = write_script(tmp_path, "c.toml", "[plugin.gradient]\nsmothing = 2\n")
    for arguments, what in (
        (["--smoothing", "99"], "must be between 0 and 50 pixels"),
        (["--name", "a/b"], "cannot be the name"),
        (["--config", str(config)], "did you mean 'smoothing'"),
        (["--curve", str(tmp_path)], "slicecast keys"),
        (["--bind", "0.0.0.0"], "allow-plain-public"),
    ):
        done = run_plugin(running, GRADIENT, *arguments)
        assert done.returncode == 2 and what in done.stderr.splitlines()[-1], done.stderr
    assert run_plugin(running, GRADIENT, "--check").returncode == 0


CONTRADICTORY = """
import slicecast


class Band(slicecast.Plugin):
    name = "band"
    low = slicecast.Real(0.0, doc="Lower end")
    high = slicecast.Real(1.0, doc="Upper end")

    @classmethod
    def check(cls, parameters):
        if parameters["low"] > parameters["high"]:
            raise ValueError("low must be below high; raise high first")


Band.run()
"""


def test_a_plugin_may_refuse_parameters_that_contradict_each_other(running, client, tmp_path):
    script = write_script(tmp_path, "band.py", CONTRADICTORY)
    done = run_plugin(running, script, "--low", "2")
    assert (
        done.returncode == 2 and done.stderr == "band: low must be below high; raise high first\n"
    )
    done = run_plugin(
        running, write_script(tmp_path, "b.py", CONTRADICTORY.replace("low =", "stop ="))
    )
    assert done.returncode == 2 and "cannot be called 'stop'" in done.stderr
    cannot = CONTRADICTORY.replace(
        "    @classmethod", "    def start(self):\n        1 / 0\n\n    @classmethod"
    )
    done = run_plugin(running, write_script(tmp_path, "c.py", cannot))
    assert done.returncode == 1 and "start: the node raised ZeroDivisionError" in done.stderr
    start_plugin(running, script, name="band")
    with pytest.raises(errors.InvalidArgument, match="raise high first"):
        client.set_parameters("band", low=3.0)
    assert client.set_parameters("band", low=3.0, high=4.0)["low"] == 3.0


def test_a_second_one_of_a_name_is_refused_and_the_first_stays(running, client):
    first = start_plugin(running, GRADIENT, name="gradient")
    second = run_plugin(running, GRADIENT, "--name", "gradient")
    assert second.returncode == 2 and "running already" in second.stderr.splitlines()[-1]
    assert client.service("gradient").instance == first.instance


# --- what works ---


def test_values_are_those_of_the_image_that_they_name(client):
    import importlib.util

    spec = importlib.util.spec_from_file_location("gradient_magnitude", GRADIENT)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    seen, matched = {}, 0
    with client.slices("a") as images, client.subscribe(
        "gradient", ["values/gradient/a"]
    ) as values:
        while matched < 5:
            for one in (images.next_or_none(0.05), values.next_or_none(0.05)):
                if isinstance(one, slicecast.SliceImage):
                    seen[one.stamp.version] = one
                elif one is not None and one.stamp.version in seen:
                    image = seen[one.stamp.version]
                    expected = example.gradient(image)  # the function itself, with its defaults
                    assert one.stamp == image.stamp and one.header.unit == expected.unit
                    assert np.array_equal(one.pixels, expected.pixels.astype(np.float32))
                    assert one.pixels.max() > 0
                    matched += 1


def test_parameters_are_shown_and_set_live_and_bad_ones_refused(running, client):
    about = client.parameters("gradient").about("smoothing")
    assert (about.kind, about.unit, about.minimum, about.maximum) == (
        "integer",
        "pixels",
        0,
        50,
    ) and about.doc
    with client.subscribe("gradient", ["values/"]) as values:
        sharp = next(values).pixels.max()
        running.cli("params", "set", "smoothing=6", "--service", "gradient")
        next(one for one in values if one.pixels.max() < sharp / 2)
    for name, value in (("smoothing", 51), ("feed_port", 5)):
        with pytest.raises(errors.InvalidArgument):
            client.set_parameters("gradient", **{name: value})
    assert client.parameters("gradient")["smoothing"] == 6
    refused = running.cli("params", "set", "smoothing=-1", "--service", "gradient", check=False)
    assert refused.returncode == 2 and "must be between" in refused.stderr


def test_a_disabled_plugin_takes_back_what_it_showed_and_goes_on_when_enabled(client):
    with client.subscribe("gradient", ["values/"]) as values:
        next(one for one in values if isinstance(one, slicecast.ValuesImage))
        client.set_parameters("gradient", enabled=False)
        next(one for one in values if isinstance(one, slicecast.Removed))
        client.set_parameters("gradient", enabled=True)
        next(one for one in values if isinstance(one, slicecast.ValuesImage))


def test_finer_slices_come_halved_until_about_the_pixel_size_that_is_asked_for(client):
    with client.subscribe("gradient", ["values/"]) as values:
        assert next(values).pixels.shape == (48, 48)
        pixel_mm = 2 * client.field_of_view().radius_mm / 48
        client.set_parameters("gradient", pixel_size=4.1 * pixel_mm)
        next(one for one in values if one.pixels.shape == (12, 12))
        client.set_parameters("gradient", pixel_size=0.0, max_side=24, encoding="8 bit")
        next(one for one in values if one.pixels.shape == (24, 24))
        client.set_parameters("gradient", max_side=0, encoding="native")
        next(one for one in values if one.pixels.shape == (48, 48))


def test_metrics_and_health_tell_what_it_does(client):
    inputs_of(client, "gradient")
    page = client.service("gradient").links["metrics"][0]
    text = urllib.request.urlopen(page, timeout=system.GUARD_S).read().decode()
    for line in (
        'slicecast_ledger_closes{flow="inputs"} 1',
        'slicecast_plugin_processing_ms{quantile="0.5"}',
        'slicecast_build_info{service="gradient"',
    ):
        assert line in text, text
    health = page.replace("/metrics", "/healthz")
    assert urllib.request.urlopen(health, timeout=system.GUARD_S).read() == b"ok\n"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(page + "x", timeout=system.GUARD_S)


def test_a_plugin_reads_a_plugin_and_an_event_fires_once_at_the_level(running, client, tmp_path):
    start_plugin(
        running, write_script(tmp_path, "threshold.py", THRESHOLD), "--level", "9", name="threshold"
    )
    start_plugin(
        running,
        NOTIFY,
        "--input",
        "labels/threshold/",
        "--watched",
        "above",
        "--level",
        "0.2",
        "--hysteresis",
        "0.1",
        name="notify",
    )
    with client.subscribe("notify", ["event/"]) as events, client.subscribe(
        "threshold", ["labels/"]
    ) as labels:
        assert next(labels).fractions() == {"below": 1.0, "above": 0.0}
        client.set_parameters("threshold", level=-9.0)
        up = next(events)
        assert up.key == "event/notify/crossing/a" and up.header.urgent and up.header.value == 1.0
        assert up.header.input.slice_id == "a"  # the slice at the beginning of the chain
        client.set_parameters("threshold", level=9.0)
        down = next(events)
        assert not down.header.urgent and "below" in down.header.text
    with client.subscribe("notify", ["table/"]) as tables:
        assert next(tables).column("value") == [0.0]
    start_plugin(running, NOTIFY, "--region", "0,0,0,3", "--level", "-1", name="notify-mean")
    with client.subscribe("notify-mean", ["event/"]) as events:
        assert next(events).header.unit == "1/mm"


MEETING = """
import threading

import slicecast

both = threading.Barrier(2)


@slicecast.plugin("meeting", threads=2)
def meeting(image):
    both.wait(60)  # a single thread would never pass
    return slicecast.Event(threading.current_thread().name, name="passed")


meeting.run()
"""


def test_a_function_runs_on_as_many_threads_as_asked_and_a_class_on_one(running, client, tmp_path):
    script = write_script(tmp_path, "meeting.py", MEETING)
    refused = run_plugin(running, NOTIFY, "--threads", "2")
    assert refused.returncode == 2 and "threads must be" in refused.stderr
    start_plugin(running, script, name="meeting")
    names = set()
    with client.subscribe("meeting", ["event/"]) as events:
        while names != {"node 0", "node 1"}:
            names.add(next(events).header.text)
    ledger = inputs_of(client, "meeting")
    assert ledger.dropped["failed"] == 0 and client.status("meeting").facts["last_fault"] == ""
    running.processes["meeting"].terminate()
    assert running.processes.pop("meeting").wait(system.GUARD_S) == 0


def test_client_and_plugin_reach_everything_through_a_socks_proxy(running, client, tmp_path):
    refused = run_plugin(running, GRADIENT, "--socks", f"127.0.0.1:{system.free_port()}")
    assert refused.returncode == 2 and "ssh -D" in refused.stderr.splitlines()[-1]
    proxy = socks_proxy.SocksProxy()
    proxy.start()
    hub = int(running.hub.rsplit(":", 1)[1])
    start_plugin(running, GRADIENT, "--socks", proxy.address, name="remote")
    assert hub in proxy.reached
    with slicecast.connect(running.hub, socks=proxy.address, timeout=system.GUARD_S) as far:
        assert proxy.reached.count(hub) == 2
        with far.subscribe("remote", ["values/remote/a"]) as values:
            assert next(values).pixels.shape == (48, 48)
    proxy.close()
    with pytest.raises(errors.Unavailable, match="no SOCKS proxy listens"):
        slicecast.connect(running.hub, socks=proxy.address)
    running.processes["remote"].terminate()
    assert running.processes.pop("remote").wait(system.GUARD_S) == 0


# --- what goes wrong costs the plugin alone ---


def test_a_plugin_from_the_page_lies_hangs_and_is_killed_and_raw_slices_keep_flowing(
    running, client, tmp_path
):
    script = write_script(tmp_path, "liar.py", LIAR)
    first = start_plugin(running, script, "--log-level", "error", name="liar")
    reasons = {
        "raise": "failed",
        "shape": "bad_size",
        "huge": "bad_size",
        "nan": "not_finite",
        "class": "bad_label",
        "type": "failed",
        "table": "bad_size",
    }
    with client.subscribe("liar", ["labels/", "values/", "table/"]) as made:
        next(made)
        for lie, reason in reasons.items():
            before = inputs_of(client, "liar").dropped[reason]
            client.set_parameters("liar", lie=lie)
            system.until(
                lambda: inputs_of(client, "liar").dropped[reason] > before + 1,
                f"{lie} being counted",
            )
            assert client.status("liar").facts["last_fault"]
            slices_keep_flowing(client)
        client.set_parameters("liar", lie="none")
        for _ in range(4):  # what came meanwhile is all true
            one = next(made)
            assert isinstance(one, slicecast.LabelsImage) and one.pixels.shape == (48, 48)
            assert set(np.unique(one.pixels)) <= {0, 1, 255}

        # Stopped: its feed is silent, nothing else is.
        process = running.processes["liar"]
        process.send_signal(signal.SIGSTOP)
        slices_keep_flowing(client, 10)
        process.send_signal(signal.SIGCONT)
        stamp = next(made).stamp.version
        next(one for one in made if one.stamp.version > stamp + 10)

        # Killed and started again, as a supervisor does.
        running.kill("liar")
        slices_keep_flowing(client)
        again = start_plugin(running, script, "--deadline-ms", "50", name="liar")
        system.until(lambda: client.service("liar").instance != first.instance, "its successor")
        next(made)
        assert again.name == "liar"

    # Hanging inside of the node: it says so, still answers, and still ends when it is told to.
    client.set_parameters("liar", lie="stuck")
    system.until(
        lambda: "hanging" in client.status("liar").facts.get("health", ""), "the hang being told"
    )
    page = client.service("liar").links["metrics"][0].replace("/metrics", "/healthz")

    def unwell():
        try:
            urllib.request.urlopen(page, timeout=system.GUARD_S).close()
        except urllib.error.HTTPError as error:
            return error.code == 503

    system.until(unwell, "503 from its health page")
    slices_keep_flowing(client)
    running.processes["liar"].terminate()
    assert running.processes.pop("liar").wait(system.GUARD_S) == 1
    assert "left behind" in running.log("liar")


def test_a_plugin_hears_of_slices_scans_and_restarts_and_reads_all_kinds(tmp_path):
    brightest = code_blocks("how-to/plugins-python.md")[1]
    listener = '''
import slicecast


class Listener(slicecast.Plugin):
    """Tells what it hears, in the order in which it comes."""
    name = "listener"
    reads = ("slice/", "preview", "thumbnail", "table/brightest/", "event/brightest/")

    def start(self):
        self.heard = []

    def tell(self, what):
        if what not in self.heard:
            self.heard.append(what)
            return slicecast.Event(" ".join(self.heard), name="heard")

    def on_slice(self, image): return self.tell(f"slice:{image.id}")
    def on_preview(self, volume): return self.tell(f"preview:{volume.pixels.ndim}")
    def on_thumbnail(self, thumbnail): return self.tell(f"thumbnail:{thumbnail.pixels.ndim}")
    def on_table(self, table): return self.tell(f"table:{table.header.title}")
    def on_event(self, event): return self.tell(f"event:{event.header.producer}")
    def on_slice_added(self, slice): return self.tell(f"added:{slice.id}")
    def on_slice_moved(self, slice): return self.tell(f"moved:{slice.id}")
    def on_slice_removed(self, slice): return self.tell(f"removed:{slice.id}")
    def on_scan_started(self, scan): return self.tell("started")
    def on_scan_geometry(self, scan): return self.tell("geometry")
    def on_scan_ended(self, scan): return self.tell("ended")


Listener.run()
'''
    with system.System() as own:
        own.start("projection", "--source", "pusher", "--padding", "zero", "--axis-search=false")
        own.start("slice", "--preview-size", "8")
        start_plugin(own, write_script(tmp_path, "brightest.py", brightest), name="brightest")
        start_plugin(own, write_script(tmp_path, "listener.py", listener), name="listener")
        with slicecast.connect(own.hub, timeout=system.GUARD_S) as client:
            with client.subscribe("listener", ["event/listener/heard"]) as told:
                heard = set()

                def until_heard(*wanted):
                    while not set(wanted) <= heard:
                        event = next(told)
                        if isinstance(event, slicecast.EventRecord):  # else it went with its slice
                            heard.update(event.header.text.split())

                one = client.add_slice("xy@0", 16, width_mm=16, id="one")
                until_heard("added:one")
                frame = np.full((8, 16), 0.5, np.float32)
                with client.source("pusher") as source:
                    with source.scan(
                        "s",
                        rows=8,
                        columns=16,
                        pixel_mm=1.0,
                        dtype=np.float32,
                        window=8,
                        already_linear=True,
                    ) as scan:
                        for number in range(16):
                            scan.projection(frame, np.pi * number / 8)
                        until_heard(
                            "started",
                            "slice:one",
                            "preview:3",
                            "thumbnail:2",
                            "table:peaks",
                            "event:brightest",
                        )
                        client.set_parameters("projection", axis_column=7.0)
                        until_heard("geometry")
                until_heard("ended")
                one.move("xy@1")
                until_heard("moved:one")
                # No scan runs, and yet a changed parameter counts for the last image again.
                start_plugin(own, GRADIENT, name="gradient")
                with client.subscribe("gradient", ["values/"]) as values:
                    sharp = next(
                        one
                        for one in values
                        if one.stamp.pose_revision == client.slice("one").pose_revision
                    )
                    client.set_parameters("gradient", smoothing=8)
                    smooth = next(values)
                    assert smooth.stamp == sharp.stamp
                    assert not np.array_equal(smooth.pixels, sharp.pixels)
                with client.subscribe("brightest", ["table/"]) as peaks:
                    next(peaks)
                    one.remove()
                    until_heard("removed:one")
                    next(gone for gone in peaks if isinstance(gone, slicecast.Removed))

                # The slice server's and the hub's successors are found.
                own.kill("slice")
                own.restart("slice")
                own.kill("hub")
                own.restart("hub")
                own.service("slice")
                system.until(
                    lambda: client.add_slice("xy@0", 16, width_mm=16, id="two"),
                    "the new slice server",
                )
                until_heard("added:two", "slice:two")


STUBBORN = """
import time

import slicecast


class Stubborn(slicecast.Plugin):
    patience = slicecast.Real(0.0, unit="s", doc="How long a change of parameters takes")

    def on_parameters(self):
        time.sleep(self.patience)


Stubborn.run()
"""


def test_its_supervisor_restarts_it_when_it_dies_or_hangs_and_takes_it_along_at_the_end(tmp_path):
    script = write_script(tmp_path, "stubborn.py", STUBBORN)
    config = tmp_path / "up.toml"
    hub = f"tcp://127.0.0.1:{system.free_port()}"
    ports = {
        "hub": {"control_port": hub.rsplit(":", 1)[1], "metrics_port": -1},
        "projection": dict.fromkeys(["control_port", "metrics_port", "bulk_port", "feed_port"], 0),
        "slice": dict.fromkeys(["control_port", "metrics_port", "feed_port"], 0),
    }
    lines = []
    for section, given in ports.items():
        lines += [f"[{section}]", f'hub = "{hub}"', f'state_directory = "{tmp_path}"']
        lines += [f"{name} = {port}" for name, port in given.items()]
    lines += ["[plugin.edges]", f'command = "{sys.executable} {script}"', f'hub = "{hub}"']
    config.write_text("\n".join([*lines, "patience = 0.25", "deadline_ms = 500", ""]))
    log = open(tmp_path / "up.log", "wb")
    up = subprocess.Popen([system.BIN / "slicecast", "up", config], stdout=log, stderr=log)
    try:
        with slicecast.Client(hub, timeout=system.GUARD_S) as client:
            system.until(lambda: client.service("edges"), "the plugin")
            assert client.parameters("edges")["patience"] == 0.25
            for harm in ("kill", "hang"):
                first = client.service("edges")
                if harm == "kill":
                    os.kill(first.pid, signal.SIGKILL)
                else:
                    client.set_parameters("edges", patience=3600.0)
                system.until(
                    lambda: client.service("edges").instance != first.instance,
                    f"restart after {harm}",
                )
            last = client.service("edges")
            up.kill()  # not a stop that it could pass on
            system.until(lambda: not pathlib.Path(f"/proc/{last.pid}").exists(), "the plugin's end")
    finally:
        up.kill()
        up.wait(system.GUARD_S)
