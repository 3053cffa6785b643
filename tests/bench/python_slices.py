"""What it costs the Python package to hand a slice to NumPy, beside one copy of as many bytes.

    PYTHONPATH=build/release/python:plugins/python/src /usr/bin/python3 tests/bench/python_slices.py

Both ends run in this process over tcp, the other end's thread included. Medians of interleaved
rounds.
"""
import statistics
import time

import numpy as np

from slicecast import _feed_consumer, _feed_producer, _loop, _network, _pixels
from slicecast.v1 import feed_pb2

ROUNDS = 60


def milliseconds(function):
    began = time.perf_counter()
    function()
    return 1000 * (time.perf_counter() - began)


class Replay:
    """Gives the parts of a message as a socket would."""

    def __init__(self, frames):
        self.frames, self.next = frames, 0

    def recv(self, *_, copy):
        self.next += 1
        return self.frames[self.next - 1]

    def getsockopt(self, _):
        return self.next < len(self.frames)


def rows():
    loop = _loop.Loop("bench")
    network = _network.Network(loop)
    producer = _feed_producer.FeedProducer(
        loop, network, ["tcp://127.0.0.1:*"], _network.new_instance()
    )
    consumer = _feed_consumer.FeedConsumer(
        loop, network, "bench", [feed_pb2.Subscription(prefix="slice/")]
    )
    loop.ask(lambda: consumer.connect(producer.addresses[0]))
    import zmq

    for side in (512, 1024, 2048):
        image = np.random.default_rng(1).normal(size=(side, side)).astype(np.float32)
        format = _pixels.pixel_format(image)
        frames = [zmq.Frame(bytes(part)) for part in _pixels.parts_of(image)]
        target = np.empty_like(image)
        into_numpy, copied, whole_way = [], [], []
        for _ in range(ROUNDS):
            replay = Replay(frames)
            into_numpy.append(milliseconds(lambda: _pixels.receive_pixels(replay, format, 1 << 30)))
            copied.append(milliseconds(lambda: np.copyto(target, image)))

            def way():
                producer.publish("slice/a", feed_pb2.FeedHeader(slice=feed_pb2.SliceImage()), image)
                assert consumer.take(10).pixels.shape == image.shape

            whole_way.append(milliseconds(way))
        yield side, *(statistics.median(times) for times in (into_numpy, copied, whole_way))
    loop.close()
    network.close()


if __name__ == "__main__":
    print(f"{'pixels':>12} {'into NumPy':>12} {'one copy':>12} {'published to taken':>20}   (ms)")
    for side, into_numpy, copied, whole_way in rows():
        print(f"{side:>6} x {side:<4} {into_numpy:12.3f} {copied:12.3f} {whole_way:20.3f}")
