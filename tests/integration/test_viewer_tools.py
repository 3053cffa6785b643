"""What the viewer promises beside moving slices, used in the real window as a person would: each panel's
widgets, measuring against a body of known size, files and what they hold, layouts, parameters, overlays."""
import json
import math
import re
import struct

import numpy as np
import pytest

import system
import test_viewer
from slicecast.v1 import control_pb2

RADIUS_MM, ATTENUATION, PIXEL_MM, ROWS = 16.0, 0.05, 0.5, 64
SCAN = ("--phantom", "cylinder", "--radius", RADIUS_MM, "--attenuation", ATTENUATION, "--pixel", PIXEL_MM,
        "--no-noise", "--rows", ROWS, "--columns", "128", "--projections", "120", "--rate", "300")
LOOK = ("--size", "1280x800", "--theme", "dark", "--font-scale", "1")
READY = """wait connected
wait slices 3
wait slice s1 exact
wait slice s2 exact
wait slice s1 histogram
wait slice s2 histogram
wait preview
wait services 3
wait idle
"""


def start(running, scans):
    running.start("source", *map(str, SCAN), "--scans", scans)
    running.start("projection")
    running.start("slice", *test_viewer.SLICES)


def run(running, folder, text, *arguments, on=None):
    """Runs the script; a line that it says calls what `on` has under that name."""
    script = folder / "tools.script"
    script.write_text(text)
    process = test_viewer.viewer(running, *LOOK, "--script", script, "--screenshot-dir", folder, *arguments)

    test_viewer.played(process, lambda line: (on or {}).get(line, lambda: None)())


def seen(folder, name):
    return json.loads((folder / f"{name}.png.json").read_text())


def picture(folder, name, area):
    x, y, width, height = (round(float(word)) for word in seen(folder, name)[f"view.{area}_area"].split(","))
    return test_viewer.rgb_pixels(folder / f"{name}.png")[y:y + height, x:x + width].astype(int)


def numbers(text):
    return [float(word) for word in text.split(",")]


def copied(folder, name):
    """Provenance and rows of what was copied as CSV."""
    lines = (folder / f"{name}.txt").read_text().splitlines()
    assert lines[0].startswith("# {") and "scan_id" in lines[0]
    return json.JSONDecoder().raw_decode(lines[0][2:])[0], [line.split(",") for line in lines[1:]]


def ply_mesh(raw):
    header, _, body = raw.partition(b"end_header\n")
    assert b"scan_id" in header
    vertices, faces = (int(re.search(rb"element %s (\d+)" % what, header)[1]) for what in (b"vertex", b"face"))
    points = np.frombuffer(body, "<f4", 6 * vertices).reshape(-1, 6)[:, :3]
    records = np.frombuffer(body[24 * vertices:], np.dtype([("n", "u1"), ("at", "<u4", 3)]))
    assert len(records) == faces and (records["n"] == 3).all()
    return points.astype(float), records["at"].astype(np.int64)


def stl_corners(raw):
    (count,) = struct.unpack("<I", raw[80:84])
    records = np.frombuffer(raw[84:], np.dtype([("normal", "<f4", 3), ("at", "<f4", (3, 3)), ("end", "<u2")]))
    assert len(records) == count
    return records["at"].astype(float)


