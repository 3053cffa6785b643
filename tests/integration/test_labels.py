"""A plugin in Python, by the wire contract alone, labels slices while the scan runs."""
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import label_feed
import system
import wire_client
import wire_plugin
from slicecast.v1 import control_pb2, feed_pb2

SOURCE = ("--rows", "32", "--columns", "48", "--projections", "30", "--rate", "60", "--pre-render", "60")
THRESHOLD = 0.02


@pytest.fixture
def producer():
    made = wire_plugin.FeedProducer()
    made.start()
    yield made
    made.close()


def start_labels(running, name="threshold"):
    """Threshold labels of every slice, as a process of its own that the test's end takes along."""
    log = open(running.path / f"{name}.log", "ab")
    script = pathlib.Path(label_feed.__file__)
    running.processes[name] = subprocess.Popen(
        [sys.executable, str(script), "--hub", running.hub, "--name", name, "--threshold", str(THRESHOLD)],
        stdout=log, stderr=log)
    return running.service(name)


def test_garbage_and_silence_take_nothing_from_those_who_ask_properly(producer):
    rogue = wire_client.zmq.Context.instance().socket(wire_client.zmq.DEALER)
    rogue.linger = 0
    rogue.connect(producer.address)
    rogue.send(b"\xff\xfe no demand")
    feed = wire_client.Feed(producer.address, ["labels/"])
    producer.publish("other/a", labels=feed_pb2.LabelImage(producer="x"))
    producer.publish("labels/x/a", np.arange(6, dtype=np.uint8).reshape(2, 3),
                     labels=feed_pb2.LabelImage(producer="x"))
    header, labels = feed.take()
    assert header.key == "labels/x/a" and labels.tolist() == [[0, 1, 2], [3, 4, 5]]
    feed.close()
    rogue.close()


def test_a_slow_consumer_skips_versions_and_is_told_how_many(producer):
    feed = wire_client.Feed(producer.address, ["labels/"])
    producer.publish("labels/x/a", labels=feed_pb2.LabelImage(model="1"))
    assert feed.take()[0].labels.model == "1"  # not yet given back
    for number in range(2, 7):
        producer.publish("labels/x/a", labels=feed_pb2.LabelImage(model=str(number)))
    header, _ = feed.take()
    assert header.labels.model == "6" and header.superseded == 4
    producer.remove("labels/x/a")
    assert feed.take()[0].removed
    feed.close()


def test_pixels_over_one_part_come_whole(producer):
    large = np.random.default_rng(1).integers(0, 3, (1500, 2048), dtype=np.uint8)
    producer.publish("labels/x/a", large, labels=feed_pb2.LabelImage(producer="x"))
    feed = wire_client.Feed(producer.address, ["labels/"])
    assert np.array_equal(feed.take()[1], large)
    feed.close()


def test_labels_are_those_of_the_slice_version_that_they_name_while_the_scan_runs():
    with system.System() as running:
        running.start("source", *SOURCE)
        running.start("projection")
        running.start("slice", "--preview-size", "0")
        plugin = start_labels(running)
        assert plugin.kind == "plugin" and list(plugin.feeds) == ["labels/threshold/"]
        running.control("slice").request(set_slice=wire_client.square(48, 24, id="a", pinned=True))

        slices = running.feed("slice", ["slice/"])
        labels = wire_client.Feed(wire_client.tcp_address(plugin, "feed"), ["labels/threshold/"])
        images, matched = {}, {}

        def both():
            if got := slices.take(0.2):
                images[got[0].slice.stamp.version] = got
            if not (got := labels.take(0.2)):
                return False
            header, pixels = got
            stamp = header.labels.input
            assert header.key == "labels/threshold/a" and header.labels.unlabelled == label_feed.OUTSIDE
            if stamp.version not in images:
                return False
            seen, image = images[stamp.version]
            assert stamp == seen.slice.stamp
            assert np.array_equal(pixels, label_feed.labels_of(image, THRESHOLD))
            if not seen.slice.filling:
                matched[stamp.version] = np.bincount(pixels.ravel(), minlength=256)
            return len(matched) >= 5
        # A busy machine skips versions, of images and of labels.
        system.until(both, "five labelled versions of a filled slice", 5 * system.GUARD_S)
        # Something of both classes, else equality would say little.
        assert all(counts[0] > 0 and counts[1] > 0 for counts in matched.values()), matched

        running.control("slice").request(remove_slice=control_pb2.RemoveSlice(id="a"))
        assert labels.wait(lambda header: header.removed)[0].key == "labels/threshold/a"
        slices.close()
        labels.close()


def test_a_killed_labeller_is_replaced_and_goes_on_and_a_second_one_is_refused():
    with system.System() as running:
        running.start("source", *SOURCE)
        running.start("projection")
        running.start("slice", "--preview-size", "0")
        running.control("slice").request(set_slice=wire_client.square(48, 24, id="a", pinned=True))
        first = start_labels(running)
        second = subprocess.run([sys.executable, label_feed.__file__, "--hub", running.hub], text=True,
                                capture_output=True, timeout=system.GUARD_S)
        assert second.returncode != 0 and "running already" in second.stderr, second.stderr
        running.kill("threshold")
        start_labels(running)
        replaced = system.until(
            lambda: (s := running.service("threshold")).instance != first.instance and s, "its successor")
        labels = wire_client.Feed(wire_client.tcp_address(replaced, "feed"), ["labels/"])
        labels.wait(lambda header: header.HasField("labels"))
        labels.close()
        # The slice server's successor is found again at its new address.
        dead = running.service("slice").instance
        running.kill("slice")
        running.restart("slice")
        system.until(lambda: running.service("slice").instance != dead, "a new slice server")
        running.control("slice").request(set_slice=wire_client.square(48, 24, id="b", pinned=True))
        labels = wire_client.Feed(wire_client.tcp_address(replaced, "feed"), ["labels/"])
        labels.wait(lambda header: header.key == "labels/threshold/b")
        assert running.service("threshold").instance == replaced.instance
        labels.close()
