"""The viewer's links in the real window: every server killed and started again under it, two viewers of one scene, an
observer, a link that is lost, and what is kept while others keep theirs."""
import concurrent.futures
import threading

import system
import test_viewer
import wire_client
from test_viewer_tools import READY, run, seen

# `measure` counts images anew: what comes after it comes over links that work again.
EACH_IN_TURN = """
wait text Status:live
wait text (p50 / p99)
say restart-hub
measure
wait images 3
expect text Status:live
do record
wait text frames,
say kill-source
wait text Status:live, source silent
wait text Time:source silent
wait text Status:nothing newer
wait text Connections:Start the source again
wait text Health:Raw data in 0.0 MB/s: See whether the source runs
wheel item health_ingest 30
move item health_ingest
wait text tooltip:nothing comes
expect layout
say restart-source
wait no_text Status:silent
wait no_text Time:silent
wait no_text Status:nothing newer
measure
wait images 3
do record
wait text recorded
say kill-projection
wait text Status:live, projection silent
say restart-projection
wait no_text Status:silent
wait no_text Status:nothing newer
measure
wait images 3
wait slice s1 exact
do slice_forward
wait slice s1 exact
expect live
"""
LOST = """
say kill-slice
wait stale
wait text Status:stale
wait lost
wait text Status:next try in
wait text Connections:See whether the service runs
click item try_now
expect lost
say restart-slice
wait live
wait slices 3
wait slice s1 exact
wait no_item try_now
wait text Status:live
"""
MOVED = """
do view_fit
wait idle
screenshot before
drag slice s1 at 0.85 0.15 by 0 -45 steps 10
wait slice s1 exact
wait text Slices:you
screenshot moved
select s1
key F2
wait item slice_name
text displaced
key Enter
wait text Slices:displaced
wait slice s1 exact
"""
WATCHED = """
say watching
wait text Slices:alice
wait text by alice
wait text Slices:displaced
wait slice s1 exact
screenshot followed
"""
SIZES = """
select s1
expect layout
click item slice_size
wait text popup:2048 px
click text popup:512_px
wait slice s1 exact
say resized
select s2
wait text Slices:256 px
expect layout
"""
LAYOUTS = """
click text Menu:Layouts
wait item layout_name
click item layout_name
text evening
key Enter
wait text saved the layout 'evening'
say another
wait slices 4
click item layout_name double
text night
key Enter
wait text saved the layout 'night'
wait text popup:theirs
click text popup:night
wait no_item layout_name
click text Menu:Layouts
wait item layout_name
click text popup:Delete_this_layout
wait text deleted the layout 'night'
say look
"""


def start(running, scans="0"):
    running.start("source", *test_viewer.SOURCE, "--rate", "90", "--scans", scans)
    running.start("projection")
    running.start("slice", *test_viewer.SLICES)


def scene_of(running):
    """What the slice server tells everybody."""
    header, _ = running.feed("slice", ["scene"]).wait(lambda header: header.HasField("scene"))
    return {slice.id: slice for slice in header.scene.slices}


def poses(scene):
    return {name: [getattr(slice, side).SerializeToString() for side in ("base", "axis1", "axis2")]
            for name, slice in scene.items()}


def test_hub_source_and_projection_server_are_killed_in_turn_and_the_viewer_goes_on_by_itself(tmp_path):
    with system.System() as running:
        start(running)
        again = {f"restart-{name}": lambda name=name: running.restart(name) for name in ("source", "projection")}
        kill = {f"kill-{name}": lambda name=name: running.kill(name) for name in ("source", "projection")}
        run(running, tmp_path, READY + EACH_IN_TURN,
            on={**again, **kill, "restart-hub": lambda: (running.kill("hub"), running.restart("hub"))})
    recorded = sorted(tmp_path.glob("recording-*.h5"))
    assert len(recorded) == 2, f"a file for the scan of each source: {recorded}"
    assert all(file.stat().st_size > 100_000 for file in recorded)


