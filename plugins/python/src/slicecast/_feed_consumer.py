"""The consuming end of a feed: the newest of each key, taken at the application's pace."""
from __future__ import annotations

import collections
import dataclasses
import threading
import time
from typing import Sequence

import zmq
from google.protobuf.message import DecodeError

from . import _feed_board, _loop, _network, _pixels, errors
from .v1 import feed_pb2

_DEMAND_S = 0.5
_STALE_S = 2.0
_MAX_KEYS = 4096


@dataclasses.dataclass
class FeedMessage:
    header: feed_pb2.FeedHeader
    pixels: _pixels.NDArray | None


@dataclasses.dataclass
class FeedCounts:
    """What came, and what did not: `superseded` are versions that the producer left out."""

    received: int = 0
    superseded: int = 0
    bad_header: int = 0
    bad_size: int = 0


class FeedConsumer:
    """Says what it wants and what was taken last, after each take and every 500 ms: credit is
    absolute, so that a lost message or a restart at either end costs nothing but time."""

    def __init__(
        self,
        loop: _loop.Loop,
        network: _network.Network,
        consumer: str,
        subscriptions: Sequence[feed_pb2.Subscription],
        *,
        arrived: threading.Condition | None = None,
        max_bytes: int = _pixels.MAX_MESSAGE_BYTES,
    ) -> None:
        self.counts = FeedCounts()
        self.problem: errors.SlicecastError | None = None
        self._loop, self._network, self._max_bytes = loop, network, max_bytes
        self._arrived = arrived or threading.Condition()  # guards all that follows
        self._queue: collections.OrderedDict[str, FeedMessage] = collections.OrderedDict()
        self._demand = feed_pb2.FeedDemand(consumer=consumer, subscriptions=subscriptions)
        self._held: dict[str, tuple[int, int]] = {}  # key -> version, bytes
        self._closed = False
        self._target = ("", "")
        self._heard = 0.0
        self._socket: zmq.Socket[bytes] | None = None
        self._timer: _loop.Timer | None = None

    def connect(self, address: str, server_key: str = "") -> None:
        """On the loop. Points the consumer at another address; the same one that lives is kept."""
        if self._closed or (
            (address, server_key) == self._target and self.live and not self.problem
        ):
            return
        self._target = (address, server_key)
        self._close_socket()
        try:
            self._socket = self._network.connect(
                address, server_key, self._max_bytes, self._too_large
            )
            self.problem = None
        except errors.SlicecastError as problem:
            self.problem = problem
            return
        self._loop.add(self._socket, self._receive)
        self._timer = self._timer or self._loop.every(_DEMAND_S, self._ask)
        self._ask()

    @property
    def live(self) -> bool:
        """Something was heard within the last 2 s."""
        return time.monotonic() - self._heard < _STALE_S

    def take(self, timeout: float) -> FeedMessage | None:
        """The next message, or None at the deadline. Taking lets the producer send the next one."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._queue or self._closed, timeout)
            return self.take_now()

    def take_now(self) -> FeedMessage | None:
        """The same without waiting, for who holds the condition."""
        if not self._queue:
            return None
        message = self._queue.popitem(last=False)[1]
        self._demand.last_taken = message.header.delivery
        self._loop.call(self._ask)
        return message

    def subscribe(self, subscriptions: Sequence[feed_pb2.Subscription]) -> None:
        """Replaces the list. Keys that are asked for in another encoding or size are sent again."""
        before = list(self._demand.subscriptions)
        with self._arrived:
            for key in [
                key for key in self._held if not _feed_board.same_view(key, before, subscriptions)
            ]:
                del self._held[key]
                unwanted = self._queue.pop(key, None)
                if unwanted is not None:
                    self._demand.last_taken = unwanted.header.delivery
            del self._demand.subscriptions[:]
            self._demand.subscriptions.extend(subscriptions)
        self._loop.call(self._ask)

    def close(self) -> None:
        """Any thread; wakes take()."""
        with self._arrived:
            self._closed = True
            self._queue.clear()
            self._arrived.notify_all()

        def end() -> None:
            if self._timer is not None:
                self._loop.cancel(self._timer)
            self._close_socket()

        self._loop.ask(end)

    def _close_socket(self) -> None:
        if self._socket is not None:
            self._loop.remove(self._socket)
            self._socket = None

    def _ask(self) -> None:
        if self._socket is None:
            return
        with self._arrived:
            del self._demand.keys_held[:], self._demand.versions_held[:]
            # Always, because ZeroMQ does not tell when it has reconnected.
            self._demand.keys_held.extend(self._held)
            self._demand.versions_held.extend(version for version, _ in self._held.values())
            demand = self._demand.SerializeToString()
        try:
            self._socket.send(demand, zmq.NOBLOCK)
            self._loop.when_writable(self._socket, None)
        except zmq.Again:  # as soon as there is a connection
            self._loop.when_writable(self._socket, self._ask)

    def _receive(self) -> None:
        assert self._socket is not None
        head = self._loop.receive_first(self._socket)
        self._heard = time.monotonic()
        try:
            header = feed_pb2.FeedHeader.FromString(head)
        except DecodeError:
            _pixels.drop_rest(self._socket)
            self.counts.bad_header += 1
            with self._arrived:
                self._demand.unreadable += 1
            return self._ask()  # without this word the producer would wait for us to take it
        pixels, whole = None, True
        if header.HasField("pixels"):
            pixels = _pixels.receive_pixels(self._socket, header.pixels, self._max_bytes)
            whole = pixels is not None
        else:
            whole = not self._socket.getsockopt(zmq.RCVMORE)
            _pixels.drop_rest(self._socket)
        with self._arrived:
            queued = whole and self._enqueue(header, pixels)
            self.counts.bad_size += not whole
            if queued:
                self._arrived.notify_all()
            elif header.delivery:  # credit for what the application will never see
                self._demand.last_taken = header.delivery
        if not queued and header.delivery:
            self._ask()

    def _too_large(self) -> None:
        self.counts.bad_size += 1

    def _enqueue(self, header: feed_pb2.FeedHeader, pixels: _pixels.NDArray | None) -> bool:
        if header.instance != self._demand.instance:
            self._demand.instance = header.instance
            self._held.clear()
        if not header.key or self._closed:  # a keep-alive
            return False
        held = self._held.get(header.key)
        if header.removed:
            if held is None:
                return False
            del self._held[header.key]
        else:
            now = (header.version, header.pixels.bytes)
            # The same version in other bytes: another encoding or size was asked for.
            if held is not None and (now[0] < held[0] or now == held):
                return False
            if len(self._held) >= _MAX_KEYS and held is None:
                self._held.clear()
            self._held[header.key] = now
        self.counts.received += 1
        self.counts.superseded += header.superseded
        older = self._queue.pop(header.key, None)
        if older is not None:  # untaken, after a reconnect
            header.superseded += older.header.superseded + 1
            self.counts.superseded += 1
        if len(self._queue) >= _MAX_KEYS:
            self._queue.popitem(last=False)
        self._queue[header.key] = FeedMessage(header, pixels)
        return True
