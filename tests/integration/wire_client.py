"""A client of the wire contract in plain Python: zmq, protobuf and NumPy, nothing of Slicecast's own code.

Written from proto/slicecast/v1/*.proto and docs/reference/messages.md alone.
"""
import itertools
import threading
import time

import numpy as np
import zmq

from slicecast.v1 import bulk_pb2, common_pb2, control_pb2, feed_pb2

PART = 1 << 20
LOOK_MS = 20000  # for a request that is repeated: its service may have gone meanwhile
DTYPES = {
    common_pb2.UINT8: np.uint8, common_pb2.UINT16: np.uint16, common_pb2.UINT32: np.uint32,
    common_pb2.UINT64: np.uint64, common_pb2.INT8: np.int8, common_pb2.INT16: np.int16,
    common_pb2.INT32: np.int32, common_pb2.INT64: np.int64, common_pb2.FLOAT16: np.float16,
    common_pb2.FLOAT32: np.float32, common_pb2.FLOAT64: np.float64,
}
TYPES = {np.dtype(dtype): number for number, dtype in DTYPES.items()}


class ControlError(Exception):
    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


class Control:
    """Requests with an id and a deadline; late replies are dropped. The deadline is a hang guard; who asks again and
    again until something is there gives LOOK_MS."""

    def __init__(self, address, client="python-1", role=control_pb2.OPERATE):
        self.client, self.role = client, role
        self.ids = itertools.count(1)
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(address)

    def request(self, deadline_ms=60000, **body):
        request = control_pb2.Request(id=next(self.ids), client=self.client, role=self.role,
                                      deadline_ms=deadline_ms, **body)
        self.socket.send(request.SerializeToString())
        end = time.monotonic() + deadline_ms / 1000
        while True:
            left = int(1000 * (end - time.monotonic()))
            if left <= 0 or not self.socket.poll(left):
                raise ControlError("deadline_exceeded", "no answer in time")
            reply = control_pb2.Reply.FromString(self.socket.recv())
            if reply.id != request.id:
                continue
            if reply.error_code:
                raise ControlError(reply.error_code, reply.error_message)
            return reply

    def close(self):
        self.socket.close()


def services(hub_address):
    hub = Control(hub_address)
    try:
        reply = hub.request(LOOK_MS, list_services=control_pb2.ListServices())
        return {service.name: service for service in reply.services.services}
    finally:
        hub.close()


def tcp_address(service, link):
    for offered in service.links:
        if offered.name == link:
            for address in offered.addresses:
                if address.startswith("tcp://"):
                    return address
    raise KeyError(f"{service.name} has no tcp link {link}")


def split(array):
    """Pixels as message parts of at most 1 MiB."""
    raw = memoryview(np.ascontiguousarray(array)).cast("B")
    return [raw[i:i + PART] for i in range(0, len(raw), PART)]


def pixel_format(array):
    return common_pb2.PixelFormat(type=TYPES[array.dtype], shape=list(array.shape),
                                  bytes=array.nbytes)


class RawSource(threading.Thread):
    """The producing end of the native raw link: a ROUTER with one ring and a cursor per consumer."""

    def __init__(self, address="tcp://127.0.0.1:*"):
        super().__init__(name="raw-source", daemon=True)
        self.instance = int(np.random.default_rng().integers(1, 2**62))
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.router_mandatory = 1
        self.socket.bind(address)
        self.address = self.socket.last_endpoint.decode()
        self.ring, self.preamble = [], None
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.cursors = {}

    def publish(self, pixels=None, **payload):
        with self.lock:
            header = bulk_pb2.BulkHeader(instance=self.instance, sequence=len(self.ring) + 1,
                                         oldest=1, **payload)
            parts = []
            if pixels is not None:
                header.pixels.CopyFrom(pixel_format(pixels))
                parts = split(pixels)
            self.ring.append([header.SerializeToString(), *parts])
            if "scan_start" in payload:
                header.sequence = 0
                self.preamble = [header.SerializeToString()]

    def run(self):
        while not self.stopping.is_set():
            while self.socket.poll(20):
                peer, *parts = self.socket.recv_multipart()
                try:
                    demand = bulk_pb2.BulkDemand.FromString(parts[0])
                except Exception:
                    continue
                known = demand.instance == self.instance
                first = max(demand.next_sequence, 1) if known else 1
                start = first
                if peer in self.cursors:
                    start = max(self.cursors[peer][0], first)
                elif known and demand.next_receive:
                    start = max(demand.next_receive, 1)
                elif self.preamble:
                    self.send(peer, self.preamble)
                self.cursors[peer] = [start, first + demand.window]
            for peer, cursor in list(self.cursors.items()):
                while cursor[0] < cursor[1] and cursor[0] <= len(self.ring):
                    if not self.send(peer, self.ring[cursor[0] - 1]):
                        del self.cursors[peer]
                        break
                    cursor[0] += 1
        self.socket.close()

    def send(self, peer, parts):
        try:
            self.socket.send_multipart([peer, *parts], copy=False)
            return True
        except zmq.ZMQError:
            return False

    def close(self):
        self.stopping.set()
        self.join()


class Feed:
    """The consuming end of a feed: says what it wants and what it took last, again and again."""

    def __init__(self, address, prefixes, consumer="python"):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(address)
        self.demand = feed_pb2.FeedDemand(consumer=consumer)
        self.demand.subscriptions.extend(
            prefix if isinstance(prefix, feed_pb2.Subscription) else
            feed_pb2.Subscription(prefix=prefix) for prefix in prefixes)

    def ask(self):
        self.socket.send(self.demand.SerializeToString())

    def take(self, deadline_s=60.0):
        """(header, array or None), or None at the deadline, which is a hang guard unless nothing is to come."""
        end = time.monotonic() + deadline_s
        self.ask()
        while time.monotonic() < end:
            if not self.socket.poll(min(500, max(1, int(1000 * (end - time.monotonic()))))):
                self.ask()
                continue
            head, *parts = self.socket.recv_multipart()
            header = feed_pb2.FeedHeader.FromString(head)
            if header.instance != self.demand.instance:
                self.demand.instance = header.instance
            if not header.key:
                continue
            self.demand.last_taken = header.delivery
            array = None
            if header.HasField("pixels"):
                array = np.frombuffer(b"".join(parts), DTYPES[header.pixels.type])
                array = array.reshape(header.pixels.shape)
                if header.pixels.scale or header.pixels.offset:
                    array = array * (header.pixels.scale or 1.0) + header.pixels.offset
            return header, array
        return None

    def wait(self, condition, deadline_s=60.0):
        """The first message that fulfils the condition; the deadline is a hang guard."""
        end = time.monotonic() + deadline_s
        while time.monotonic() < end:
            got = self.take(min(2.0, max(0.01, end - time.monotonic())))
            if got and condition(got[0]):
                self.ask()
                return got
        raise AssertionError("the awaited message did not come")

    def close(self):
        self.socket.close()


def vec(x, y, z):
    return common_pb2.Vec3(x_mm=x, y_mm=y, z_mm=z)


def square(size, edge_mm, z_mm=0.0, **more):
    """SetSlice of a horizontal square centred on the axis."""
    half = edge_mm / 2
    return control_pb2.SetSlice(base=vec(-half, -half, z_mm), axis1=vec(edge_mm, 0, 0),
                                axis2=vec(0, edge_mm, 0), rows=size, columns=size, **more)
