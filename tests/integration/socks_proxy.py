"""A SOCKS5 proxy without authentication, as `ssh -D` offers it; can be held to a rate like a thin link."""
import select
import socket
import struct
import threading
import time

CHUNK = 1 << 14  # small, so that links take turns
BURST_S = 0.005
MOST_LATE_S = 0.1


class Pace:
    """So many bytes per second of all connections together; a rate of 0 holds nobody up."""

    def __init__(self, bytes_per_s):
        self.bytes_per_s, self.free_at = bytes_per_s, 0.0
        self.lock, self.closing = threading.Lock(), threading.Event()

    def pass_on(self, count, late_s=0.0):
        """Returns when the line has room for so many bytes, and how late that was. What a late wake-up lost is made
        up for by those bytes that waited meanwhile."""
        if not self.bytes_per_s:
            return 0.0
        with self.lock:
            self.free_at = max(self.free_at, time.monotonic() - BURST_S - late_s) + count / self.bytes_per_s
            due = self.free_at
        wait = due - time.monotonic()
        if wait > 0:
            self.closing.wait(wait)
        return min(max(time.monotonic() - due, 0.0), MOST_LATE_S)


class SocksProxy(threading.Thread):
    """Counts what it connects to and what it brings back; the rate holds for what it brings back."""

    def __init__(self, bytes_per_s=0):
        super().__init__(name="socks", daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.reached, self.brought, self.pace = [], 0, Pace(bytes_per_s)

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        with peer:
            def take(count):
                got = b""
                while len(got) < count:
                    part = peer.recv(count - len(got))
                    if not part:
                        raise ConnectionError
                    got += part
                return got
            try:
                take(take(2)[1])
                peer.sendall(b"\5\0")
                kind = take(4)[3]
                host = socket.inet_ntoa(take(4)) if kind == 1 else take(take(1)[0]).decode()
                port = struct.unpack(">H", take(2))[0]
                with socket.socket() as far:
                    # What lies in buffers is on the far side of the line: as little as a real one has.
                    far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 17)
                    far.connect((host, port))
                    self.reached.append(port)
                    peer.sendall(b"\5\0\0\1" + bytes(6))
                    self.forward(peer, far)
            except OSError:
                return

    def forward(self, peer, far):
        late_s = 0.0
        while True:
            waiting, *_ = select.select([peer, far], [], [], 0)
            if far not in waiting:
                late_s = 0.0  # the line was idle, and lost nothing
            for ready in waiting or select.select([peer, far], [], [])[0]:
                part = ready.recv(CHUNK)
                if not part:
                    return
                if ready is far:
                    late_s = self.pace.pass_on(len(part), late_s)
                    self.brought += len(part)
                (far if ready is peer else peer).sendall(part)

    def close(self):
        self.pace.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
