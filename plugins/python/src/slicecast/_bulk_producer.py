"""The producing end of the raw link: one ring, and a cursor into it for every consumer."""
from __future__ import annotations

import collections
import dataclasses
import threading
import time

import numpy as np
import zmq
from google.protobuf.message import DecodeError

from . import _loop, _network, _pixels
from .v1 import bulk_pb2

_FORGOTTEN_S, _KEEP_ALIVE_S, _LOOK_S = 3.0, 0.3, 0.25
_MAX_CONSUMERS, _MAX_WINDOW = 1000, 4096
_MAX_BYTES_IN_FLIGHT = 64 << 20
_MESSAGES_PER_TURN = 64  # so that demands are heard while much is to be sent


@dataclasses.dataclass
class _Message:
    header: bytes
    pixels: _pixels.NDArray | None

    @property
    def bytes(self) -> int:
        return 0 if self.pixels is None else self.pixels.nbytes


@dataclasses.dataclass
class _Cursor:
    name: str
    next: int  # to be sent
    taken: int  # everything before was taken by the application, or lost
    window: int
    heard: float
    last_sent: float = 0.0
    needs_preamble: bool = True
    lost: int = 0
    in_flight: collections.deque[tuple[int, int]] = dataclasses.field(
        default_factory=collections.deque
    )

    def bytes_in_flight(self) -> int:
        return sum(size for _, size in self.in_flight)


