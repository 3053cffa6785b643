"""What the viewer draws and when: the volume beside slices that stream in, and overlays over a thin link."""
import json

import socks_proxy
import system
import test_thin_link
import test_viewer

SLOW_MS = 400  # that a volume takes at full resolution, on whatever this runs
STREAM, HOVERS = 60, 10
VOLUME = f"""deadline 60
wait connected
wait slices 3
wait slice s1 exact
wait preview
wait services 3
set slow_volume {SLOW_MS}
set volume on
wait images 20
measure
wait images {STREAM}
note stream
say stop
wait file stopped
wait idle
note rest
measure
""" + "move item page_overlay\nmove item page_volume\n" * HOVERS + """wait idle
note hovered
say denser
wait preview_limit 0.3
note denser
click item page_volume
wait idle
click item volume_auto
wait idle
note automatic
"""


def noted(folder):
    return json.loads((folder / "report.json").read_text())["noted"]


def source(attenuation):
    return ("--phantom", "cylinder", "--radius", "16", "--attenuation", attenuation, "--pixel", "0.5", "--no-noise",
            "--rows", "64", "--columns", "128", "--projections", "90", "--rate", "300", "--scans", "1000")


def test_a_slow_volume_holds_up_neither_a_stream_nor_a_hand_over_the_panels(tmp_path):
    with system.System() as running:
        running.start("source", *source("0.05"))
        running.start("projection")
        running.start("slice", *test_viewer.SLICES)
        script = tmp_path / "volume.script"
        script.write_text(VOLUME)

        def stop():
            running.kill("source")
            (tmp_path / "stopped").touch()
        answers = {"stop": stop, "denser": lambda: running.start("source", *source("0.5"))}
        process = test_viewer.viewer(running, "--script", script, "--screenshot-dir", tmp_path,
                                     "--report", tmp_path / "report.json")
        test_viewer.played(process, lambda line: answers.get(line, lambda: None)(), 4 * system.GUARD_S)
    seen = noted(tmp_path)
    stream, rest, hovered = (seen[name]["volumes"] for name in ("stream", "rest", "hovered"))
    print(stream, rest, hovered, seen["denser"]["preview_limits"], seen["automatic"]["preview_limits"])
    # Of images with a moment between them each may bring a fine one; of a stream few do.
    assert stream["drawn"] >= 10 and 2 * stream["fine"] <= stream["drawn"] + 2
    assert rest["fine"] > stream["fine"], "it is fine again when nothing comes"
    assert hovered["drawn"] <= 2, "nothing of the scene changed"
    # Another sample, ten times as dense, has limits of its own.
    assert seen["rest"]["preview_limits"][1] < 0.1
    assert seen["automatic"]["preview_limits"][1] >= 0.3


def test_an_overlay_is_part_of_what_a_thin_link_carries_and_not_fetched_while_it_is_off(tmp_path):
    script = tmp_path / "overlay.script"
    script.write_text("deadline 120\nwait connected\nwait slices 1\nwait slice s1 image\nwait link limited\n"
                      "wait text link limits: 8-bit images at\nsay label\nwait slice s1 overlay\n"
                      "wait text link limits: 8-bit images of 512 px\nmeasure\nwait images 10\nwait slice s1 overlay\n"
                      "note reduced\ndo overlay_toggle\nmeasure\nwait images 10\nnote off\nmeasure\nwait images 20\n"
                      "note later\n")
    proxy = socks_proxy.SocksProxy(test_thin_link.LINK)
    proxy.start()
    with system.System() as running:
        test_thin_link.start_services(running)
        test_thin_link.forget_local_sockets(running)

        def label():
            running.start("threshold")
            test_thin_link.forget_local_sockets(running)
        process = test_viewer.viewer(running, "--socks", proxy.address, "--script", script,
                                     "--report", tmp_path / "report.json")
        test_viewer.played(process, lambda line: label() if line == "label" else None, 4 * system.GUARD_S)
    proxy.close()
    seen = noted(tmp_path)
    reduced = seen["reduced"]
    print(reduced["link"], reduced["overlay_size"], [seen[name]["overlays_received"] for name in seen])
    assert reduced["link"]["max_side"] == 512
    assert reduced["overlay_size"] == [512, 512], "as large as the slices that it lies on"
    assert seen["later"]["overlays_received"] == seen["off"]["overlays_received"] > 0
    assert seen["later"]["images_received"] > seen["off"]["images_received"]