def volume_of(corners):
    return float(np.einsum("ni,ni->n", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6)


BEAM = """
screenshot without_beam
key J
wait projection
wait idle
screenshot with_beam
key J
wait idle
"""
INTENSITY = """
screenshot first
drag item limit_high by -40 0 steps 5
wait idle
screenshot high
drag item limit_low by 25 0 steps 5
key L
select s2
wait idle
screenshot locked
key L
click text gamma
key M
key Shift+M
wait idle
screenshot gamma
click text linear
key C
wait idle
screenshot auto
key Shift+C
wait idle
key Shift+C
set colour_map gray
select s1
"""
VOLUME = """
click item page_volume
wait item curve_point_1
do view_front
do volume_toggle
wait idle
screenshot curve
drag item curve_point_1 by 0 -30 steps 4
click item curve at 0.5 0.1 double
wait item curve_point_2
drag item curve_point_1 by 20 10 steps 4
wait idle
screenshot edited
click item curve_point_1 ctrl
wait item point_colour
click item point_colour at 0.4 0.3
click plane 0.5 0.5
wait no_item point_colour
wait idle
screenshot recoloured
click item curve_point_1 right
wait no_item curve_point_2
do volume_toggle
click item show_surface
wait surface
wait idle
click text Write_PLY
wait text wrote
wait idle
click text Write_STL
wait text .stl
wait idle
drag item surface_level by 300 0
wait idle
do iso_toggle
click item look_along_z
wait idle
screenshot above
do view_fit
drag scene 0.05 0.9 by 60 10 middle
wheel scene 0.5 0.5 3
wait idle
screenshot moved
do view_fit
click item page_overlay
"""
SLICES = """
key Shift+Up
wait slice s1 exact
screenshot ten
key Down
wait slice s1 exact
screenshot nine
key X
wait slice s1 exact
screenshot x
key Y
wait slice s1 exact
screenshot y
key R
key Z
wait slice s1 exact
click item slice_duplicate
wait slices 4
wait slice selected exact
click item slice_pin
wait slice selected pinned
click item slice_remove
wait slices 3
click text Slices:Add
click text popup:oblique
wait slices 4
key Delete
wait slices 3
select s1
key F2
wait item slice_name
text bone plate
key Enter
wait text bone plate
wait no_item slice_name
"""
# At the left border of the cylinder: a fitted slice takes 0.95 of the panel's width, the body half of that.
ZOOM = """
click text Slice:Fit
wheel plane 0.2625 0.5 6
move scene 0.02 0.98
wait idle
screenshot zoomed
click text Slice:Fit
move scene 0.02 0.98
wait idle
screenshot fitted
"""
MEASURE = """
key 1
click plane 0.1 0.5
click plane 0.9 0.5
wait text profile: length
move item profile at 0.5 0.5
wait text tooltip:from the first point
wait text row 12
move plane 0.5 0.9
wait idle
key Ctrl+C
clipboard profile
screenshot profile
key 2
click plane 0.1 0.5
click plane 0.9 0.5
wait text distance:
wait idle
click text Slice:Copy_CSV
clipboard distance
key 3
click plane 0.7 0.5
click plane 0.5 0.5
click plane 0.5 0.2
wait idle
key Ctrl+C
clipboard angle
key 4
click plane 0.45 0.4
click plane 0.55 0.6
wait text rectangle: mean
wait idle
key Ctrl+C
clipboard rectangle
key 4
click plane 0.45 0.4
click plane 0.55 0.6
wait text ellipse: mean
wait idle
key Ctrl+C
clipboard ellipse
click text Slice:Ellipse
move plane 0.5 0.5
wait text voxel 12
wait text row
"""
COMPARE = """
key A
key Shift+Up
wait slice s1 exact
key B
set limits 0 0.2
key Ctrl+B
wait idle
move plane 0.5 0.75
wait text Slice:A 0.0
wait text Slice:B 0.0
screenshot both
key Ctrl+B
wait text bone plate A
wait text bone plate B
key Ctrl+B
wait no_text bone plate B
key Shift+Down
wait slice s1 exact
click item freeze
expect frozen
drag item scrub at 0.9 0.5 by -200 0
expect frozen
click item follow_live
expect follows
"""
FILES = """
wait idle
click text Save_slice
click text popup:TIFF
wait text .tif
click text Save_slice
click text popup:PNG
wait text .png
wait idle
click text Save_slice
click text popup:NPY
wait text .npy
wait idle
click item record
wait text frames,
wait text 120 frames
click item record
wait text recorded 120 projections
"""
PARAMETERS = """
expect parameter axis_column -1
say pause-projection
wait file paused
key Right
wait parameter axis_column pending
wait text tilt
say resume-projection
wait parameter axis_column applied
wait slice s1 exact
wait parameter axis_column 64.5
key Shift+Right
wait parameter axis_column 74.5
key Ctrl+Left
wait parameter axis_column 74.4
key Alt+Up
wait parameter tilt 0.1
key Ctrl+Alt+Down
wait parameter tilt 0.09
wait slice s1 exact
wait idle
screenshot shifted
key Ctrl+Z
wait parameter tilt 0.1
click item undo
wait parameter tilt 0
click item redo
wait parameter tilt 0.1
key Ctrl+Z
wait parameter tilt 0
say change-elsewhere
wait parameter axis_column 60
key Ctrl+Z
wait text by somebody else
expect parameter axis_column 60
key Ctrl+Z
wait parameter axis_column 74.5
move item name_axis_column
wait text tooltip:from
"""
# A filter makes every slice anew; numbers are typed after Ctrl+click.
PIXELS = """
wheel item name_axis_column -6
move plane 0.5 0.9
wait idle
screenshot ram_lak
measure
click item value_filter
click text popup:hann
wait parameter filter hann
wait images 3
move plane 0.5 0.9
wait idle
screenshot hann
click item value_rings
wait parameter rings true
wheel item value_rings 1
move plane 0.5 0.9
wait idle
click item value_energy_kev ctrl
text 20
key Enter
wait parameter energy_kev 20
click item value_distance_mm ctrl
text 500
key Enter
wait parameter distance_mm 500
click item value_delta_beta ctrl
text 300
key Enter
wait parameter delta_beta 300
key Ctrl+Z
wait parameter delta_beta 0
key Ctrl+Z
wait parameter distance_mm 0
key Ctrl+Z
wait parameter energy_kev 0
key Ctrl+Z
wait parameter rings false
wheel item value_rings 30
wait idle
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """One long session with a scan that has ended, for all the tests that look at what came of it."""
    folder = tmp_path_factory.mktemp("tools")
    with system.System() as running:
        start(running, "1")

        def set_axis(column):
            running.control("projection").request(set_parameters=control_pb2.SetParameters(
                values={"axis_column": control_pb2.ParameterValue(real=column)}))

        def pause():
            running.pause("projection")
            (folder / "paused").touch()
        run(running, folder, READY + "wait text scan ended\n" + BEAM + INTENSITY + VOLUME + SLICES + ZOOM + MEASURE
            + COMPARE + FILES + PIXELS + PARAMETERS,
            on={"pause-projection": pause, "resume-projection": lambda: running.resume("projection"),
                "change-elsewhere": lambda: set_axis(60)})
        scene = running.feed("slice", ["scene"])
        names = {s.name for s in scene.wait(lambda header: header.HasField("scene"))[0].scene.slices}
        scene.close()
        yield folder, names


def test_the_last_projection_and_its_beam_are_shown_after_the_scan(used):
    folder, _ = used
    changed = abs(picture(folder, "without_beam", "scene") - picture(folder, "with_beam", "scene"))
    assert (changed.max(axis=2) > 16).mean() > 0.01


def test_limits_are_dragged_locked_and_found_by_themselves(used):
    folder, _ = used
    first, high, locked, auto = (seen(folder, name) for name in ("first", "high", "locked", "auto"))
    assert high["slice.s1.high"] < first["slice.s1.high"] and high["slice.s1.low"] == first["slice.s1.low"]
    assert locked["slice.s1.low"] > first["slice.s1.low"]
    for end in ("low", "high"):
        assert locked[f"slice.s2.{end}"] == locked[f"slice.s1.{end}"]
    gamma = seen(folder, "gamma")
    assert gamma["slice.s2.scale"] == "gamma" and gamma["view.colour_map"].endswith("_r")
    assert auto["slice.s2.high"] == pytest.approx(ATTENUATION, rel=0.25)


def test_the_curve_is_dragged_and_changes_the_volume(used):
    folder, _ = used
    before, after = (seen(folder, name)["view.curve"].split(";") for name in ("curve", "edited"))
    assert len(before) == 2 and len(after) == 3
    assert float(after[-1].split(",")[4]) > float(before[-1].split(",")[4])  # opacity of the last point
    assert 0.5 < float(after[1].split(",")[0]) < 0.7
    recoloured = seen(folder, "recoloured")["view.curve"].split(";")
    assert recoloured[1].split(",")[1:4] != after[1].split(",")[1:4], "red, green, blue"
    assert [p.split(",")[::4] for p in recoloured] == [p.split(",")[::4] for p in after], "place and opacity"
    for old, new in (("curve", "edited"), ("edited", "recoloured")):
        changed = abs(picture(folder, old, "scene") - picture(folder, new, "scene")).max(axis=2) > 16
        assert changed.mean() > 0.005, (old, new)


def test_the_surface_is_a_closed_body_of_the_right_size_in_both_formats(used):
    folder, _ = used
    (ply,), (stl,) = folder.glob("*.ply"), folder.glob("*.stl")
    points, triangles = ply_mesh(ply.read_bytes())
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    forward, backward = ({tuple(edge) for edge in given} for given in (edges, edges[:, ::-1]))
    assert len(forward) == len(edges) and forward == backward, "each edge twice, once in each direction"
    height = np.ptp(points[:, 2])
    assert height == pytest.approx(ROWS * PIXEL_MM, rel=0.05)
    truth = math.pi * RADIUS_MM**2 * height
    assert volume_of(points[triangles]) == pytest.approx(truth, rel=0.05)
    assert volume_of(stl_corners(stl.read_bytes())) == pytest.approx(volume_of(points[triangles]), rel=1e-4)


def test_the_view_turns_and_moves(used):
    folder, _ = used
    above, moved = seen(folder, "above"), seen(folder, "moved")
    eye, target = numbers(above["view.eye_mm"]), numbers(above["view.target_mm"])
    assert math.dist(eye[:2], target[:2]) < 0.02 * (eye[2] - target[2])
    assert math.dist(numbers(moved["view.target_mm"]), target) > 1


def test_slices_are_stepped_snapped_and_renamed_for_everybody(used):
    folder, names = used
    bases = [numbers(seen(folder, name)["slice.s1.wanted_base_mm"]) for name in ("first", "ten", "nine")]
    voxel = math.dist(numbers(seen(folder, "first")["slice.s1.wanted_axis1_mm"]), (0, 0, 0)) / 256
    assert bases[1][2] - bases[0][2] == pytest.approx(10 * voxel)
    assert bases[1][2] - bases[2][2] == pytest.approx(voxel)
    for axis, name in enumerate("xy"):
        turned = seen(folder, name)
        normal = np.cross(*(numbers(turned[f"slice.s1.wanted_axis{i}_mm"]) for i in (1, 2)))
        assert abs(normal[axis]) == pytest.approx(np.linalg.norm(normal))
    assert "bone plate" in names


def test_the_wheel_zooms_the_slice_at_the_cursor(used):
    folder, _ = used
    bright = {}
    for name in ("fitted", "zoomed"):
        image = picture(folder, name, "slice").mean(axis=2)
        row, border = image.shape[0] // 2 + 14, round(0.2625 * image.shape[1])
        assert image[row, border - 12:border - 6].mean() + 60 < image[row, border + 6:border + 12].mean(), name
        bright[name] = (image[row] > 0.7 * image[row, border + 8]).sum()
    assert bright["zoomed"] > 1.3 * bright["fitted"]


def test_measures_agree_with_the_body(used):
    folder, _ = used
    profile = np.array([[float(word) for word in row] for row in copied(folder, "profile")[1][1:]])
    inside = profile[:, 0][profile[:, -1] > ATTENUATION / 2]
    assert np.ptp(inside) == pytest.approx(2 * RADIUS_MM, abs=2 * PIXEL_MM)
    _, (heading, distance) = copied(folder, "distance")
    assert heading == ["quantity", "value", "unit"] or "distance" in " ".join(heading + distance)
    length = next(float(word) for word in distance if re.fullmatch(r"[-\d.e+]+", word))
    assert length == pytest.approx(profile[-1, 0], rel=1e-6)
    angle = next(float(word) for word in copied(folder, "angle")[1][1] if re.fullmatch(r"[-\d.e+]+", word))
    assert angle == pytest.approx(90, abs=1e-6)
    area = {}
    for shape in ("rectangle", "ellipse"):
        heading, *rows = copied(folder, shape)[1]
        given = dict(zip(heading, rows[0]))
        mean, area[shape] = (float(next(v for k, v in given.items() if k.startswith(what))) for what in ("mean", "area"))
        assert mean == pytest.approx(ATTENUATION, rel=0.03)
    assert area["ellipse"] / area["rectangle"] == pytest.approx(math.pi / 4, abs=0.02)


def test_a_and_b_are_both_drawn_and_marked(used):
    folder, _ = used
    both = picture(folder, "both", "slice")
    longer = int(both.shape[1] > both.shape[0])  # B is on the right, or below in a high panel
    half = both.shape[longer] // 2
    orange = (both[..., 0] > 180) & (both[..., 2] < 140)  # marks, cursor
    for part in np.split(orange[:2 * half] if longer == 0 else orange[:, :2 * half], 2, axis=longer):
        assert part[-24:].sum() > 8 and part[:-24].sum() > 8


def test_files_hold_the_values_and_where_they_come_from(used):
    folder, _ = used
    (npy,), (tiff,) = folder.glob("*.npy"), folder.glob("*.tif")
    values = np.load(npy)
    assert values.shape == (256, 256) and values.dtype == np.float32
    assert values[118:138, 118:138].mean() == pytest.approx(ATTENUATION, rel=0.03)
    raw = tiff.read_bytes()
    assert values.tobytes() in raw and b"scan_id" in raw
    origin = json.loads(npy.with_name(npy.name + ".json").read_text())
    for key in ("scan_id", "software"):
        assert any(key in name for name in origin), origin.keys()
    assert any("filter" in name for name in origin) and any("axis_column" in name for name in origin)
    (png,) = [path for path in folder.glob("*.png") if path.stem.startswith("s1") or "bone" in path.stem
              or (path.read_bytes()[24] == 16)]
    header = png.read_bytes()[16:26]
    assert struct.unpack(">II", header[:8]) == (256, 256) and header[8] == 16 and header[9] == 0


def test_the_axis_takes_effect_without_stopping_anything(used):
    folder, _ = used
    before, after = seen(folder, "both"), seen(folder, "shifted")
    assert after["slice.s1.version"] > before["slice.s1.version"]
    assert (abs(picture(folder, "first", "slice") - picture(folder, "shifted", "slice")).max(axis=2) > 16).mean() > 0.02


def test_another_filter_takes_effect_after_the_scan_has_ended(used):
    folder, _ = used
    steepest = {}
    for name in ("ram_lak", "hann"):
        image = picture(folder, name, "slice").mean(axis=2)
        border = round(0.2625 * image.shape[1])  # of the body, as in ZOOM
        steepest[name] = abs(np.diff(image[image.shape[0] // 2 + 14, border - 20:border + 20])).max()
    assert steepest["hann"] < 0.9 * steepest["ram_lak"], steepest


def test_a_recording_made_in_the_window_is_played_again(used):
    folder, _ = used
    (recording,) = folder.glob("recording-*.h5")
    described = json.loads(recording.with_name(recording.name + ".json").read_text())
    assert "axis_column" in json.dumps(described["provenance"])
    scene = {told["id"]: told for told in described["scene"]}
    assert "bone plate" in [told["name"] for told in scene.values()] and len(scene) == 3
    pose = seen(folder, "shifted")
    for what in ("base_mm", "axis1_mm", "axis2_mm"):
        assert scene["s1"][what] == pytest.approx(numbers(pose[f"slice.s1.wanted_{what}"]))
    with system.System() as again:
        again.start("source", "--file", recording, "--rate", "0")
        again.start("projection")
        again.start("slice", "--slices", "xy@0", "--slice-size", "128", "--preview-size", "0")
        feed = again.feed("slice", ["slice/"])
        _, image = feed.wait(lambda header: header.HasField("slice") and header.slice.projections >= 120)
        feed.close()
        assert image[54:74, 54:74].mean() == pytest.approx(ATTENUATION, rel=0.03)