def test_a_lost_slice_server_is_tried_again_and_comes_back(tmp_path):
    with system.System() as running:
        start(running, scans="1")
        run(running, tmp_path, READY + LOST,
            on={"kill-slice": lambda: running.kill("slice"), "restart-slice": lambda: running.restart("slice")})


def test_one_viewer_moves_a_slice_and_the_other_shows_who_did_and_the_image(tmp_path):
    mover, watcher = tmp_path / "mover", tmp_path / "watcher"
    mover.mkdir(), watcher.mkdir()
    with system.System() as running:
        start(running, scans="1")
        ready = threading.Event()
        with concurrent.futures.ThreadPoolExecutor() as beside:
            other = beside.submit(run, running, watcher, READY + WATCHED, "--name", "bob", on={"watching": ready.set})
            assert ready.wait(3 * system.GUARD_S)
            run(running, mover, READY + MOVED, "--name", "alice")
            other.result()
    before, there, here = seen(mover, "before"), seen(mover, "moved"), seen(watcher, "followed")
    assert there["slice.s1.wanted_base_mm"] != before["slice.s1.wanted_base_mm"]
    for what in ("base", "axis1", "axis2"):
        key = f"slice.s1.wanted_{what}_mm"
        assert here[key] == there[key], key
    assert test_viewer.shown_as_wanted(here, "s1") and here["slice.s1.exact"] == "true"


def test_what_an_observer_drags_and_presses_changes_no_pose(tmp_path):
    with system.System() as running:
        start(running, scans="1")
        before = poses(scene_of(running))
        run(running, tmp_path, READY + "do view_fit\nwait idle\nscreenshot before\n"
            "drag slice s1 at 0.85 0.15 by 0 -45 steps 5\ndrag slice s1 at 0.85 0.15 by 0 -45 steps 5 shift\n"
            "drag slice s1 at 0.85 0.15 by 0 -45 steps 5 ctrl\nselect s1\nkey Up\nkey X\nkey R\nwait idle\n"
            "screenshot after\nexpect slices 3\n", "--observe")
        assert poses(scene_of(running)) == before and len(before) == 3
        first, last = seen(tmp_path, "before"), seen(tmp_path, "after")
        for key in (key for key in first if ".wanted_" in key):
            assert last[key] == first[key], key


def test_the_size_of_a_slice_is_chosen_in_the_window(tmp_path):
    sizes = []
    with system.System() as running:
        start(running, scans="1")

        def resized():
            running.feed("slice", ["scene"]).wait(
                lambda header: any(slice.id == "s1" and slice.rows == 512 for slice in header.scene.slices))
            sizes.extend((slice.rows, slice.columns) for _, slice in sorted(scene_of(running).items()))
        run(running, tmp_path, READY + SIZES, on={"resized": resized})
    assert sizes == [(512, 512), (256, 256), (256, 256)]


def test_layouts_are_on_disk_when_the_window_says_so_and_leave_those_of_others(tmp_path):
    kept = tmp_path / "kept"
    file = kept / "viewer-layouts.toml"
    found = []

    def another():
        """A viewer beside this one saves a layout of its own."""
        text = file.read_text()
        found.append("evening" in text)
        begin = text.index("[layouts.evening]")
        file.write_text(text + text[begin:].replace("layouts.evening", "layouts.theirs"))
        running.control("slice").request(set_slice=wire_client.square(32, 20, id="done"))  # seen in the window

    def look():
        text = file.read_text()
        found.append([f"[layouts.{name}]" in text for name in ("evening", "theirs", "night")])
    with system.System() as running:
        start(running, scans="1")
        run(running, tmp_path, "wait connected\nwait slices 3\n" + LAYOUTS, "--settings-directory", kept,
            on={"another": another, "look": look})
    assert found == [True, [True, True, False]]
    assert "[layouts.theirs]" in file.read_text(), "closing the window keeps it"
