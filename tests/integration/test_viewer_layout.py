"""What is written in the window can be read, and what panels write to disk is there."""
import pytest

import system
import test_labels
import test_viewer

READY = """wait connected
wait slices 3
wait slice s1 exact
wait slice s1 histogram
wait preview
wait services 4
wait idle
"""
MEASURED = """key 4
click plane 0.35 0.4
click plane 0.5 0.6
move plane 0.55 0.5
wait idle
expect layout
key 1
click plane 0.35 0.5
click plane 0.65 0.55
wait idle
expect layout
"""
OPENED = """click item page_volume
wait item curve_point_1
wait idle
expect layout
click item page_overlay
wait no_item curve_point_1
key ?
wait text Shortcuts:Middle drag
wait idle
expect layout
key ?
wait no_text Shortcuts:Middle drag
"""
MENUS = {"Slice": "ten pixels back", "Axis": "by 0.01", "Edit": "as CSV", "Intensity": "Reverse",
         "Overlay": "as outlines", "Time": "Compare", "Measure": "statistics", "View": "and beam", "Window": "Leave",
         "Keep": "Record the", "Panels": "Connections", "Layouts": "text size"}


@pytest.fixture(scope="module")
def running():
    with system.System() as started:
        started.start("source", *test_viewer.SOURCE)
        started.start("projection")
        started.start("slice", *test_viewer.SLICES)
        test_labels.start_labels(started)
        yield started


def run_script(running, folder, text, *arguments, dpi=None):
    script = folder / "layout.script"
    script.write_text(text)
    process = test_viewer.viewer(running, "--script", script, "--screenshot-dir", folder, *arguments, dpi=dpi)
    _, err = test_viewer.ended(process)
    return process.returncode, err


@pytest.mark.parametrize("size", ("1280x800", "2560x1440"))
@pytest.mark.parametrize("look", (("dark", "1"), ("light", "1.5")))
def test_no_panel_and_no_text_overlaps_leaves_the_window_or_is_cut_off(running, tmp_path, size, look):
    theme, scale = look
    code, err = run_script(running, tmp_path, READY + "expect layout\n" + MEASURED, "--size", size,
                           "--theme", theme, "--font-scale", scale)
    assert code == 0, err


@pytest.mark.parametrize("size", ("1280x800", "2560x1440"))
@pytest.mark.parametrize("look", (("dark", "1"), ("light", "1.5")))
def test_what_opens_neither_overlaps_nor_leaves_the_window(running, tmp_path, size, look):
    theme, scale = look
    menus = "".join(f"click text Menu:{menu}\nwait text popup:{entry}\nwait idle\nexpect layout\n"
                    f"click text Menu:{menu}\nwait no_text popup:{entry}\n" for menu, entry in MENUS.items())
    # There is no room for this panel at first.
    show = "click text Menu:Panels\nclick text popup:Overlay_and\n" if (size, scale) == ("1280x800", "1.5") else ""
    code, err = run_script(running, tmp_path, READY + show + OPENED + menus, "--size", size, "--theme", theme,
                           "--font-scale", scale)
    assert code == 0, err


def test_on_a_display_of_many_dots_per_inch_window_and_text_are_larger_and_all_fits(running, tmp_path):
    sizes = {}
    for dpi in (96, 168):
        text = READY + "expect layout\n" + MEASURED + f"screenshot dense{dpi}\n"
        code, err = run_script(running, tmp_path, text, "--size", "1280x800", "--theme", "dark", "--font-scale", "1",
                               dpi=dpi)
        assert code == 0, err
        sizes[dpi] = test_viewer.rgb_pixels(tmp_path / f"dense{dpi}.png").shape[:2]
    assert sizes == {96: (800, 1280), 168: (1400, 2240)}


def test_a_panel_moved_over_another_is_named(running, tmp_path):
    code, err = run_script(running, tmp_path, READY + "drag 60 34 by 300 200 steps 5\nwait idle\nexpect layout\n",
                           "--size", "1280x800", "--theme", "dark", "--font-scale", "1")
    assert code == 3 and "overlaps slices" in err, err


def test_slice_and_surface_are_written_with_their_origin(running, tmp_path):
    text = READY + "do export_slice\nwait idle\ndo iso_toggle\nwait idle\ndo export_surface\nwait idle\n"
    code, err = run_script(running, tmp_path, text)
    assert code == 0, err
    assert [path.stat().st_size > 1000 for path in tmp_path.glob("*.tif")] == [True]
    assert b"scan_id" in next(tmp_path.glob("*.tif")).read_bytes()
    assert [path.stat().st_size > 1000 for path in tmp_path.glob("*.ply")] == [True]
