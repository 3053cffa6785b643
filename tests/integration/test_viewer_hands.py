"""Hands that slip in the real window, and a cursor that says what it is over: keys pressed while a name is typed, keys
held down, fields dragged, slices moved and measured while the picture is not the newest."""
import csv
import json
import math

import pytest

import system
from test_viewer_tools import ATTENUATION, READY, numbers, run, seen, start

# Each of these would do something to the scan, the scene or the disk.
TYPED = """
expect parameter axis_column -1
key F2
wait item slice_name
key Ctrl+Left
key Ctrl+Z
key Ctrl+D
key Ctrl+R
key Ctrl+E
text bone
key Enter
wait text bone
wait no_item slice_name
wait idle
expect slices 3
expect no_text nothing to undo
expect no_text frames,
expect parameter axis_column -1
"""
HELD = """
screenshot before
key Up held
wait slice s1 exact
wait idle
screenshot stepped
key N
wait slices 4
key N held
wait slices 5
wait idle
expect slices 5
key Delete held
wait slices 4
wait idle
expect slices 4
key Delete
wait slices 3
select s1
key Space held
expect frozen
key End
expect follows
"""
# 20 px of a tenth of a pixel each; the scan's axis is at 63.5. Begun elsewhere, lest it is a double click.
AXIS = """
expect parameter axis_column -1
drag item value_axis_column by 20 0 steps 5
wait parameter axis_column 65.5
wait slice s1 exact
drag item value_axis_column at 0.9 0.5 by -900 0 steps 10
wait parameter axis_column 0
key Ctrl+Z
wait parameter axis_column 65.5
key Ctrl+Z
wait parameter axis_column -1
click item value_axis_column ctrl
text -0.5
key Enter
wait text from 0 on, or -1
expect parameter axis_column -1
wait idle
"""
# The cursor points at what is shown, which may be a picture of a while ago.
KEPT = """
select s1
key R
key Z
wait slice s1 exact
screenshot unmoved
move plane 0.5 0.45
wait text z 0.000
key Shift+Up
wait slice s1 exact
move plane 0.5 0.5
wait text Slice:row
wait no_text z 0.000
key Space
key Comma
wait idle
move plane 0.5 0.45
wait text z 0.000
wait text Slice:row
screenshot frozen
drag slice s1 at 0.85 0.15 by 0 -45 steps 5
wait text the display is frozen
key Up
wait idle
screenshot still
key End
expect follows
key Shift+Up
wait slice s1 exact
wait idle
screenshot moved
"""
# A looks along the axis of the body, B across it. The region is beside the disc and in the rectangle; a fitted
# slice takes 0.95 of its picture, and A lies above B.
COMPARED = """
key R
key Z
wait slice s1 exact
key A
key X
wait slice s1 exact
key B
key Ctrl+B
wait idle
key 4
click plane 0.3 0.3
click plane 0.35 0.35
wait text A mean
wait text B mean
wait idle
key Ctrl+C
clipboard both
key 1
click plane 0.3 0.25
click plane 0.7 0.25
wait text profile: length
wait idle
move item profile at 0.5 0.5
wait text tooltip:, B 0.0
key 1
key Ctrl+B
wait idle
key Ctrl+B
wait idle
key Z
wait slice s1 exact
"""
# Of the slice under the cursor, whichever is selected; a limit that makes no sense is explained.
UNDER = """
select s1
move slice s2 at 0.65 0.65
wait text Status:xz@0: 0.0
wait text Status:voxel
wait idle
move scene 0.02 0.98
wait no_text Status:xz@0:
click text Intensity:linear
click item number_low ctrl
text 5
key Enter
wait text low < high
wait idle
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """One session after a scan that has ended, for all the tests that look at what came of it."""
    folder = tmp_path_factory.mktemp("hands")
    with system.System() as running:
        start(running, "1")
        run(running, folder, READY + "wait text scan ended\n" + TYPED + HELD + AXIS
            + KEPT + UNDER + COMPARED)
        yield folder


def test_keys_pressed_while_a_name_is_typed_belong_to_the_name(used):
    assert not [path for kind in ("*.tif", "*.h5") for path in used.glob(kind)]


def test_a_held_key_steps_on_and_does_all_else_once(used):
    before, stepped = (seen(used, name) for name in ("before", "stepped"))
    bases = [numbers(told["slice.s1.wanted_base_mm"]) for told in (before, stepped)]
    pixel = math.dist(numbers(before["slice.s1.wanted_axis1_mm"]), (0, 0, 0)) / 256
    assert bases[1][2] - bases[0][2] == pytest.approx(9 * pixel)


def test_a_slice_stays_where_it_is_while_the_display_is_frozen(used):
    height = {name: numbers(seen(used, name)["slice.s1.wanted_base_mm"])[2]
              for name in ("unmoved", "frozen", "still", "moved")}
    assert height["frozen"] == height["still"]
    assert height["moved"] - height["still"] == pytest.approx(height["still"] - height["unmoved"]) and \
        height["still"] != height["unmoved"]


def test_a_and_b_side_by_side_are_both_measured_and_copied(used):
    lines = (used / "both.txt").read_text().splitlines()
    origins = [json.loads(line[2:line.rindex("}") + 1]) for line in lines if line.startswith("#")]
    assert [origin["compared"] for origin in origins] == ["A", "B"]
    tables = list(csv.reader(line for line in lines if not line.startswith("#")))
    mean = next(at for at, name in enumerate(tables[0]) if name.startswith("mean"))
    of_a, of_b = float(tables[1][mean]), float(tables[3][mean])
    assert of_a < 0.3 * ATTENUATION < 0.8 * ATTENUATION < of_b, (of_a, of_b)
