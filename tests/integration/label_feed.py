"""A plugin in some thirty lines: labels every slice by a threshold and publishes the labels."""
import argparse
import signal
import threading
import time

import numpy as np

import wire_client
import wire_plugin
from slicecast.v1 import feed_pb2

CLASSES = [feed_pb2.LabelClass(index=0, name="below", colour_rgb=0x3366CC),
           feed_pb2.LabelClass(index=1, name="above", colour_rgb=0xFF8800)]
OUTSIDE = 255  # of the field of view, where slices are exactly 0


def labels_of(image, threshold):
    return np.where(image == 0, OUTSIDE, image > threshold).astype(np.uint8)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--hub", default="tcp://127.0.0.1:47600")
    arguments.add_argument("--name", default="threshold")
    arguments.add_argument("--threshold", type=float, default=0.1, help="in the unit of the values")
    given = arguments.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())

    producer = wire_plugin.FeedProducer()
    announcer = wire_plugin.Announcer(given.hub, given.name, producer, [f"labels/{given.name}/"])
    producer.start(), announcer.start()
    slices = wire_plugin.SliceFeed(given.hub, ["slice/"])
    while not stop.is_set() and not announcer.refused:
        message = slices.take(0.5)
        if not message:
            continue
        header, image = message
        key = f"labels/{given.name}/{header.key.removeprefix('slice/')}"
        if header.removed:
            producer.remove(key)
            continue
        began = time.perf_counter()
        labels = labels_of(image, given.threshold)
        producer.publish(key, labels, labels=feed_pb2.LabelImage(
            input=header.slice.stamp, classes=CLASSES, producer=given.name, model="threshold",
            unlabelled=OUTSIDE, processing_ms=1000 * (time.perf_counter() - began)))
    slices.close(), announcer.close(), producer.close()
    return announcer.refused


if __name__ == "__main__":
    raise SystemExit(main())
