"""What files of the viewer say about where they come from: of images that are frozen, scrubbed to and compared while
the settings have changed, of surfaces and of labels, and of a scan that does not tell its pixel size."""
import json
import math

import numpy as np
import pytest

import system
import test_labels
import test_viewer
import wire_client
from slicecast.v1 import bulk_pb2, common_pb2, control_pb2
from test_black_box import push_scan
from test_viewer_tools import copied, run, seen

CONE = ("--phantom", "cylinder", "--radius", "8", "--beam", "cone", "--source-axis", "200", "--source-detector", "400",
        "--pixel", "0.5", "--axis-column", "65.25", "--no-noise", "--rows", "48", "--columns", "128", "--projections", "120",
        "--rate", "300", "--scans", "1")
FILTER, AXIS = "parameter.projection.filter", "parameter.projection.axis_column"
READY = """wait connected
wait slice s1 exact
wait slice s1 full
wait preview
wait idle
"""
CHANGED = READY + """wait text scan ended
wait services 4
key A
screenshot before
measure
say change-filter
wait parameter filter hann
wait images 2
wait slice s1 exact
wait slice s1 overlay
key B
screenshot live
""" + 3 * "key Comma\n" + """wait idle
expect frozen
screenshot scrubbed
click text Save_slice
click text popup:NPY
wait text .npy
key 2
click plane 0.3 0.5
click plane 0.7 0.5
wait text distance:
wait idle
key Ctrl+C
clipboard distance
key 2
key End
wait slice s1 exact
key Ctrl+B
wait idle
screenshot beside
key Ctrl+B
wait idle
screenshot in_turn
key Ctrl+B
wait slice s1 exact
click item page_volume
click item show_surface
wait surface
wait idle
click text Write_STL
wait text .stl
wait idle
screenshot surface
key F12
wait text slicecast-2
"""


def provenance_of(folder, pattern):
    (file,) = folder.glob(pattern)
    return json.loads(file.read_text())


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """A session with a scan that has ended, whose filter was changed while images from before it are kept."""
    folder = tmp_path_factory.mktemp("files")
    with system.System() as running:
        running.start("source", *CONE)
        running.start("projection", "--filter", "cosine")
        running.start("slice", "--slices", "xy@0 xz@0", "--slice-size", "128", "--preview-size", "48")
        test_labels.start_labels(running)

        def change():
            running.control("projection").request(set_parameters=control_pb2.SetParameters(
                values={"filter": control_pb2.ParameterValue(text="hann")}))
        run(running, folder, CHANGED, on={"change-filter": change})
        yield folder


def test_files_of_a_scrubbed_image_carry_the_settings_that_it_was_made_with(changed):
    live, scrubbed = seen(changed, "live"), seen(changed, "scrubbed")
    file, csv = provenance_of(changed, "*.npy.json"), copied(changed, "distance")[0]
    for origin in (file, csv):
        assert origin[FILTER] == "cosine" and origin["settings"] == "of this image", origin
        assert origin["version"] == scrubbed["slice.s1.version"] < live["slice.s1.version"]
        assert origin["scan_id"] == live["scan_id"] != ""


def test_a_picture_of_what_is_scrubbed_to_is_described_as_it_is_drawn(changed):
    before, live, scrubbed = (seen(changed, name) for name in ("before", "live", "scrubbed"))
    assert before["view.time"] == live["view.time"] == "live" and scrubbed["view.time"] == "frozen"
    assert scrubbed["view.behind_s"] > 0 and 0 <= scrubbed["view.scrubbed_to"] < 1
    assert before[FILTER] == "cosine" and live[FILTER] == scrubbed[FILTER] == "hann"
    for picture in (before, live, scrubbed):
        assert picture["scan_id"] == picture["slice.s1.scan_id"] != ""
        assert picture["slice.s1.settings"] == "of this image" and picture["slice.s1.panel"] == "image"
        assert picture["slice.s1.exact"] == "true"
    # Settings stand with an image only where they are not those in use.
    assert "slice.s1." + FILTER not in before and "slice.s1." + FILTER not in live
    assert scrubbed["slice.s1." + FILTER] == "cosine"
    assert scrubbed["slice.s1.version"] <= before["slice.s1.version"] < live["slice.s1.version"]
    assert scrubbed["slice.s1.epoch"] < live["slice.s1.epoch"]


def test_a_and_b_are_described_each_with_its_settings(changed):
    before, live, beside, in_turn = (seen(changed, name) for name in ("before", "live", "beside", "in_turn"))
    assert beside["view.compare"] == beside["slice.s1.panel"] == "A and B"
    kept = {"A": before["slice.s1.version"], "B": live["slice.s1.version"]}
    assert (beside["slice.s1.a.version"], beside["slice.s1.b.version"]) == (kept["A"], kept["B"])
    assert beside["slice.s1.a." + FILTER] == "cosine" and "slice.s1.b." + FILTER not in beside
    assert in_turn["view.compare"] == "A and B in turn"
    assert in_turn["slice.s1.version"] == kept[in_turn["slice.s1.turn"]]
    assert ("slice.s1." + FILTER in in_turn) == (in_turn["slice.s1.turn"] == "A")


