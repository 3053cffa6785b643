"""The one place where sockets are made: options, addresses, CURVE keys and the allow-list."""
from __future__ import annotations

import itertools
import os
import pathlib
import re
import secrets
import stat
from typing import Any, Callable

import zmq
from zmq.utils import z85

from . import _loop, _socks
from .errors import AlreadyExists, InvalidArgument, Malformed, NotFound, PermissionDenied

HUB_PORT = 47600
MAX_PART_BYTES = 4 << 20  # the longest header; pixels come in parts of 1 MiB
_MOST_UNHEARD = 4 * MAX_PART_BYTES  # of a connection, between two whole messages
_PEER_MESSAGES = 5000  # credit keeps links far below
_LONGEST_IPC_PATH = 100
_numbers = itertools.count()
_z85: Any = z85  # has no types


def new_instance() -> int:
    """A random number that tells this process or producer from all others."""
    return secrets.randbits(62) + 1


def hub_address(given: str | None) -> str:
    """What is given, else SLICECAST_HUB, else the hub's fixed port of this machine."""
    return given or os.environ.get("SLICECAST_HUB") or f"tcp://127.0.0.1:{HUB_PORT}"


def host_id() -> str:
    """Equal for processes that can reach each other's ipc addresses."""
    try:
        return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def preferred_address(addresses: list[str], host: str) -> str:
    """ipc on the same machine, else the first tcp address; empty: none can be used."""
    for address in addresses:
        if (
            address.startswith("ipc://")
            and host
            and host == host_id()
            and os.access(address[6:], os.W_OK)
        ):
            return address
    return next((address for address in addresses if address.startswith("tcp://")), "")


def _runtime_folder() -> pathlib.Path | None:
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    for folder in ([pathlib.Path(base) / "slicecast"] if base.startswith("/") else []) + [
        pathlib.Path(f"/tmp/slicecast-{os.geteuid()}")
    ]:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = folder.lstat()
        except OSError:
            continue
        if (
            stat.S_ISDIR(found.st_mode)
            and found.st_uid == os.geteuid()
            and stat.S_IMODE(found.st_mode) & 0o077 == 0
        ):
            return folder
    return None


def bind_addresses(name: str, link: str, host: str, port: int) -> list[str]:
    """tcp on `host`, and an ipc path where one can be had, which this machine prefers."""
    tcp = [f"tcp://{host}:{port or '*'}"]
    folder = _runtime_folder()
    if folder is None:
        return tcp
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{name}-{link}")[:40]
    path = folder / f"{safe}-{os.getpid()}-{next(_numbers)}-{secrets.randbelow(10000)}"
    return ([f"ipc://{path}"] if len(str(path)) <= _LONGEST_IPC_PATH else []) + tcp


def read_key(file: pathlib.Path) -> str:
    """A CURVE key: one line of 40 Z85 characters."""
    try:
        key = file.read_text().split()[0]
    except (OSError, IndexError):
        raise NotFound(
            f"cannot read the key {file}; make keys with `slicecast keys DIRECTORY`"
        ) from None
    try:
        if len(key) != 40 or len(_z85.decode(key)) != 32:
            raise ValueError
    except (ValueError, KeyError):
        raise Malformed(
            f"{file} holds no CURVE key; it must be one line of 40 Z85 " "characters"
        ) from None
    return key


