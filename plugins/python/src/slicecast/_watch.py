"""Cuts off peers that send a message of parts without end.

libzmq hands a message over when its last part has come and until then keeps all parts, however many;
no option of it limits that. So each TCP connection of a socket is followed: a peer whose connection
has delivered more than is allowed since its last whole message is disconnected, and with the
connection goes what libzmq holds of it. Connections by ipc are not followed: their path is open to our
own user only.
"""
from __future__ import annotations

import dataclasses
import fcntl
import os
import socket
import struct
import termios
import time
from typing import Any, Callable

import zmq
from zmq.utils.monitor import recv_monitor_message

LOOK_S = 0.1
_TURN_OF_ALL_S = 1.0  # a message that waited so long behind those of others had its turn by now
# tcpi_bytes_received in struct tcp_info of <linux/tcp.h>.
_RECEIVED_AT, _INFO_BYTES = 128, 136
_EVENTS = (
    zmq.EVENT_ACCEPTED | zmq.EVENT_CONNECTED | zmq.EVENT_CLOSED | zmq.EVENT_DISCONNECTED
)


@dataclasses.dataclass
class _Connection:
    peer: Any  # tells it from a later one with the same descriptor
    delivered: int  # bytes, when it was heard last
    heard_at: float
    heard: bool = False  # since then
    suspect: bool = False  # over what is allowed at the last look


def _connection(descriptor: int) -> socket.socket | None:
    """Another handle of a connection of libzmq's; None: it is gone, or none of TCP."""
    try:
        made = socket.socket(fileno=os.dup(descriptor))
    except OSError:
        return None
    if made.family in (socket.AF_INET, socket.AF_INET6):
        return made
    made.close()
    return None


def _peer_and_delivered(connection: socket.socket) -> tuple[Any, int] | None:
    """Who is at the other end, and the bytes that libzmq has read; None: it is gone."""
    try:
        peer = connection.getpeername()
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        unread = fcntl.ioctl(connection, termios.FIONREAD, bytes(4))
    except OSError:
        return None
    if len(info) < _INFO_BYTES:  # an older kernel's
        return None
    received: int = struct.unpack_from("=Q", info, _RECEIVED_AT)[0]
    return peer, received - int(struct.unpack("=i", unread)[0])


class Watch:
    """Of one socket; to be made before it is bound or connected, on the thread that owns it."""

    def __init__(self, link: zmq.Socket[bytes], allowed: int, cut: Callable[[], None]) -> None:
        """`allowed`: bytes, more than the longest message and what may lie in between; `cut` is
        called for each connection that was ended."""
        self._link, self._allowed, self._cut = link, allowed, cut
        self._events = link.get_monitor_socket(_EVENTS)
        self._connections: dict[int, _Connection] = {}

    def heard(self, frame: zmq.Frame) -> None:
        """A part of a message that was handed over."""
        try:
            known = self._connections.get(int(frame.get(zmq.SRCFD)))
        except zmq.ZMQError:  # the peer's name, which a ROUTER puts before it, came over none
            return
        if known is not None:
            known.heard = True

    def close(self) -> None:
        if not self._link.closed:
            self._link.disable_monitor()
        self._events.close()

    def look(self) -> None:
        """Every LOOK_S."""
        self._take_events()
        # No whole message waits, so that what was delivered can only be part of one.
        drained = not self._link.poll(0)
        now = time.monotonic()
        for descriptor, known in list(self._connections.items()):
            connection = _connection(descriptor)
            found = _peer_and_delivered(connection) if connection else None
            if connection is None or found is None or found[0] != known.peer:
                del self._connections[descriptor]
            elif self._is_endless(known, found[1], drained, now):
                del self._connections[descriptor]
                # libzmq reads the end of the connection and closes it itself.
                connection.shutdown(socket.SHUT_RDWR)
                self._cut()
            if connection is not None:
                connection.close()

    def _is_endless(self, known: _Connection, delivered: int, drained: bool, now: float) -> bool:
        if known.heard:
            known.delivered, known.heard_at = delivered, now
            known.heard = known.suspect = False
        over = delivered - known.delivered > self._allowed
        if over and known.suspect and (drained or now - known.heard_at > _TURN_OF_ALL_S):
            return True
        # Whole messages among these bytes are handed over before the next look.
        known.suspect = over
        return False

    def _take_events(self) -> None:
        while self._events.poll(0):
            event: Any = recv_monitor_message(self._events, zmq.NOBLOCK)
            descriptor = event["value"]
            self._connections.pop(descriptor, None)
            if event["event"] not in (zmq.EVENT_ACCEPTED, zmq.EVENT_CONNECTED):
                continue
            connection = _connection(descriptor)
            if connection is None:
                continue
            # Whole messages may have come before this was looked at.
            if (found := _peer_and_delivered(connection)) is not None:
                self._connections[descriptor] = _Connection(*found, time.monotonic())
            connection.close()
