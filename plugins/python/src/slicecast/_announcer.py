"""A service of our own: listed at the hub under a lease, and answering on its control link."""
from __future__ import annotations

import enum
import os
import threading
import time
from typing import Callable, Optional, Sequence

from . import _control, _directory, _loop, _network, _version, errors
from .v1 import control_pb2

_LEASE_MS = 3000
_RENEW_S = 0.5
_ASK_AGAIN_S = 0.05  # while there is no hub, or it looks whether the former holder still runs
_HUB_DEADLINE_S = 1.0


class State(enum.Enum):
    SEEKING_HUB = 0
    UNDECIDED = 1  # the hub finds out whether the former holder of our name still runs
    ANNOUNCED = 2
    REFUSED = 3  # it does


def _advertised(addresses: Sequence[str], host: str) -> list[str]:
    """As others reach them."""
    made = []
    for address in addresses:
        if address.startswith("tcp://"):
            bound, _, port = address[6:].rpartition(":")
            if host:
                address = f"tcp://{host}:{port}"
            elif bound in ("0.0.0.0", "*", "[::]"):
                raise errors.InvalidArgument(
                    f"bind {bound} is no address that others can connect to; "
                    "set `advertise` to the host name or address they reach "
                    "this machine by"
                )
        made.append(address)
    return made


class AnnouncedService:
    """Keeps a service listed; survives a hub that comes and goes. `refused` is called once, on the
    loop, when a live service has the name. Ping and status are answered here, the rest by
    `handler`."""

    def __init__(
        self,
        loop: _loop.Loop,
        network: _network.Network,
        directory: _directory.Directory,
        *,
        name: str,
        kind: str,
        instance: int,
        bind: str,
        advertise: str,
        links: dict[str, list[str]],
        feeds: Sequence[str],
        handler: _control.Handler,
        metrics_address: str = "",
        control_port: int = 0,
        refused: Optional[Callable[[str], None]] = None,
    ) -> None:
        self.state, self.refusal = State.SEEKING_HUB, ""
        self.name, self.kind = name, kind
        self._loop, self._hub = loop, directory.control
        self._handler, self._refused = handler, refused
        self._started = time.monotonic()
        self._changed = threading.Condition()
        self._timer: Optional[_loop.Timer] = None
        self._control = _control.ControlServer(
            loop,
            network,
            _network.bind_addresses(name, "control", bind, control_port),
            instance,
            self._answer,
        )
        offered = {"control": self._control.addresses, **links}
        self._service = control_pb2.Service(
            name=name,
            kind=kind,
            instance=instance,
            feeds=feeds,
            host=_network.host_id(),
            version=_version.VERSION,
            public_key=network.public_key,
            pid=os.getpid(),
            links=[
                control_pb2.Link(name=link, addresses=_advertised(addresses, advertise))
                for link, addresses in offered.items()
            ],
        )
        if metrics_address:
            self._service.links.add(name="metrics", addresses=[metrics_address])
        loop.call(self._announce)

    def wait(self, timeout: float) -> None:
        """Until the hub has granted the name; AlreadyExists when it is refused, Unavailable without
        a hub (it is announced once there is one)."""
        with self._changed:
            self._changed.wait_for(lambda: self.state in (State.ANNOUNCED, State.REFUSED), timeout)
        if self.state is State.REFUSED:
            raise errors.AlreadyExists(self.refusal)
        if self.state is not State.ANNOUNCED:
            raise errors.Unavailable(
                "no hub has listed this service yet; start slicecast-hub or give " "its address"
            )

    def wait_for_change(self, state: State, timeout: float) -> State:
        """The state, once it is another or at the deadline."""
        with self._changed:
            self._changed.wait_for(lambda: self.state is not state, timeout)
            return self.state

    def close(self) -> None:
        """Withdraws the name, waiting for the hub for 100 ms at most."""
        done = threading.Event()

        def end() -> None:
            if self._timer is not None:
                self._loop.cancel(self._timer)
            self._control.close()
            announced, self.state = self.state, State.REFUSED
            if announced is not State.ANNOUNCED:
                return done.set()
            self._hub.post(
                0.1,
                lambda _: done.set(),
                withdraw=control_pb2.Withdraw(name=self.name, instance=self._service.instance),
            )

        self._loop.call(end)
        done.wait(0.5)

    def _announce(self) -> None:
        self._timer = None
        if self.state is not State.REFUSED:
            self._hub.post(
                _HUB_DEADLINE_S,
                self._told,
                announce=control_pb2.Announce(service=self._service, lease_ms=_LEASE_MS),
            )

    def _told(self, result: control_pb2.Reply | errors.SlicecastError) -> None:
        if self.state is State.REFUSED:  # closed meanwhile
            return
        pause = _ASK_AGAIN_S
        if isinstance(result, errors.AlreadyExists):
            self.refusal = str(result)
            self._enter(State.REFUSED)
            if self._refused is not None:
                self._refused(self.refusal)
            return
        if isinstance(result, errors.Unavailable):
            self._enter(State.UNDECIDED)
        elif isinstance(result, errors.SlicecastError):
            self._enter(State.SEEKING_HUB)
        else:
            self._enter(State.ANNOUNCED)
            pause = _RENEW_S
        self._timer = self._loop.after(pause, self._announce)

    def _enter(self, state: State) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()

    def _answer(self, request: control_pb2.Request, reply: control_pb2.Reply) -> None:
        body = request.WhichOneof("body")
        if body is None:
            raise errors.Malformed("the request has no body; see control.proto for the bodies")
        if body == "ping":
            reply.pong.SetInParent()
            return
        if body == "get_status":
            reply.status.CopyFrom(
                control_pb2.Status(
                    service=self.name,
                    kind=self.kind,
                    version=_version.VERSION,
                    uptime_s=time.monotonic() - self._started,
                    your_role=request.role,
                )
            )
        self._handler(request, reply)
