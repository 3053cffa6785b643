"""What a plugin offers, in plain Python: a feed to others and a name at the hub.

Written from proto/slicecast/v1/*.proto and docs/reference/messages.md alone, like wire_client.
"""
import os
import threading
import time

import numpy as np
import zmq

import wire_client
from slicecast.v1 import control_pb2, feed_pb2

FORGOTTEN_S, KEEP_ALIVE_S, RENEW_S = 3.0, 0.3, 0.5


def new_instance():
    return int(np.random.default_rng().integers(1, 2**62))


class Viewer:
    """One consumer of a feed: what it wants, what it has, and whether a message is under way."""

    def __init__(self, demand, instance):
        held = zip(demand.keys_held, demand.versions_held) if demand.instance == instance else ()
        self.seen = dict(held)  # key -> version
        self.due = {}           # key -> when its rate allows the next
        self.gone = {}          # removed keys not yet told -> version
        self.delivery = demand.last_taken + 1
        self.unreadable = demand.unreadable
        self.in_flight, self.last_sent = False, 0.0

    def hear(self, demand):
        taken = demand.last_taken == self.delivery or demand.unreadable > self.unreadable
        self.in_flight = self.in_flight and not taken
        self.unreadable = demand.unreadable
        self.subscriptions, self.heard = list(demand.subscriptions), time.monotonic()

    def rate_of(self, key):
        """Of the longest prefix that matches; None when none does."""
        match = [s for s in self.subscriptions if key.startswith(s.prefix)]
        return max(match, key=lambda s: len(s.prefix)).max_rate_hz if match else None


class FeedProducer(threading.Thread):
    """The producing end of a feed: a ROUTER, the newest of each key, one message in flight per consumer."""

    def __init__(self, address="tcp://127.0.0.1:*"):
        super().__init__(name="feed-producer", daemon=True)
        self.instance = new_instance()
        context = zmq.Context.instance()
        self.socket = context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.router_mandatory = 1
        self.socket.bind(address)
        self.address = self.socket.last_endpoint.decode()
        self.woken, self.waker = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        self.woken.bind(f"inproc://feed-{self.instance}")
        self.waker.connect(f"inproc://feed-{self.instance}")
        self.newest = {}   # key -> (version, header, pixel parts)
        self.highest = 0   # version of all keys that were removed
        self.viewers = {}  # routing id -> Viewer
        self.lock, self.stopping = threading.Lock(), threading.Event()

    def publish(self, key, pixels=None, **payload):
        """From one thread only. Replaces the newest of the key."""
        header = feed_pb2.FeedHeader(instance=self.instance, key=key, **payload)
        if pixels is not None:
            header.pixels.CopyFrom(wire_client.pixel_format(pixels))
        with self.lock:
            header.version = self.newest[key][0] + 1 if key in self.newest else self.highest + 1
            parts = [] if pixels is None else wire_client.split(pixels)
            self.newest[key] = (header.version, header, parts)
        self.wake()

    def remove(self, key):
        """From the thread that publishes."""
        with self.lock:
            if key not in self.newest:
                return
            version = self.newest.pop(key)[0] + 1
            self.highest = max(self.highest, version)
            for viewer in self.viewers.values():
                if viewer.seen.pop(key, None) is not None:
                    viewer.gone[key] = version
        self.wake()

    def wake(self):
        try:
            self.waker.send(b"", zmq.NOBLOCK)
        except zmq.Again:  # it has more than enough of these
            pass

    def run(self):
        poller = zmq.Poller()
        poller.register(self.socket, zmq.POLLIN)
        poller.register(self.woken, zmq.POLLIN)
        while not self.stopping.is_set():
            poller.poll(50)
            while self.woken.poll(0):
                self.woken.recv()
            with self.lock:
                while self.socket.poll(0):
                    self.hear(self.socket.recv_multipart())
                for peer, viewer in list(self.viewers.items()):
                    if not self.serve(peer, viewer, time.monotonic()):
                        del self.viewers[peer]
        self.socket.close()
        self.woken.close()

    def hear(self, message):
        try:
            demand = feed_pb2.FeedDemand.FromString(message[1])
        except Exception:  # no demand of ours
            return
        viewer = self.viewers.setdefault(message[0], Viewer(demand, self.instance))
        viewer.hear(demand)

    def serve(self, peer, viewer, now):
        """False: the consumer is silent or gone."""
        if now - viewer.heard > FORGOTTEN_S:
            return False
        ready = [] if viewer.in_flight else [
            key for key, (version, _, _) in self.newest.items()
            if viewer.rate_of(key) is not None and viewer.seen.get(key, 0) < version
            and viewer.due.get(key, 0) <= now]
        if viewer.gone and not viewer.in_flight:
            key, version = viewer.gone.popitem()
            header, parts = feed_pb2.FeedHeader(key=key, version=version, removed=True), []
        elif ready:
            key = min(ready, key=lambda k: viewer.due.get(k, 0))  # keys take turns
            version, header, parts = self.newest[key]
            header.superseded = max(0, version - viewer.seen.get(key, version) - 1)
            viewer.seen[key] = version
            rate = viewer.rate_of(key)
            viewer.due[key] = now + 1 / rate if rate else now
        elif viewer.last_sent + KEEP_ALIVE_S < viewer.heard:
            header, parts = feed_pb2.FeedHeader(), []
        else:
            return True
        header.instance, viewer.last_sent = self.instance, now
        if header.key:
            viewer.delivery += 1
            header.delivery, viewer.in_flight = viewer.delivery, True
        try:
            self.socket.send_multipart([peer, header.SerializeToString(), *parts], zmq.NOBLOCK)
            return True
        except zmq.ZMQError:
            return False

    def close(self):
        self.stopping.set()
        self.wake()
        self.join()
        self.waker.close()


