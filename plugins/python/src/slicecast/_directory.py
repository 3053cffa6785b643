"""Who is there: asks the hub, and follows services that restart at other addresses."""
from __future__ import annotations

import dataclasses
import itertools
import threading
import time
from typing import Callable, Iterable

from . import _control, _loop, _network, errors
from .v1 import control_pb2

ASK_PERIOD_S = 0.2  # a restarted service is followed this late at most
_HUB_DEADLINE_S = 1.0


@dataclasses.dataclass(frozen=True)
class Service:
    """One process at the hub."""

    name: str
    kind: str  # source, projection, slice, hub or plugin
    instance: int  # changes with each start
    links: dict[str, list[str]]  # control, bulk, feed, raw, metrics -> addresses
    feeds: tuple[str, ...]  # keys or prefixes of keys that it publishes
    host: str
    version: str
    public_key: str
    pid: int

    def address(self, link: str) -> str:
        """Where to reach a link from here; empty when it has none."""
        return _network.preferred_address(self.links.get(link, []), self.host)


def service_of(message: control_pb2.Service) -> Service:
    return Service(
        message.name,
        message.kind,
        message.instance,
        {link.name: list(link.addresses) for link in message.links},
        tuple(message.feeds),
        message.host,
        message.version,
        message.public_key,
        message.pid,
    )


def choose(services: Iterable[Service], name_or_kind: str) -> Service | None:
    """The service of that name, else the only one of that kind."""
    listed = list(services)
    for service in listed:
        if service.name == name_or_kind:
            return service
    of_kind = [service for service in listed if service.kind == name_or_kind]
    return of_kind[0] if len(of_kind) == 1 else None


Found = Callable[[Service], None]


class Directory:
    """The hub's list. While somebody follows a service it is asked for again and again; what was
    found stays good while the hub is away."""

    def __init__(self, loop: _loop.Loop, network: _network.Network, hub: str, client: str) -> None:
        self.address = hub
        self.control = _control.ControlClient(loop, network, client, control_pb2.OBSERVE, "the hub")
        self._loop = loop
        self._last: list[Service] | None = None
        self._changed = threading.Condition()
        self._followed: dict[int, tuple[str, str, Found]] = {}
        self._told: dict[int, Service] = {}
        self._followers = itertools.count(1)
        self._watcher: Callable[[list[Service]], None] | None = None
        self._timer: _loop.Timer | None = None
        self._asking = False
        loop.ask(lambda: self.control.connect(hub))

    def services(self, timeout: float) -> list[Service]:
        """Sorted by name. While the hub is away, what it said last."""
        try:
            reply = self.control.request(
                min(timeout, 0.5) if self._last is not None else timeout,
                list_services=control_pb2.ListServices(),
            )
        except errors.DeadlineExceeded:
            if self._last is not None:
                return self._last
            raise errors.Unavailable(
                f"no hub answers at {self.address}; start slicecast-hub (or `slicecast up`), give "
                "its address, or, if it wants keys, `curve` with a key that it allows"
            ) from None
        return self._learn(reply)

    def find(self, name_or_kind: str, timeout: float) -> Service:
        """Waits until it is listed, because services start in any order."""
        end = time.monotonic() + timeout
        while True:
            listed = self.services(max(0.05, end - time.monotonic()))
            found = choose(listed, name_or_kind)
            if found is not None:
                return found
            left = end - time.monotonic()
            if left <= 0:
                names = ", ".join(service.name for service in listed) or "the hub knows none yet"
                raise errors.NotFound(f"no service is called '{name_or_kind}'; there are: {names}")
            with self._changed:
                self._changed.wait(min(left, ASK_PERIOD_S))

    def follow(self, name_or_kind: str, link: str, found: Found) -> int:
        """Calls `found` on the loop, now if it is known and with each new instance or address of
        the link. Any thread; the number ends it."""
        number = next(self._followers)

        def begin() -> None:
            self._followed[number] = (name_or_kind, link, found)
            self._tell(self._last or [])
            self._keep_asking()

        self._loop.call(begin)
        return number

    def watch(self, watcher: Callable[[list[Service]], None] | None) -> None:
        """Calls it on the loop with each answer of the hub; there is one watcher."""

        def begin() -> None:
            self._watcher = watcher
            self._keep_asking()

        self._loop.call(begin)

    def unfollow(self, number: int) -> None:
        def end() -> None:
            self._followed.pop(number, None)
            self._told.pop(number, None)
            self._keep_asking()

        self._loop.call(end)

    def _keep_asking(self) -> None:
        wanted = bool(self._followed) or self._watcher is not None
        if wanted and self._timer is None:
            self._timer = self._loop.every(ASK_PERIOD_S, self._ask)
        elif not wanted and self._timer is not None:
            self._loop.cancel(self._timer)
            self._timer = None

    def _ask(self) -> None:
        if self._asking:
            return
        self._asking = True

        def answered(result: control_pb2.Reply | errors.SlicecastError) -> None:
            self._asking = False
            if not isinstance(result, errors.SlicecastError):
                self._learn(result)

        self.control.post(_HUB_DEADLINE_S, answered, list_services=control_pb2.ListServices())

    def _learn(self, reply: control_pb2.Reply) -> list[Service]:
        listed = sorted(
            (service_of(service) for service in reply.services.services),
            key=lambda service: service.name,
        )
        with self._changed:
            self._last = listed
            self._changed.notify_all()
        self._loop.call(lambda: self._tell(listed))
        return listed

    def _tell(self, listed: list[Service]) -> None:
        if self._watcher is not None:
            self._watcher(listed)
        for number, (name, link, found) in list(self._followed.items()):
            service, told = choose(listed, name), self._told.get(number)
            if service is None or not service.address(link):
                continue
            if told is None or (told.instance, told.links) != (service.instance, service.links):
                self._told[number] = service
                found(service)
