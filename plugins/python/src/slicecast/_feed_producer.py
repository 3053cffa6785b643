"""The producing end of a feed: the newest of each key, one message in flight per consumer."""
from __future__ import annotations

import threading
import time

import numpy as np
import zmq
from google.protobuf.message import DecodeError

from . import _feed_board, _loop, _network, _pixels
from .v1 import feed_pb2

_FORGOTTEN_S, _KEEP_ALIVE_S, _LOOK_S = 3.0, 0.3, 0.25
_MAX_CONSUMERS = 1000
_MAX_LISTED = 4096  # subscriptions, and keys held, of one consumer


def encode(delivery: _feed_board.Delivery) -> tuple[feed_pb2.FeedHeader, _pixels.NDArray | None]:
    """Float images smaller or in fewer bits, labels smaller, for who asks for that; the header follows."""
    header = delivery.header
    if delivery.pixels is None:
        return header, None
    pixels: _pixels.NDArray = delivery.pixels
    scale, offset = 0.0, 0.0
    if pixels.dtype == np.float32 and pixels.ndim == 2:
        while 0 < delivery.max_side < max(pixels.shape):
            rows, columns = (side + side % 2 for side in pixels.shape)
            even = np.pad(
                pixels, ((0, rows - pixels.shape[0]), (0, columns - pixels.shape[1])), "edge"
            )
            pixels = even.reshape(rows // 2, 2, columns // 2, 2).mean((1, 3), dtype=np.float32)
        if delivery.encoding != feed_pb2.NATIVE:
            eight = delivery.encoding == feed_pb2.QUANTISED_8
            offset = float(pixels.min())
            scale = (float(pixels.max()) - offset) / (255 if eight else 65535) or 1.0
            pixels = np.rint((pixels - offset) / scale).astype(np.uint8 if eight else np.uint16)
    elif header.HasField("labels") and pixels.dtype in (np.uint8, np.uint16) and pixels.ndim == 2:
        # Class numbers cannot be averaged: that of the pixel at the centre stays.
        side, step = max(pixels.shape), 1
        while 0 < delivery.max_side < side:
            side, step = (side + 1) // 2, 2 * step
        rows, columns = (
            np.minimum(np.arange(0, count, step) + step // 2, count - 1) for count in pixels.shape
        )
        pixels = np.ascontiguousarray(pixels[np.ix_(rows, columns)])
    header.pixels.CopyFrom(_pixels.pixel_format(pixels))
    header.pixels.scale, header.pixels.offset = scale, offset
    return header, pixels


class FeedProducer:
    """Publishes from any thread; never waits for a consumer."""

    def __init__(
        self, loop: _loop.Loop, network: _network.Network, addresses: list[str], instance: int
    ) -> None:
        self.instance = instance
        self.bad_demands = 0
        self._loop = loop
        self._lock = threading.Lock()
        self._board = _feed_board.FeedBoard(instance)
        self._retry: _loop.Timer | None = None
        self._socket, self.addresses = loop.ask(lambda: network.bind(addresses, self._refused))

        def begin() -> None:
            loop.add(self._socket, self._receive)
            self._timer = loop.every(_LOOK_S, self._serve_all)

        loop.ask(begin)

    def publish(
        self, key: str, header: feed_pb2.FeedHeader, pixels: _pixels.NDArray | None = None
    ) -> int:
        """Replaces the newest of the key; its version. The pixels are not copied and must not
        change any more."""
        if pixels is not None:
            pixels = np.ascontiguousarray(pixels)
        with self._lock:
            version = self._board.publish(key, header, pixels)
        self._loop.call(self._serve_all)
        return version

    def remove(self, key: str) -> None:
        with self._lock:
            self._board.remove(key)
        self._loop.call(self._serve_all)

    def keys(self) -> list[str]:
        with self._lock:
            return self._board.keys()

    def wanted(self, key: str) -> bool:
        """Whether anybody who lives subscribes to the key."""
        with self._lock:
            return self._board.wanted(key)

    def close(self) -> None:
        """On the loop."""
        self._loop.cancel(self._timer)
        self._loop.remove(self._socket)

    def _receive(self) -> None:
        message = self._loop.receive(self._socket)
        try:
            demand = feed_pb2.FeedDemand.FromString(message[1])
        except (DecodeError, IndexError):
            return self._refused()
        if len(demand.subscriptions) > _MAX_LISTED or len(demand.keys_held) > _MAX_LISTED:
            return self._refused()
        with self._lock:
            known = message[0] in self._board.viewers
            if not known and len(self._board.viewers) >= _MAX_CONSUMERS:
                return
            self._board.heard(message[0], demand, time.monotonic())
        self._serve(message[0])

    def _refused(self) -> None:
        self.bad_demands += 1

    def _serve_all(self) -> None:
        with self._lock:
            peers = list(self._board.viewers)
        for peer in peers:
            self._serve(peer)

    def _serve(self, peer: bytes) -> None:
        now = time.monotonic()
        with self._lock:
            viewer = self._board.viewers.get(peer)
            if viewer is None:
                return
            if now - viewer.heard > _FORGOTTEN_S:
                del self._board.viewers[peer]
                return
            delivery, retry = self._board.next(viewer, now)
            silent = viewer.last_sent + _KEEP_ALIVE_S < viewer.heard
            if delivery is None and silent:
                viewer.last_sent = now
        if delivery is not None:
            header, pixels = encode(delivery)
            self._send(peer, header, pixels)
        elif silent:
            self._send(peer, feed_pb2.FeedHeader(instance=self.instance), None)
        if delivery is None and retry < now + _LOOK_S:
            self._look_again(retry)

    def _look_again(self, due: float) -> None:
        if self._retry is None:
            self._retry = self._loop.after(max(0.0, due - time.monotonic()), self._retried)

    def _retried(self) -> None:
        self._retry = None
        self._serve_all()

    def _send(
        self, peer: bytes, header: feed_pb2.FeedHeader, pixels: _pixels.NDArray | None
    ) -> None:
        parts: list[bytes | memoryview] = [peer, header.SerializeToString()]
        if pixels is not None:
            parts += _pixels.parts_of(pixels)
        try:
            self._socket.send_multipart(parts, zmq.NOBLOCK, copy=False)
        except zmq.ZMQError:  # gone, or it ignores credit; it starts over with its next demand
            with self._lock:
                self._board.viewers.pop(peer, None)