class Announcer(threading.Thread):
    """Keeps a service listed at the hub and answers on its control link that it runs."""

    def __init__(self, hub_address, name, feed, prefixes, kind="plugin"):
        super().__init__(name="announcer", daemon=True)
        context = zmq.Context.instance()
        self.control, self.hub = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
        self.control.linger = self.hub.linger = 0
        self.control.bind("tcp://127.0.0.1:*")
        self.hub.connect(hub_address)
        links = {"control": self.control.last_endpoint.decode(), "feed": feed.address}
        self.service = control_pb2.Service(
            name=name, kind=kind, instance=feed.instance, feeds=prefixes, version="1", pid=os.getpid(),
            links=[control_pb2.Link(name=link, addresses=[address]) for link, address in links.items()])
        self.announced, self.refused = threading.Event(), None
        self.stopping, self.started = threading.Event(), time.monotonic()

    def run(self):
        poller = zmq.Poller()
        poller.register(self.control, zmq.POLLIN)
        poller.register(self.hub, zmq.POLLIN)
        next_renewal, requests = 0.0, 0
        while not self.stopping.is_set():
            if time.monotonic() >= next_renewal:
                requests, next_renewal = requests + 1, time.monotonic() + RENEW_S
                self.tell_hub(requests, announce=control_pb2.Announce(service=self.service))
            poller.poll(100)
            while self.hub.poll(0):
                reply = control_pb2.Reply.FromString(self.hub.recv())
                if reply.error_code == "already_exists":
                    self.refused = reply.error_message
                elif not reply.error_code:
                    self.announced.set()
            while self.control.poll(0):
                self.answer(*self.control.recv_multipart()[:2])
        withdraw = control_pb2.Withdraw(name=self.service.name, instance=self.service.instance)
        self.hub.linger = 100  # ms, for this one request
        self.tell_hub(requests + 1, withdraw=withdraw)
        self.control.close()
        self.hub.close()

    def tell_hub(self, number, **body):
        request = control_pb2.Request(id=number, client=self.service.name, **body)
        try:
            self.hub.send(request.SerializeToString(), zmq.NOBLOCK)
        except zmq.Again:  # the hub is away; the next renewal tries again
            pass

    def answer(self, peer, message):
        try:
            request = control_pb2.Request.FromString(message)
        except Exception:  # no request of ours
            return
        reply = control_pb2.Reply(id=request.id, instance=self.service.instance,
                                  server_time_ns=time.time_ns())
        body = request.WhichOneof("body")
        if body == "ping":
            reply.pong.SetInParent()
        elif body == "get_status":
            reply.status.CopyFrom(control_pb2.Status(
                service=self.service.name, kind=self.service.kind, version=self.service.version,
                uptime_s=time.monotonic() - self.started))
        elif body == "list_parameters":
            reply.parameters.SetInParent()
        else:
            reply.error_code, reply.error_message = "unsupported", f"{self.service.name} has no {body}"
        self.control.send_multipart([peer, reply.SerializeToString()])

    def close(self):
        self.stopping.set()
        self.join()


class SliceFeed:
    """The feed of the hub's slice server, found again when that restarts at another address."""

    def __init__(self, hub_address, prefixes):
        self.hub, self.prefixes = hub_address, prefixes
        self.address, self.feed = None, None

    def take(self, deadline_s):
        """As Feed.take(); None also while there is no slice server."""
        message = self.feed.take(deadline_s) if self.feed else None
        if not message:
            self.follow()
        return message

    def follow(self):
        try:
            listed = wire_client.services(self.hub)
            found = [wire_client.tcp_address(s, "feed") for s in listed.values() if s.kind == "slice"]
        except (wire_client.ControlError, KeyError):  # no hub, or no tcp: what is known stays good
            return
        if found and found[0] != self.address:
            self.close()
            self.address = found[0]
            self.feed = wire_client.Feed(self.address, self.prefixes)

    def close(self):
        if self.feed:
            self.feed.close()
