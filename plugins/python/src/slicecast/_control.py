"""Control link: requests with an id and a deadline. A dead server costs its caller the deadline and
nothing else; late replies are dropped.
"""
from __future__ import annotations

import concurrent.futures
import dataclasses
import logging
import time
from typing import Any, Callable

import zmq
from google.protobuf.message import DecodeError

from . import _loop, _network, errors
from .v1 import control_pb2

_log = logging.getLogger("slicecast")
Done = Callable[["control_pb2.Reply | errors.SlicecastError"], None]
_PERIOD_S = 0.02  # of looking for requests whose time is over
_CLOCK_SAMPLE_S = 60.0


@dataclasses.dataclass
class _Pending:
    request: control_pb2.Request
    done: Done
    due: float
    began_ns: int
    sent: bool = False


@dataclasses.dataclass(frozen=True)
class ClockOffset:
    """The server's clock minus ours, within half of the quickest round trip lately."""

    offset_s: float
    error_s: float


class ControlClient:
    """Requests to one service, from any thread; also over its restarts at other addresses."""

    def __init__(
        self, loop: _loop.Loop, network: _network.Network, client: str, role: int, title: str
    ) -> None:
        self.title = title  # who is asked, for messages
        self.instance = 0  # of the server that answered last
        self.clock: ClockOffset | None = None
        self._clock_until = 0.0
        self._loop, self._network = loop, network
        self._client, self._role = client, role
        self._socket: zmq.Socket[bytes] | None = None
        self._target = ("", "", 0)
        self._problem: errors.SlicecastError | None = None
        self._pending: dict[int, _Pending] = {}
        self._last_id = 0
        self._timer: _loop.Timer | None = None

    def connect(self, address: str, server_key: str = "", instance: int = 0) -> None:
        """On the loop. What still waits for an answer is asked again of the new instance."""
        if (address, server_key, instance) == self._target and self._problem is None:
            return
        self._target = (address, server_key, instance)
        self._close_socket()
        try:
            self._socket, self._problem = self._network.connect(address, server_key), None
        except errors.SlicecastError as problem:
            self._problem = problem
            for number in list(self._pending):
                self._finish(number, problem)
            return
        self._loop.add(self._socket, self._receive)
        for waiting in self._pending.values():
            waiting.sent = False
        self._send()

    def request(self, timeout: float, **body: Any) -> control_pb2.Reply:
        """The answer; an error of the server, or DeadlineExceeded, is raised."""
        answer: concurrent.futures.Future[control_pb2.Reply] = concurrent.futures.Future()

        def done(result: control_pb2.Reply | errors.SlicecastError) -> None:
            if isinstance(result, errors.SlicecastError):
                answer.set_exception(result)
            else:
                answer.set_result(result)

        self._loop.call(lambda: self.post(timeout, done, **body))
        try:
            # The loop answers at the deadline; this is for a loop that has been closed.
            return answer.result(timeout + 5)
        except errors.DeadlineExceeded:  # which is a TimeoutError as well
            raise
        except concurrent.futures.TimeoutError:
            raise errors.Cancelled("the client was closed while it waited") from None

    def post(self, timeout: float, done: Done, **body: Any) -> None:
        """On the loop: `done` is called there once, with the reply or the error."""
        if self._problem is not None:
            return done(self._problem)
        self._last_id += 1
        request = control_pb2.Request(
            id=self._last_id,
            client=self._client,
            role=self._role,  # type: ignore[arg-type]
            deadline_ms=max(1, int(1000 * timeout)),
            **body,
        )
        self._pending[self._last_id] = _Pending(
            request, done, time.monotonic() + timeout, time.time_ns()
        )
        if self._timer is None:
            self._timer = self._loop.every(_PERIOD_S, self._expire)
        self._send()

    def close(self) -> None:
        """On the loop."""
        for number in list(self._pending):
            self._finish(number, errors.Cancelled("the client was closed while it waited"))
        self._close_socket()

    def _close_socket(self) -> None:
        if self._socket is not None:
            self._loop.remove(self._socket)
            self._socket = None

    def _send(self) -> None:
        if self._socket is None:
            return
        for waiting in self._pending.values():
            if waiting.sent:
                continue
            waiting.began_ns = time.time_ns()
            try:
                self._socket.send(waiting.request.SerializeToString(), zmq.NOBLOCK)
            except zmq.Again:  # not connected yet; the deadline is the request's own
                return self._loop.when_writable(self._socket, self._send)
            waiting.sent = True
        self._loop.when_writable(self._socket, None)

    def _receive(self) -> None:
        assert self._socket is not None
        message = self._loop.receive(self._socket)
        now_ns = time.time_ns()
        try:
            reply = control_pb2.Reply.FromString(message[0])
        except DecodeError:
            return
        waiting = self._pending.get(reply.id)
        if waiting is None:  # too late
            return
        self.instance = reply.instance
        error_s = (now_ns - waiting.began_ns) / 2e9
        if (
            self.clock is None
            or error_s <= self.clock.error_s
            or time.monotonic() > self._clock_until
        ):
            middle_ns = (now_ns + waiting.began_ns) // 2
            self.clock = ClockOffset((reply.server_time_ns - middle_ns) / 1e9, error_s)
            self._clock_until = time.monotonic() + _CLOCK_SAMPLE_S
        self._finish(
            reply.id,
            errors.error_of(reply.error_code, reply.error_message) if reply.error_code else reply,
        )

    def _expire(self) -> None:
        now = time.monotonic()
        for number, waiting in list(self._pending.items()):
            if waiting.due <= now:
                address = self._target[0] or "an address not yet known"
                self._finish(
                    number,
                    errors.DeadlineExceeded(
                        f"no answer from {self.title} at {address} in "
                        f"{waiting.request.deadline_ms} ms; is it running? `slicecast status` tells"
                    ),
                )

    def _finish(self, number: int, result: control_pb2.Reply | errors.SlicecastError) -> None:
        waiting = self._pending.pop(number)
        if not self._pending and self._timer is not None:
            self._loop.cancel(self._timer)
            self._timer = None
        waiting.done(result)


Handler = Callable[[control_pb2.Request, control_pb2.Reply], None]


class ControlServer:
    """Answers requests; `handler` fills the reply's body or raises a SlicecastError."""

    def __init__(
        self,
        loop: _loop.Loop,
        network: _network.Network,
        addresses: list[str],
        instance: int,
        handler: Handler,
    ) -> None:
        self._loop, self._instance, self._handler = loop, instance, handler
        self._socket, self.addresses = loop.ask(lambda: network.bind(addresses))
        loop.ask(lambda: loop.add(self._socket, self._receive))

    def close(self) -> None:
        """On the loop."""
        self._loop.remove(self._socket)

    def _receive(self) -> None:
        peer, *parts = self._loop.receive(self._socket)
        try:
            request = control_pb2.Request.FromString(parts[0])
        except (DecodeError, IndexError):  # no request of ours
            return
        if request.id == 0:
            return
        reply = control_pb2.Reply(id=request.id, instance=self._instance)
        try:
            self._handler(request, reply)
        except errors.SlicecastError as error:
            reply.error_code, reply.error_message = error.code, str(error)
        reply.server_time_ns = time.time_ns()
        try:
            self._socket.send_multipart([peer, reply.SerializeToString()], zmq.NOBLOCK)
        except zmq.ZMQError:  # it went away, or does not read
            pass
