"""The viewer while data stream in, in the real window: overlays of labels and values, layouts that are kept, keys
bound anew, red figures that explain themselves."""
import numpy as np
import pytest

import system
import test_labels
import value_feed
from test_viewer_tools import READY, picture, run, seen, start

# Rows of the overlay panel are clicked while frozen: a mark that comes and goes with new images moves them.
OVERLAYS = """
wait slice s1 overlay
wait text heights lies over it
wait idle
expect layout
wait slice s1 overlay
do freeze
wait slice s1 overlay
click item overlay_heights
wait no_item overlay_low
wait slice s1 overlay
wait item fractions
move item fractions
wait text tooltip:Class fractions
screenshot labels
key J
wait projection
screenshot beam
key J
click item outline_1
click item class_0
click text Overlay_and_volume:Copy_CSV
wait text copied as CSV
clipboard fractions
do overlay_toggle
wait slice s1 raw
do overlay_toggle
wait slice s1 overlay
click item overlay_threshold
wait item overlay_low
move plane 0.5 0.5
wait text height 7.25
wait idle
expect layout
screenshot values
drag item overlay_high by 60 0 steps 4
click item overlay_map
click text popup:viridis
wait idle
screenshot changed
click item overlay_proposed
wait idle
screenshot proposed
do follow_live
expect follows
key Ctrl+F
expect frozen
key Pause
expect follows
"""
# In the body, beside it, and where nothing was measured.
NAMES = """
wait slice s1 overlay
move plane 0.5 0.5
wait text Slice:above
expect no_text Slice:below
move plane 0.86 0.5
wait text Slice:below
expect no_text Slice:above
do freeze
wait slice s1 overlay
click item class_0
do follow_live
move plane 0.86 0.5
wait text Slice:below
do overlay_toggle
wait slice s1 raw
wait no_text Slice:below
do overlay_toggle
wait slice s1 overlay
key Space
wait slice s1 overlay
wait text Slice:frozen
wait text Slice:below
say stop-labels
key Comma
key Comma
key Period
key Period
wait slice s1 overlay
wait idle
screenshot frozen
key End
"""
WINDOW = """
key F11
wait idle
key F11
wait idle
click text Recent
wait text popup:tcp
click plane 0.5 0.5
key Ctrl+T
click text Menu:Layouts
wait item layout_name
click item layout_name
text evening
key Enter
wait text saved the layout 'evening'
click plane 0.5 0.5
set panel health off
key Ctrl+T
wait no_item health_reconstruction
click text Menu:Layouts
click text popup:evening
wait item health_reconstruction
set slowed 60
measure
wait images 30
wheel text Health:Ingest -30
wait idle
move item health_screen
wait text tooltip:What to do: Hide
set slowed 0
"""


def test_the_name_of_a_label_is_under_the_cursor_and_a_frozen_image_keeps_its_overlay(tmp_path):
    with system.System() as running:
        start(running, "0")
        test_labels.start_labels(running)
        run(running, tmp_path, READY.replace("services 3", "services 4") + NAMES,
            on={"stop-labels": lambda: running.kill("threshold")})
        image = picture(tmp_path, "frozen", "slice")
        row, column = image.shape[0] // 2, image.shape[1] // 2
        middle = np.median(image[row - 30:row - 20, column - 30:column - 20], axis=(0, 1))
        assert middle[0] > middle[2] + 20, f"the class 'above' is orange: {middle}"


def test_overlays_layouts_keys_and_red_figures_while_data_stream(tmp_path):
    keys, kept = tmp_path / "keys.toml", tmp_path / "kept"
    keys.write_text('[keys]\nfreeze = ["Ctrl+F", "Pause"]\n')
    with system.System() as running:
        start(running, "0")
        test_labels.start_labels(running)
        value_feed.start(running)
        run(running, tmp_path, READY.replace("services 3", "services 5") + OVERLAYS + WINDOW,
            "--keys", keys, "--settings-directory", kept)
        series = (tmp_path / "fractions.txt").read_text().splitlines()
        assert len(series) > 2 and len(series[-1].split(",")) == 3
        assert sum(map(float, series[-1].split(",")[1:])) == pytest.approx(1)
        values, changed, proposed = (seen(tmp_path, name) for name in ("values", "changed", "proposed"))
        assert (values["overlay.heights.low"], values["overlay.heights.high"]) == (0, 10)
        assert changed["overlay.heights.high"] > 10 and changed["overlay.heights.colour_map"] == "viridis"
        assert proposed["overlay.heights.high"] == 10
        middle = []
        for name in ("values", "changed", "proposed"):
            image = picture(tmp_path, name, "slice")
            row, column = image.shape[0] // 2 - 20, image.shape[1] // 2 - 40
            middle.append(np.median(image[row:row + 10, column:column + 20], axis=(0, 1)))
        assert abs(middle[0] - middle[1]).max() > 16 and abs(middle[1] - middle[2]).max() > 16, middle
        changed_by_beam = abs(picture(tmp_path, "labels", "scene") - picture(tmp_path, "beam", "scene"))
        # The projection turns with the scan: edge-on to the camera only its border and beam remain, 0.6 %.
        assert (changed_by_beam.max(axis=2) > 16).mean() > 0.002
        layouts = (kept / "viewer-layouts.toml").read_text()
        assert "evening" in layouts and 'theme = "light"' in layouts.replace("'", '"')
        # Again, over a restart: by its name, and as the window was left.
        run(running, tmp_path, READY.replace("services 3", "services 5") + "screenshot evening\n", "--theme", "saved",
            "--settings-directory", kept, "--layout", "evening")
        assert picture(tmp_path, "evening", "scene")[4, 40:60].mean() > 160  # light ground
