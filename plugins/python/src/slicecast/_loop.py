"""One thread that owns every socket of a client or a plugin.

ZeroMQ sockets belong to one thread; so all of them are made, used and closed here, and other
threads only post calls. Handlers run one after the other and must not block.
"""
from __future__ import annotations

import concurrent.futures
import collections
import logging
import socket
import threading
import time
from typing import Any, Callable, TypeVar

import zmq

from . import _watch

T = TypeVar("T")
_log = logging.getLogger("slicecast")
_LONGEST_WAIT_S = 1.0


class Timer:
    """Calls `function` every `period` seconds (0: once); `due` may be moved at will."""

    def __init__(self, function: Callable[[], None], period: float, due: float) -> None:
        self.function, self.period, self.due = function, period, due


class Loop:
    """Handlers of sockets, timers and posted calls on one named thread."""

    def __init__(self, name: str) -> None:
        self._poller = zmq.Poller()
        self._readers: dict[zmq.Socket[bytes], Callable[[], None]] = {}
        self._writers: dict[zmq.Socket[bytes], Callable[[], None]] = {}
        self._watches: dict[zmq.Socket[bytes], tuple[_watch.Watch, Timer]] = {}
        self._timers: list[Timer] = []
        self._calls: collections.deque[Callable[[], None]] = collections.deque()
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._poller.register(self._wake, zmq.POLLIN)
        self._stopping = False
        # A daemon, so that a script that forgets to close still ends.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], None]) -> None:
        """Runs it soon on the loop's thread; from any thread."""
        self._calls.append(function)
        self._wake_up()

    def ask(self, function: Callable[[], T], timeout: float = 5.0) -> T:
        """Runs it on the loop's thread and returns its result; from any thread."""
        if threading.current_thread() is self._thread:
            return function()
        if not self._thread.is_alive():
            raise RuntimeError("this client is closed")
        answer: concurrent.futures.Future[T] = concurrent.futures.Future()

        def run() -> None:
            try:
                answer.set_result(function())
            except BaseException as error:  # handed to who asked
                answer.set_exception(error)

        self.call(run)
        return answer.result(timeout)

    # The following are for the loop's thread only.

    def watch(self, link: zmq.Socket[bytes], allowed: int, cut: Callable[[], None]) -> None:
        """Before it is bound or connected: ends connections that deliver more than `allowed` bytes
        without a whole message, and calls `cut` for each. Its messages are taken by receive()."""
        watch = _watch.Watch(link, allowed, cut)

        def look() -> None:
            if link.closed:
                self._forget(link)
            else:
                watch.look()

        self._watches[link] = watch, self.every(_watch.LOOK_S, look)

    def receive(self, link: zmq.Socket[bytes]) -> list[bytes]:
        """The parts of a message that waits."""
        parts = [self.receive_first(link)]
        while link.getsockopt(zmq.RCVMORE):
            parts.append(self.receive_first(link))
        return parts

    def receive_first(self, link: zmq.Socket[bytes]) -> bytes:
        """Its first part alone."""
        frame = link.recv(zmq.NOBLOCK, copy=False)
        if link in self._watches:
            self._watches[link][0].heard(frame)
        return frame.bytes

    def _forget(self, link: zmq.Socket[bytes]) -> None:
        watch, timer = self._watches.pop(link)
        self.cancel(timer)
        watch.close()

    def add(self, link: zmq.Socket[bytes], readable: Callable[[], None]) -> None:
        """Calls `readable` whenever a message waits."""
        self._readers[link] = readable
        self._poller.register(link, zmq.POLLIN)

    def when_writable(self, link: zmq.Socket[bytes], writable: Callable[[], None] | None) -> None:
        """Calls `writable` as long as it can send; None ends that."""
        if writable is None:
            self._writers.pop(link, None)
        else:
            self._writers[link] = writable
        self._poller.register(link, zmq.POLLIN | (zmq.POLLOUT if writable else 0))

    def remove(self, link: zmq.Socket[bytes]) -> None:
        """Forgets and closes it."""
        self._readers.pop(link, None)
        self._writers.pop(link, None)
        self._poller.unregister(link)
        if link in self._watches:
            self._forget(link)
        link.close()

    def every(self, period: float, function: Callable[[], None]) -> Timer:
        """The first call comes at once."""
        return self._add_timer(Timer(function, period, time.monotonic()))

    def after(self, delay: float, function: Callable[[], None]) -> Timer:
        return self._add_timer(Timer(function, 0.0, time.monotonic() + delay))

    def cancel(self, timer: Timer) -> None:
        if timer in self._timers:
            self._timers.remove(timer)

    def _add_timer(self, timer: Timer) -> Timer:
        self._timers.append(timer)
        return timer

    def close(self, timeout: float = 2.0) -> None:
        """Ends the thread; sockets that are still there are closed."""
        self._stopping = True
        self._wake_up()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping:
            pause = min(
                [_LONGEST_WAIT_S] + [timer.due - time.monotonic() for timer in self._timers]
            )
            ready = self._poller.poll(max(0, int(1000 * pause) + (pause > 0)))
            for what, events in ready:
                if what == self._wake.fileno():
                    self._wake.recv(4096)
                elif events & zmq.POLLIN:
                    self._guard(self._readers.get(what))
                if events & zmq.POLLOUT:
                    self._guard(self._writers.get(what))
            for _ in range(len(self._calls)):
                self._guard(self._calls.popleft())
            now = time.monotonic()
            for timer in [timer for timer in self._timers if timer.due <= now]:
                if timer.period:
                    timer.due = now + timer.period
                else:
                    self.cancel(timer)
                self._guard(timer.function)
        for _ in range(len(self._calls)):
            self._guard(self._calls.popleft())
        for link in list(self._readers):
            self.remove(link)
        for link in list(self._watches):
            self._forget(link)
        self._wake.close()
        self._waker.close()

    def _wake_up(self) -> None:
        try:
            self._waker.send(b"!")
        except OSError:  # it has more than enough of these, or has ended
            pass

    @staticmethod
    def _guard(function: Callable[[], Any] | None) -> None:
        try:
            if function is not None:
                function()
        except Exception:  # what one peer sends must not end the links to the others
            _log.exception("an error in the link's thread")
