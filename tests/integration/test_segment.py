"""slicecast-segment beside the real servers: the demo's bubbles, methods changed live, and labels that
belong to the slice that they name."""
import csv
import re
import subprocess
import time

import numpy as np
import pytest

import system
import test_demo
import wire_client
from slicecast.v1 import control_pb2

GEL = ("outside", "gel", "container", "bubble")
SIDE, EDGE_MM = 512, 176.0  # pixels of the size that the network was trained on, beyond the field of view


def refused(*arguments, code=2):
    done = subprocess.run([system.BIN / "slicecast-segment", *arguments], text=True, capture_output=True,
                          timeout=system.GUARD_S)
    assert done.returncode == code, done.stderr
    return done.stderr


def test_a_network_that_is_not_there_is_refused_with_the_names_of_those_that_are():
    assert "one of: gel" in refused("--method", "network", "--model", "gell")
    assert "set model" in refused("--method", "network")
    assert "csv" in refused("--csv", "/no/such/folder/a.csv")


@pytest.mark.parametrize("beam", [(), ("--cone",)], ids=["parallel", "cone"])
def test_the_demo_labels_the_bubbles_and_draws_them(beam, tmp_path):
    command = [system.BIN / "slicecast", "demo", "--segment", "--headless", "--snapshot", tmp_path / "shots", *beam]
    for seconds in ("5", "40"):  # longer if it says so
        done = subprocess.run([*command, "--seconds", seconds], text=True, capture_output=True,
                              timeout=3 * system.GUARD_S)
        if "give the demo more --seconds" not in done.stderr:
            break
    assert done.returncode == 0, done.stdout + done.stderr
    shown = re.findall(r"([\d.]+) labels/s [\d.]+ ms after their slice, (.*)", done.stdout)
    assert shown and max(float(rate) for rate, _ in shown) > 0, done.stdout
    fractions = dict(re.findall(r"(\w+) ([\d.]+) %", shown[-1][1]))
    assert tuple(fractions) == GEL and sum(map(float, fractions.values())) == pytest.approx(100, abs=0.3)
    assert float(fractions["gel"]) > 40
    shots = sorted(path.name for path in (tmp_path / "shots").iterdir())
    assert shots == sorted(test_demo.PICTURES + [f"{name}-labels.png" for name in ("xy", "xz", "yz", "oblique")])

    # Bubbles are drawn in orange on blue gel, and are darker than gel in the picture without labels.
    drawn = test_demo.pixels(tmp_path / "shots/xz-labels.png").astype(int)
    grey = test_demo.pixels(tmp_path / "shots/xz.png").astype(int)
    red_over_blue = drawn[..., 0] - drawn[..., 2]
    bubbles, gel = red_over_blue > 40, red_over_blue < -40
    assert 50 < bubbles.sum() < gel.sum() / 4
    assert grey[bubbles].mean() < grey[gel].mean() - 20


