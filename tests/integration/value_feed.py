"""A plugin that publishes numbers over every slice: one height all over, so that a test knows what to read."""
import pathlib
import signal
import subprocess
import sys
import threading

import numpy as np

import wire_plugin
from slicecast.v1 import feed_pb2

NAME, HEIGHT, UNIT, LIMITS = "heights", 7.25, "um", (0.0, 10.0)


def start(running):
    """As a process of its own that the test's end takes along."""
    log = open(running.path / f"{NAME}.log", "ab")
    running.processes[NAME] = subprocess.Popen([sys.executable, str(pathlib.Path(__file__)), running.hub],
                                               stdout=log, stderr=log)
    return running.service(NAME)


def main(hub):
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    producer = wire_plugin.FeedProducer()
    announcer = wire_plugin.Announcer(hub, NAME, producer, [f"values/{NAME}/"])
    producer.start(), announcer.start()
    slices = wire_plugin.SliceFeed(hub, ["slice/"])
    while not stop.is_set():
        message = slices.take(0.5)
        if not message:
            continue
        header, image = message
        key = f"values/{NAME}/{header.key.removeprefix('slice/')}"
        if header.removed:
            producer.remove(key)
            continue
        heights = np.full(image.shape, HEIGHT, np.float32)
        heights[0, 0], heights[-1, -1] = -20, 30  # beyond the limits
        producer.publish(key, heights, values=feed_pb2.ValueImage(
            input=header.slice.stamp, producer=NAME, quantity="height", unit=UNIT, minimum=LIMITS[0],
            maximum=LIMITS[1]))
    slices.close(), announcer.close(), producer.close()


if __name__ == "__main__":
    main(sys.argv[1])