class BulkProducer:
    """Publishes from any thread into a ring of `ring_bytes`; nobody is waited for."""

    def __init__(
        self,
        loop: _loop.Loop,
        network: _network.Network,
        addresses: list[str],
        instance: int,
        ring_bytes: int,
    ) -> None:
        self.instance, self.ring_bytes = instance, ring_bytes
        self._loop = loop
        self._progress = threading.Condition()  # guards all that follows
        self._ring: collections.deque[_Message] = collections.deque()
        self._oldest, self._end, self._bytes = 1, 1, 0
        self._most_taken = 1
        self._preamble: bytes | None = None
        self._cursors: dict[bytes, _Cursor] = {}
        self._socket, self.addresses = loop.ask(lambda: network.bind(addresses))

        def begin() -> None:
            loop.add(self._socket, self._receive)
            self._timer = loop.every(_LOOK_S, self._serve_all)

        loop.ask(begin)

    def publish(
        self,
        header: bulk_pb2.BulkHeader,
        pixels: _pixels.NDArray | None = None,
        preamble: bool = False,
    ) -> int:
        """Appends and returns the sequence. The pixels are not copied and must not change any more.
        `preamble`: the header is also the first thing that a new consumer hears."""
        header.instance = self.instance
        if pixels is not None:
            pixels = np.ascontiguousarray(pixels)
            header.pixels.CopyFrom(_pixels.pixel_format(pixels))
        message = _Message(header.SerializeToString(), pixels)
        with self._progress:
            if preamble:
                self._preamble = message.header
            self._ring.append(message)
            self._bytes += message.bytes
            self._end += 1
            while self._bytes > self.ring_bytes and len(self._ring) > 1:
                self._bytes -= self._ring.popleft().bytes
                self._oldest += 1
            sequence = self._end - 1
        self._loop.call(self._serve_all)
        return sequence

    def room_for(self, size: int) -> bool:
        """Whether so many bytes can be published without losing what somebody has not taken."""
        with self._progress:
            return self._has_room(size)

    def wait_for_room(self, size: int, timeout: float) -> bool:
        """Until room_for(); with nobody there, frames collect in the ring until it is full."""
        with self._progress:
            return self._progress.wait_for(lambda: self._has_room(size), timeout)

    def wait_until_taken(self, timeout: float) -> bool:
        """Until at least one consumer, and every one that is there, has taken all."""
        with self._progress:
            return self._progress.wait_for(
                lambda: self._most_taken >= self._end
                and all(cursor.taken >= self._end for cursor in self._cursors.values()),
                timeout,
            )

    def consumers(self) -> dict[str, int]:
        """Name and messages lost of each."""
        with self._progress:
            return {cursor.name: cursor.lost for cursor in self._cursors.values()}

    def close(self) -> None:
        """On the loop."""
        self._loop.cancel(self._timer)
        self._loop.remove(self._socket)

    def _has_room(self, size: int) -> bool:
        # What everybody has taken may fall out of the ring.
        taken = min((cursor.taken for cursor in self._cursors.values()), default=self._oldest)
        needed = self._bytes + size - self.ring_bytes
        for number, message in enumerate(self._ring):
            if needed <= 0 or self._oldest + number >= taken:
                break
            needed -= message.bytes
        return needed <= 0 or not self._ring

    def _receive(self) -> None:
        message = self._loop.receive(self._socket)
        try:
            demand = bulk_pb2.BulkDemand.FromString(message[1])
        except (DecodeError, IndexError):
            return
        with self._progress:
            cursor = self._cursors.get(message[0])
            if cursor is None:
                if len(self._cursors) >= _MAX_CONSUMERS:
                    return
                cursor = self._cursors[message[0]] = self._admit(demand)
            cursor.heard, cursor.window = time.monotonic(), min(max(demand.window, 1), _MAX_WINDOW)
            if demand.instance == self.instance and demand.next_sequence > 0:
                wanted = min(demand.next_sequence, self._end)
                if wanted < cursor.taken:  # it wants to go back
                    cursor.in_flight.clear()
                    cursor.next = wanted
                cursor.taken, cursor.next = wanted, max(cursor.next, wanted)
                self._most_taken = max(self._most_taken, wanted)
                while cursor.in_flight and cursor.in_flight[0][0] < cursor.taken:
                    cursor.in_flight.popleft()
                self._progress.notify_all()
        self._serve_all()

    def _admit(self, demand: bulk_pb2.BulkDemand) -> _Cursor:
        resumes = demand.instance == self.instance and demand.next_sequence > 0
        start = (
            min(demand.next_sequence, self._end)
            if resumes
            else self._end
            if demand.from_newest
            else self._oldest
        )
        cursor = _Cursor(
            demand.consumer, start, start, 1, time.monotonic(), needs_preamble=not resumes
        )
        # What it holds untaken need not be sent again, but counts against its window.
        while resumes and cursor.next < min(demand.next_receive, self._end):
            cursor.in_flight.append((cursor.next, 0))
            cursor.next += 1
        return cursor

    def _serve_all(self) -> None:
        for _ in range(_MESSAGES_PER_TURN):
            if not any([self._serve(peer) for peer in list(self._cursors)]):  # one each in turn
                return
        self._loop.call(self._serve_all)

    def _serve(self, peer: bytes) -> bool:
        """Sends one message, if the consumer may have one."""
        now = time.monotonic()
        with self._progress:
            cursor = self._cursors[peer]
            if now - cursor.heard > _FORGOTTEN_S:
                return self._forget(peer)
            if cursor.next < self._oldest:
                cursor.lost += self._oldest - cursor.next
                cursor.next = self._oldest
                cursor.needs_preamble = True  # what it missed may have been the start of the scan
            messages: list[tuple[bytes, int, _Message | None]] = []
            if cursor.needs_preamble and self._preamble is not None:
                messages.append((self._preamble, 0, None))
            may_send = cursor.next < self._end and len(cursor.in_flight) < cursor.window
            if may_send:
                message = self._ring[cursor.next - self._oldest]
                may_send = (
                    not cursor.in_flight
                    or cursor.bytes_in_flight() + message.bytes <= _MAX_BYTES_IN_FLIGHT
                )
                if may_send:
                    messages.append((message.header, cursor.next, message))
            if not messages and cursor.last_sent + _KEEP_ALIVE_S < cursor.heard:
                messages.append((b"", 0, None))
            for header, sequence, sent in messages:
                # Fields that come later in a protobuf message win.
                stamp = bulk_pb2.BulkHeader(
                    instance=self.instance,
                    sequence=sequence,
                    oldest=self._oldest,
                    newest=self._end - 1,
                ).SerializeToString()
                parts: list[bytes | memoryview] = [peer, header + stamp]
                if sent is not None and sent.pixels is not None:
                    parts += _pixels.parts_of(sent.pixels)
                try:
                    self._socket.send_multipart(parts, zmq.NOBLOCK, copy=False)
                except zmq.ZMQError:  # gone, or it ignores credit
                    return self._forget(peer)
                cursor.last_sent, cursor.needs_preamble = now, False
            if may_send:
                cursor.in_flight.append((cursor.next, message.bytes))
                cursor.next += 1
            return may_send

    def _forget(self, peer: bytes) -> bool:
        del self._cursors[peer]
        self._progress.notify_all()
        return False