def test_the_demo_says_why_a_file_in_other_units_gets_no_labels(tmp_path):
    scan = system.data_file("tooth/tooth.h5")  # of unknown pixel size: values in 1/pixel
    done = subprocess.run([system.BIN / "slicecast", "demo", "--segment", "--headless", "--seconds", "3",
                           "--slice-size", "96", "--file", scan], text=True, capture_output=True,
                          timeout=2 * system.GUARD_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the network was trained on values in 1/mm" in done.stdout and "gel" not in done.stdout, done.stdout


def pose(z_mm, tilt=0.0, side=SIDE, **more):
    """A square about the axis, wider than the field of view."""
    up = np.array([0, np.cos(tilt), np.sin(tilt)]) * EDGE_MM
    base = np.array([-EDGE_MM / 2, 0, z_mm]) - up / 2
    return control_pb2.SetSlice(base=wire_client.vec(*base), axis1=wire_client.vec(EDGE_MM, 0, 0),
                                axis2=wire_client.vec(*up), rows=side, columns=side, id="a", pinned=True,
                                **more)


class Watch:
    """Slices and their labels, paired by the whole stamp of the input."""

    def __init__(self, running):
        self.slices, self.images, self.orphans = running.feed("slice", ["slice/"]), {}, {}
        self.labels = running.feed("segment", ["labels/"])
        self.removed = 0

    def step(self):
        """The labelled slices that became complete, as (slice header, image, label header, labels)."""
        if (got := self.slices.take(0.02)) and got[0].HasField("slice"):
            self.images[got[0].slice.stamp.SerializeToString(deterministic=True)] = got
            while len(self.images) > 300:
                del self.images[next(iter(self.images))]
        if got := self.labels.take(0.02):
            self.removed += got[0].removed
            if got[0].HasField("labels"):
                self.orphans[got[0].labels.input.SerializeToString(deterministic=True)] = got
        pairs = []
        for key in [key for key in self.orphans if key in self.images]:
            (slice_header, image), (label_header, labels) = self.images[key], self.orphans.pop(key)
            pairs.append((slice_header.slice, image, label_header.labels, labels))
        return pairs

    def until(self, condition, what):
        """The first labelled slice that fulfils the condition."""
        end = time.monotonic() + system.GUARD_S
        while time.monotonic() < end:
            if found := next((pair for pair in self.step() if condition(*pair)), None):
                return found
        raise AssertionError(f"{what} did not come")

    def until_labels(self, condition):
        """The first labels that fulfil it, whether their slice came in this size or not."""
        header, pixels = self.labels.wait(lambda header: header.HasField("labels")
                                          and condition(header.labels))
        return header.labels, pixels

    def of(self, model):
        return self.until(lambda image, _, labels, __: labels.model == model and not image.filling,
                          f"labels of {model}")

    def close(self):
        self.slices.close(), self.labels.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with system.System() as run:
        run.table = tmp_path_factory.mktemp("segment") / "quantities.csv"
        run.start("source", "--projections", "60", "--rate", "60", "--pre-render", "120")
        run.start("projection")
        run.start("slice", "--preview-size", "0")
        run.start("segment", "--method", "network", "--model", "gel", "--csv", run.table)
        run.control("slice").request(set_slice=pose(0))
        yield run


@pytest.fixture
def watch(running):
    made = Watch(running)
    yield made
    made.close()


def choose(running, *assignments, check=True):
    return running.cli("params", "set", "--service", "segment", *assignments, check=check)


def outside_of_view(image):
    """Pixels that no ray of the scan goes through all around, and those at their border."""
    centres = ((np.arange(SIDE) + 0.5) / SIDE - 0.5) * EDGE_MM
    radius = np.hypot(*np.meshgrid(centres, centres))
    edge = EDGE_MM / SIDE
    return radius > image.field_of_view.radius_mm + edge, abs(radius - image.field_of_view.radius_mm) <= edge


def test_what_is_outside_of_the_field_of_view_has_no_label_and_all_inside_has_one(running, watch):
    image, _, labels, pixels = watch.of("gel")
    assert [of.name for of in labels.classes][1:] == list(GEL) and labels.unlabelled == 0
    colours = [of.colour_rgb for of in labels.classes][1:]
    assert 0 not in colours and len(set(colours)) == len(GEL)  # 0 would leave the choice to viewers
    assert not labels.outside_trained_scale and labels.warning == ""
    outside, border = outside_of_view(image)
    assert outside.sum() > 1000 and (pixels[outside] == 0).all()
    assert (pixels[~outside & ~border] > 0).all()
    assert any(service["name"] == "segment" and service["kind"] == "plugin"
               for service in running.status()["services"])
    assert "segment" in running.cli("status").stdout


def test_the_method_is_switched_live_and_a_change_that_cannot_be_leaves_it(running, watch):
    for method, count in (("otsu", 2), ("watershed", 2), ("network", 4)):
        choose(running, f"method={method}")
        _, _, labels, pixels = watch.of("gel" if method == "network" else method)
        assert len(labels.classes) == 1 + count and len(np.unique(pixels[pixels > 0])) >= 2
        assert pixels.max() <= count
    failed = choose(running, "model=gell", check=False)
    assert failed.returncode != 0 and "one of: gel" in failed.stderr
    watch.of("gel")


def test_it_is_disabled_and_enabled_again_while_projections_go_on(running, watch):
    def done():
        status = running.control("projection").request(get_status=control_pb2.GetStatus()).status
        return next(ledger.done for ledger in status.ledgers if ledger.flow == "frames")
    watch.of("gel")
    choose(running, "enabled=off")
    system.until(lambda: watch.step() is not None and watch.removed > 0, "the labels taken back")
    watch.orphans.clear()
    before, seen = done(), watch.slices.wait(lambda header: header.HasField("slice"))[0]
    watch.slices.wait(lambda header: header.slice.stamp.newest_projection
                      > seen.slice.stamp.newest_projection + 20)
    assert done() > before
    assert not watch.step() and watch.labels.take(0.1) is None
    choose(running, "enabled=on")
    watch.of("gel")


def test_labels_are_of_the_slice_that_they_name_while_it_is_moved_rapidly(running, watch):
    choose(running, "method=otsu")
    watch.of("otsu")
    control, seen, poses = running.control("slice"), set(), []

    end = time.monotonic() + system.GUARD_S
    while (len(poses) < 60 or len(seen) < 5) and time.monotonic() < end:
        step = len(poses) / 20
        moved = control.request(set_slice=pose(10 * np.sin(4 * step), tilt=step))
        poses.append(moved.slice.pose_revision)
        for image, values, labels, pixels in watch.step():
            check_otsu(image, values, labels, pixels)
            seen.add(image.stamp.pose_revision)
    assert len(seen) >= 5, "no labels of five poses came during the drag"
    watch.until(lambda image, values, labels, pixels: check_otsu(image, values, labels, pixels)
                and image.stamp.pose_revision == poses[-1], "labels of the last pose")
    control.close()


def check_otsu(image, values, labels, pixels):
    """A threshold of this very image: labels of any other would not part its values in two."""
    assert labels.input == image.stamp and labels.model == "otsu"
    low, high = values[pixels == 1], values[pixels == 2]
    assert low.size and high.size and low.max() <= high.min()
    return True


def test_a_region_fixed_in_the_volume_holds_for_a_tilted_slice_and_hidden_classes_still_count(running, watch):
    tilt, half_height = 0.6, 10
    choose(running, "method=otsu", "roi=on", "roi_centre=20,0,0", "roi_radius=15", f"roi_half_height={half_height}")
    moved = running.control("slice").request(set_slice=pose(4, tilt)).slice.pose_revision

    def shown(hidden):
        return watch.until(lambda image, _, labels, pixels: labels.model == "otsu" and not image.filling
                           and image.stamp.pose_revision == moved and 0 < (pixels > 0).mean() < 0.1
                           and (2 in pixels) != hidden, "labels of the region")
    _, _, _, pixels = shown(hidden=False)
    along = ((np.arange(SIDE) + 0.5) / SIDE - 0.5) * EDGE_MM
    x, up = np.meshgrid(along, along)
    y, z = up * np.cos(tilt), 4 + up * np.sin(tilt)
    pixel = EDGE_MM / SIDE
    beyond = np.maximum(np.hypot(x - 20, y) - 15, abs(z) - half_height)
    assert (pixels[beyond > pixel] == 0).all() and (pixels[beyond < -pixel] > 0).all()

    choose(running, "hidden_classes=2")
    _, _, _, pixels = shown(hidden=True)
    assert set(np.unique(pixels)) == {0, 1}
    tables = running.feed("segment", ["table/"])
    counts = tables.wait(lambda header: header.HasField("table"))[0].table.columns[0].values
    assert len(counts) == 2 and counts[1] > 0 and sum(counts) == pytest.approx(1)
    tables.close()
    choose(running, "roi=off", "hidden_classes=")


def test_the_network_gets_its_pixel_size_and_says_where_it_cannot(running, watch):
    choose(running, "method=network")
    for side, outside, seen in ((2 * SIDE, False, SIDE), (SIDE // 4, True, SIDE // 4)):
        moved = running.control("slice").request(set_slice=pose(0, side=side)).slice.pose_revision
        labels, pixels = watch.until_labels(lambda labels: labels.model == "gel"
                                            and labels.input.pose_revision == moved)
        assert labels.outside_trained_scale == outside and pixels.shape == (seen, seen)
    running.control("slice").request(set_slice=pose(0))


def test_the_chance_that_a_class_needs_is_set_live(running, watch):
    choose(running, "decision=threshold", "threshold_class=4", "threshold=0")
    watch.until(lambda _, __, labels, pixels: labels.model == "gel" and set(np.unique(pixels)) <= {0, 4},
                "everything a bubble")
    choose(running, "threshold=1")
    watch.until(lambda _, __, labels, pixels: labels.model == "gel" and 4 not in pixels and 2 in pixels,
                "nothing a bubble")
    choose(running, "decision=arg_max")


def test_the_table_has_the_quantities_of_the_labels_of_each_method(running, watch):
    for method, model in (("otsu", "otsu"), ("watershed", "watershed"), ("network", "gel")):
        choose(running, f"method={method}")
        image, _, labels, pixels = watch.of(model)
    with open(running.table, newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["method"] for row in rows} == {"gel", "otsu", "watershed"}
    mine = [row for row in rows if row["method"] == "gel" and int(row["version"]) == image.stamp.version
            and int(row["pose_revision"]) == image.stamp.pose_revision][-len(GEL):]
    assert [row["class"] for row in mine] == list(GEL)
    for label, row in enumerate(mine, 1):
        assert float(row["area_fraction"]) == pytest.approx((pixels == label).sum() / (pixels > 0).sum())
        assert (int(row["objects"]) > 0) == (label in pixels)
    fields = running.feed("segment", ["table/"])
    table = fields.wait(lambda header: header.HasField("table"))[0].table
    assert list(table.row_names) == list(GEL) and table.columns[0].name == "area_fraction"
    fields.close()
