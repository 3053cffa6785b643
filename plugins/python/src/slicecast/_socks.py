"""Connections through a SOCKS5 proxy (RFC 1928, without authentication), as `ssh -D` offers one.

libzmq's own client ends the process when the proxy refuses a connection, so each target gets an
entrance, a loopback port that libzmq connects to; what comes there goes on through the proxy. Like
the proxy itself, entrances are open to all users of this machine. A connection that fails is
closed, and libzmq tries again with its usual pauses.
"""
from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import struct
import threading

from .errors import InvalidArgument, Unavailable

_ADDRESS = re.compile(r"(?:tcp://)?(\[[^]]+\]|[^:/\[\]]+):(\d{1,5})")
_PROBE_S, _HANDSHAKE_S, _STEP_S = 1.0, 10.0, 5.0
_MOST_CONNECTIONS = 1024
_PIECE_BYTES = 1 << 16
Place = tuple[str, int]


def place_of(address: str, what: str) -> Place:
    """Host and port of "host:port" or "tcp://host:port"; `what` says which address is wrong."""
    found = _ADDRESS.fullmatch(address)
    if not found or not 0 < int(found[2]) < 65536:
        raise InvalidArgument(
            f"'{address}' is no address of {what}; write host:port, e.g. 127.0.0.1:1080"
        )
    return found[1].strip("[]"), int(found[2])


def connect_request(place: Place) -> bytes:
    """CONNECT to a name or to a numeric address (RFC 1928, section 4)."""
    host, port = place
    try:
        number = ipaddress.ip_address(host)
        target = bytes([1 if number.version == 4 else 4]) + number.packed
    except ValueError:
        name = host.encode()
        if len(name) > 255:
            raise InvalidArgument(f"the host name {host} is too long for a proxy") from None
        target = bytes([3, len(name)]) + name
    return b"\5\1\0" + target + struct.pack(">H", port)


class Tunnel:
    """Entrances to any number of targets; one named thread serves them all. Unavailable when no
    proxy listens at the start."""

    def __init__(self, proxy: str) -> None:
        self._proxy = place_of(proxy, "a SOCKS proxy")
        self._probe()
        self._entrances: dict[Place, asyncio.Server] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="socks", daemon=True)
        self._thread.start()

    def entrance(self, address: str) -> str:
        """tcp://127.0.0.1:PORT that leads to `address`, as the proxy sees it. Any other thread;
        Unavailable when no proxy listens now."""
        place = place_of(address, "a service")
        request = connect_request(place)
        self._probe()
        opened = asyncio.run_coroutine_threadsafe(self._open(place, request), self._loop)
        return f"tcp://127.0.0.1:{opened.result(_STEP_S)}"

    def _probe(self) -> None:
        host, port = self._proxy
        try:
            socket.create_connection(self._proxy, _PROBE_S).close()
        except OSError as error:
            raise Unavailable(
                f"no SOCKS proxy listens at {host}:{port} ({error}); start it "
                f"(ssh -D {port} HOST) or leave `socks` out"
            ) from None

    def close(self) -> None:
        """Ends all connections and the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(_STEP_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STEP_S)
        self._loop.close()

    async def _open(self, place: Place, request: bytes) -> int:
        if place not in self._entrances:
            self._entrances[place] = await asyncio.start_server(
                lambda reader, writer: self._accept(reader, writer, request), "127.0.0.1", 0
            )
        return int(self._entrances[place].sockets[0].getsockname()[1])

    async def _end(self) -> None:
        for server in self._entrances.values():
            server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            if len(self._connections) <= _MOST_CONNECTIONS:
                await self._serve(reader, writer, request)
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.CancelledError):
            pass  # libzmq sees its end of the connection close
        finally:
            self._connections.discard(connection)
            writer.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> None:
        far_reader, far_writer = await asyncio.wait_for(
            asyncio.open_connection(*self._proxy), _HANDSHAKE_S
        )
        flows: list[asyncio.Future[None]] = []
        try:
            await asyncio.wait_for(_shake_hands(far_reader, far_writer, request), _HANDSHAKE_S)
            flows = [
                asyncio.ensure_future(_forward(*way))
                for way in ((reader, far_writer), (far_reader, writer))
            ]
            await asyncio.wait(flows, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for flow in flows:
                flow.cancel()
            await asyncio.gather(*flows, return_exceptions=True)
            far_writer.close()


async def _shake_hands(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> None:
    writer.write(b"\5\1\0")  # one method: no authentication
    if await reader.readexactly(2) != b"\5\0":
        raise ConnectionRefusedError
    writer.write(request)
    version, outcome, _, kind = await reader.readexactly(4)
    if version != 5 or outcome != 0:
        raise ConnectionRefusedError
    length = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
    await reader.readexactly(length + 2)


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE_BYTES):
        writer.write(piece)
        await writer.drain()