class Network:
    """ZeroMQ context and keys of one client or plugin; sockets are made on the loop's thread."""

    def __init__(
        self,
        loop: _loop.Loop,
        curve: str | os.PathLike[str] | None = None,
        allow_plain_public: bool = False,
        socks: str | None = None,
    ) -> None:
        self._loop = loop
        self._tunnel = _socks.Tunnel(socks) if socks else None
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.public_key = self._secret_key = ""
        self._folder: pathlib.Path | None = None
        self._allow_plain_public = allow_plain_public
        if not curve:
            return
        folder = self._folder = pathlib.Path(curve)
        secret = folder / "secret.key"
        if secret.exists() and secret.stat().st_mode & 0o077:
            raise PermissionDenied(f"others may read {secret}; run chmod 600 on it")
        self._secret_key = read_key(secret)
        self.public_key = read_key(folder / "public.key")
        if zmq.curve_public(self._secret_key.encode()) != self.public_key.encode():
            raise Malformed(f"public.key and secret.key in {folder} are not a pair; make both anew")
        loop.ask(lambda: self._guard_doors(loop))

    def connect(
        self,
        address: str,
        announced_key: str = "",
        longest: int = 0,
        cut: Callable[[], None] = lambda: None,
    ) -> zmq.Socket[bytes]:
        """A DEALER; `announced_key` is the server's, as the hub tells it. Through the proxy, if there
        is one and the address is one of TCP. `longest`: bytes of pixels that a message may have; a
        connection that brings more is ended, and `cut` called."""
        key = self._key_of_server(announced_key, address)
        route = address
        if self._tunnel and address.startswith("tcp://"):
            route = self._tunnel.entrance(address)
        socket = self._socket(zmq.DEALER, _MOST_UNHEARD + longest, cut)
        if key:
            socket.curve_serverkey = key.encode()
            socket.curve_publickey = self.public_key.encode()
            socket.curve_secretkey = self._secret_key.encode()
        try:
            socket.connect(route)
        except zmq.ZMQError as error:
            socket.close()
            raise InvalidArgument(
                f"cannot connect to {address}: {error}; write tcp://HOST:PORT or " "ipc://PATH"
            ) from None
        return socket

    def bind(
        self, addresses: list[str], cut: Callable[[], None] = lambda: None
    ) -> tuple[zmq.Socket[bytes], list[str]]:
        """A ROUTER and the addresses it got. A public address wants keys. `cut` is called for each
        peer that was cut off because it did not end what it sent."""
        for address in addresses:
            private = address.startswith(
                ("ipc://", "tcp://127.", "tcp://localhost:", "tcp://[::1]:")
            )
            if not (private or self.public_key or self._allow_plain_public):
                raise PermissionDenied(
                    f"{address} can be reached from other machines and nothing "
                    "protects it; set `curve`, bind to 127.0.0.1, or pass "
                    "--allow-plain-public"
                )
        socket = self._socket(zmq.ROUTER, _MOST_UNHEARD, cut)
        socket.router_mandatory = True
        if self.public_key:
            socket.curve_server = True
            socket.curve_secretkey = self._secret_key.encode()
            socket.zap_domain = b"slicecast"
        bound = []
        for address in addresses:
            try:
                socket.bind(address.replace("tcp://localhost:", "tcp://127.0.0.1:"))
            except zmq.ZMQError as error:
                socket.close()
                if error.errno == zmq.EADDRINUSE:
                    raise AlreadyExists(
                        f"{address} is in use by another process; stop that one, or "
                        "configure another port (0 lets the system choose)"
                    ) from None
                raise InvalidArgument(
                    f"cannot bind {address}: {error}; give an address of this " "machine"
                ) from None
            endpoint = socket.getsockopt(zmq.LAST_ENDPOINT)
            bound.append(endpoint.decode() if isinstance(endpoint, bytes) else str(endpoint))
        return socket, bound

    def close(self) -> None:
        """After the loop has ended."""
        if self._tunnel:
            self._tunnel.close()
        self.context.destroy(linger=0)

    def _socket(self, kind: int, allowed: int, cut: Callable[[], None]) -> zmq.Socket[bytes]:
        socket = self.context.socket(kind)
        socket.linger = 0
        socket.set_hwm(_PEER_MESSAGES)
        socket.immediate = True
        socket.reconnect_ivl, socket.reconnect_ivl_max = 50, 500
        socket.handshake_ivl = 5000
        socket.heartbeat_ivl, socket.heartbeat_timeout = 2000, 10000
        socket.heartbeat_ttl = 10000
        socket.maxmsgsize = MAX_PART_BYTES
        self._loop.watch(socket, allowed, cut)
        return socket

    def _allowed_keys(self) -> list[str]:
        """Read anew each time, so that a key that is added works at once."""
        assert self._folder is not None
        keys = [self.public_key]
        for file in sorted((self._folder / "allowed").glob("*.key")):
            try:
                keys.append(read_key(file))
            except (NotFound, Malformed):  # what cannot be read is left out, never let in
                continue
        return keys

    def _key_of_server(self, announced: str, address: str) -> str:
        if self._folder is None:
            if announced:
                raise PermissionDenied(
                    f"{address}: this server wants CURVE keys; set `curve` to a "
                    "folder with a key pair whose public key the server allows"
                )
            return ""
        if not announced:
            server = self._folder / "allowed" / "server.key"
            return read_key(server) if server.exists() else self.public_key
        if announced not in self._allowed_keys():
            raise PermissionDenied(
                f"{address}: the server's key is not in {self._folder}/allowed; "
                "copy its public.key there if it is to be trusted"
            )
        return announced

    def _guard_doors(self, loop: _loop.Loop) -> None:
        """Answers ZeroMQ's question who may connect (ZAP, rfc.zeromq.org/spec/27)."""
        door = self.context.socket(zmq.ROUTER)
        door.linger = 0
        door.bind("inproc://zeromq.zap.01")

        def answer() -> None:
            message = door.recv_multipart(zmq.NOBLOCK)
            if len(message) < 8:
                return
            peer, version, request = message[0], message[2], message[3]
            mechanism, credentials = message[7], message[8:]
            allowed = (
                mechanism == b"CURVE"
                and len(credentials) == 1
                and len(credentials[0]) == 32
                and _z85.encode(credentials[0]).decode() in self._allowed_keys()
            )
            status, text = (b"200", b"OK") if allowed else (b"400", b"not in the allow-list")
            door.send_multipart([peer, b"", version, request, status, text, b"peer", b""])

        loop.add(door, answer)
