"""What every client stands on: the hub, a control link per service, feeds that follow restarts."""
from __future__ import annotations

import os
import secrets
import threading
import time
from typing import Any, Optional, Protocol, Sequence, TypeVar, Union

from . import _control, _directory, _feed_consumer, _loop, _network, errors, stream
from .v1 import control_pb2, feed_pb2

Service = _directory.Service


class Closable(Protocol):
    def close(self) -> None:
        """Ends it."""


Kept = TypeVar("Kept", bound=Closable)


class Connection:
    """To one hub and, through it, to all services."""

    def __init__(
        self,
        hub: Optional[str] = None,
        *,
        curve: Union[str, os.PathLike[str], None] = None,
        name: str = "python",
        observe: bool = False,
        timeout: float = 5.0,
        socks: Optional[str] = None,
    ) -> None:
        self.id = f"{name}-{secrets.token_hex(4)}"
        self.timeout = timeout
        self._role = control_pb2.OBSERVE if observe else control_pb2.OPERATE
        self._loop = _loop.Loop(f"slicecast {name}")
        try:
            self._network = _network.Network(self._loop, curve, socks=socks)
            self._directory = _directory.Directory(
                self._loop, self._network, _network.hub_address(hub), self.id
            )
        except BaseException:
            self._loop.close()
            raise
        self._lock = threading.Lock()
        self._controls: dict[str, _control.ControlClient] = {}
        self._open: list[Closable] = []
        self._closed = False

    def services(self) -> list[Service]:
        """Everybody at the hub, sorted by name."""
        return self._directory.services(self.timeout)

    def service(self, name_or_kind: str, timeout: Optional[float] = None) -> Service:
        """By name, else the only one of that kind; waits for one that is still starting."""
        return self._directory.find(name_or_kind, self.timeout if timeout is None else timeout)

    def ask(self, service: str, timeout: Optional[float] = None, **body: Any) -> control_pb2.Reply:
        """Any request of control.proto by the name of its body, e.g. `find_axis=FindAxis()`."""
        timeout = self.timeout if timeout is None else timeout
        end = time.monotonic() + timeout
        control = self._control(service, timeout)
        return control.request(max(0.01, end - time.monotonic()), **body)

    def close(self) -> None:
        """Ends all that is still open."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            still_open = list(self._open)
        for one in still_open:
            one.close()
        self._loop.ask(self._close_controls)
        self._loop.close()
        self._network.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _close_controls(self) -> None:
        for control in [*self._controls.values(), self._directory.control]:
            control.close()

    def _forget(self, closed: Closable) -> None:
        with self._lock:
            if closed in self._open:
                self._open.remove(closed)

    def _keep(self, made: Kept) -> Kept:
        """Closed with us, unless it is before."""
        with self._lock:
            self._open.append(made)
        return made

    def _control(self, service: str, timeout: float) -> _control.ControlClient:
        if self._closed:
            raise errors.Cancelled("this client is closed")
        if service == "hub":
            return self._directory.control
        with self._lock:
            control = self._controls.get(service)
        if control is not None:
            return control
        self._directory.find(service, timeout)  # so that a wrong name is told with the right ones
        with self._lock:
            if service not in self._controls:
                made = _control.ControlClient(
                    self._loop, self._network, self.id, self._role, f"'{service}'"
                )
                self._controls[service] = made
                self._directory.follow(
                    service,
                    "control",
                    lambda found: made.connect(
                        found.address("control"), found.public_key, found.instance
                    ),
                )
            return self._controls[service]

    def _stream(
        self,
        service: str,
        subscriptions: Sequence[feed_pb2.Subscription],
        kind: Any,
        key: Optional[str],
        timeout: Optional[float],
        ends: bool = False,
    ) -> stream.Stream[Any]:
        if self._closed:
            raise errors.Cancelled("this client is closed")
        timeout = self.timeout if timeout is None else timeout
        self._directory.find(service, timeout)
        consumer = _feed_consumer.FeedConsumer(self._loop, self._network, self.id, subscriptions)
        number = self._directory.follow(
            service, "feed", lambda found: consumer.connect(found.address("feed"), found.public_key)
        )
        made: stream.Stream[Any] = stream.Stream(
            consumer,
            service,
            kind,
            key,
            timeout,
            ends,
            lambda: self._directory.unfollow(number),
            self._forget,
        )
        return self._keep(made)