def test_labels_over_a_picture_are_described(changed):
    live = seen(changed, "live")
    assert live["slice.s1.overlay"] == "threshold" and live["overlay.threshold.alpha"] == pytest.approx(0.4)
    assert live["overlay.threshold.class.1"] == "above, #ff8800, on" and "overlay.threshold.model" in live


def test_every_file_carries_the_geometry_in_use(changed):
    surface = provenance_of(changed, "surface-*.stl.json")
    assert surface["iso_level"] == seen(changed, "surface")["view.iso_level"] and surface["settings"] == "of this image"
    (stl,) = changed.glob("surface-*.stl")
    assert stl.read_bytes().startswith(b"mm; slicecast-viewer ")
    for origin in (surface, provenance_of(changed, "*.npy.json"), copied(changed, "distance")[0],
                   seen(changed, "scrubbed")):
        assert origin[AXIS] == "-1 px", "as the scan has it"
        told = {name: origin["geometry." + name] for name in (
            "beam", "columns", "rows", "pixel_mm", "source_axis_mm", "source_detector_mm", "axis_column")}
        assert told == {"beam": "cone", "columns": 128, "rows": 48, "pixel_mm": 0.5, "source_axis_mm": 200,
                        "source_detector_mm": 400, "axis_column": 65.25}


def test_names_of_files_hold_nothing_that_file_shares_refuse(changed):
    assert list(changed.glob("slicecast-*.png.json"))
    for file in changed.iterdir():
        assert not set(file.name) & set(':*?"<>|\\'), file.name


def test_class_fractions_are_copied_with_names_and_origin(tmp_path):
    with system.System() as running:
        running.start("source", *CONE[:-1], "0")
        running.start("projection", "--filter", "cosine")
        running.start("slice", "--slices", "xy@0", "--slice-size", "64", "--preview-size", "0")
        test_labels.start_labels(running)
        run(running, tmp_path, "wait connected\nwait services 4\nwait slice s1 overlay\nwait item copy_fractions\n"
            "do freeze\nwait idle\n"
            "click item copy_fractions\nwait text copied as CSV\nclipboard fractions\n")
    origin, (heading, *rows) = copied(tmp_path, "fractions")
    assert heading == ["time (s)", "below", "above"] and len(rows) > 1
    assert origin["slice_id"] == "s1" and origin["producer"] == "threshold"
    assert origin[FILTER] == "cosine" and origin["geometry.axis_column"] == 65.25


PIXELS = READY + """key 1
click plane 0.3 0.5
click plane 0.7 0.5
wait text profile: length
wait idle
key Ctrl+C
clipboard profile
key 4
click plane 0.4 0.4
click plane 0.6 0.6
wait text rectangle: mean
wait idle
key Ctrl+C
clipboard rectangle
click text Save_slice
click text popup:NPY
wait text .npy
click item page_volume
click item show_surface
wait surface
wait idle
click text Write_PLY
wait text .ply
screenshot pixels
"""


def test_no_file_of_a_scan_without_a_pixel_size_says_mm(tmp_path):
    rows, columns, count, radius = 24, 64, 90, 16
    across = np.abs(np.arange(columns) - (columns - 1) / 2)
    line = 0.02 * 2 * np.sqrt(np.clip(radius**2 - across**2, 0, None))
    frames = np.tile(line.astype(np.float32), (count, rows, 1))
    source = wire_client.RawSource()
    source.start()
    try:
        with system.System() as running:
            running.start("projection", "--source", source.address, "--already-linear", "yes")
            running.start("slice", "--slices", "xy@0", "--slice-size", "64", "--preview-size", "32")
            push_scan(source, "pixels", common_pb2.Geometry(rows=rows, columns=columns),
                      common_pb2.Window(group_size=count), [], [], frames, np.arange(count) * math.pi / count)
            run(running, tmp_path, PIXELS)
    finally:
        source.close()
    profile, (heading, *samples) = copied(tmp_path, "profile")
    assert heading[:7] == ["distance (px)", "column (px)", "row (px)", "x (px)", "y (px)", "z (px)", "value (1/pixel)"]
    assert float(samples[-1][0]) > 10
    assert "area (px^2)" in copied(tmp_path, "rectangle")[1][0]
    (ply,) = tmp_path.glob("surface-*.ply")
    header = ply.read_bytes().partition(b"end_header")[0].decode()
    assert "comment lengths in px" in header
    surface = json.loads(header.partition("comment ")[2].splitlines()[0])
    image, picture = provenance_of(tmp_path, "*.npy.json"), seen(tmp_path, "pixels")
    assert image["pixel_px"] > 0 and surface["voxel_px"] > 0 and "slice.s1.shown_base_px" in picture
    for origin in (profile, image, surface, picture):
        assert origin["geometry.pixel_size"].startswith("unknown") and origin["geometry.axis_column"] == 31.5
        # Parameters keep their names: Paganin's distance is set in mm whatever the scan tells.
        said = [key for key in origin if key.endswith("_mm") and not key.startswith("parameter.")]
        assert not said, said
