"""The package's producing ends against consumers that know the wire contract alone."""
import os
import socket
import struct
import time

import numpy as np
import pytest
import zmq

import socks_proxy
import system
import wire_client
from slicecast import _bulk_producer, _feed_consumer, _feed_producer, _loop, _network, _publisher, _socks
from slicecast import _watch, errors, results
from slicecast.v1 import bulk_pb2, feed_pb2

IMAGE = np.random.default_rng(1).normal(size=(6, 9)).astype(np.float32)


@pytest.fixture
def loop():
    made = _loop.Loop("test")
    network = _network.Network(made)
    made.network = network
    yield made
    made.close()
    network.close()


@pytest.fixture
def producer(loop):
    return _feed_producer.FeedProducer(
        loop, loop.network, ["tcp://127.0.0.1:*"], _network.new_instance()
    )


@pytest.fixture
def ring(loop):
    """Of four frames."""
    return _bulk_producer.BulkProducer(
        loop, loop.network, ["tcp://127.0.0.1:*"], _network.new_instance(), 4 * IMAGE.nbytes
    )


def values(text=""):
    return feed_pb2.FeedHeader(values=feed_pb2.ValueImage(quantity=text))


class Consumer:
    """Of a bulk link, as the reference page describes one."""

    def __init__(self, address, name="black box"):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(address)
        self.demand = bulk_pb2.BulkDemand(window=2, consumer=name)

    def take(self, kind=None):
        """The next message with a payload, or a keep-alive if that is asked for; the former is
        taken."""
        while True:
            self.socket.send(self.demand.SerializeToString())
            if not self.socket.poll(500):
                continue
            head, *parts = self.socket.recv_multipart()
            header = bulk_pb2.BulkHeader.FromString(head)
            self.demand.instance = header.instance
            if header.sequence:
                self.demand.next_sequence = max(header.sequence + 1, self.demand.next_sequence)
            if header.WhichOneof("payload") or kind == "alive":
                return header, b"".join(parts)


def frame(number):
    return bulk_pb2.BulkHeader(frame=bulk_pb2.Frame(scan_id="s", id=number))


def test_garbage_and_silence_take_nothing_from_those_who_ask_properly(producer):
    rogue = zmq.Context.instance().socket(zmq.DEALER)
    rogue.linger = 0
    rogue.connect(producer.addresses[0])
    rogue.send(b"\xff\xfe no demand")
    rogue.send(b"")
    feed = wire_client.Feed(producer.addresses[0], ["values/"])
    producer.publish("other/a", values())
    producer.publish("values/x/a", values(), IMAGE)
    header, pixels = feed.take()
    assert header.key == "values/x/a" and np.array_equal(pixels, IMAGE)
    system.until(lambda: producer.bad_demands == 1, "the garbage being counted")
    feed.close()
    rogue.close()


def test_a_slow_consumer_skips_versions_is_told_how_many_and_hears_of_removals(producer):
    feed = wire_client.Feed(producer.addresses[0], ["values/"])
    producer.publish("values/x/a", values("1"))
    assert feed.take()[0].values.quantity == "1"  # not yet given back
    for number in range(2, 7):
        producer.publish("values/x/a", values(str(number)))
    header, _ = feed.take()
    assert header.values.quantity == "6" and header.superseded == 4
    producer.remove("values/x/a")
    gone, _ = feed.take()
    assert gone.removed and gone.version > header.version
    producer.publish("values/x/a", values("7"))
    assert feed.take()[0].version >= gone.version
    feed.close()


def test_keys_take_turns_and_a_rate_is_kept_per_key(producer):
    for key in "abc":
        producer.publish(f"values/x/{key}", values())
    feed = wire_client.Feed(
        producer.addresses[0], [feed_pb2.Subscription(prefix="values/", max_rate_hz=0.001)]
    )
    assert [feed.take()[0].key[-1] for _ in "abc"] == list("abc")
    producer.publish("values/x/a", values())
    producer.publish("values/x/d", values())
    assert feed.take()[0].key[-1] == "d"  # a has had its share for the next quarter of an hour
    feed.close()


def test_who_comes_back_gets_only_what_it_does_not_hold(producer):
    first = producer.publish("values/x/a", values("held"))
    producer.publish("values/x/b", values("new"))
    feed = wire_client.Feed(producer.addresses[0], ["values/"])
    feed.demand.instance = producer.instance
    feed.demand.keys_held.extend(["values/x/a", "values/x/gone"])
    feed.demand.versions_held.extend([first, 3])
    feed.demand.last_taken = 41
    header, _ = feed.take()
    assert header.removed and header.key == "values/x/gone"
    header, _ = feed.take()
    assert header.values.quantity == "new" and header.delivery > 42
    assert feed.take(0.7) is None
    feed.close()


def test_images_come_smaller_and_in_fewer_bits_for_who_asks(producer):
    producer.publish("values/x/a", values(), IMAGE)
    for encoding, step in ((feed_pb2.QUANTISED_16, 65535), (feed_pb2.QUANTISED_8, 255)):
        feed = wire_client.Feed(
            producer.addresses[0], [feed_pb2.Subscription(prefix="values/", encoding=encoding)]
        )
        _, pixels = feed.take()
        assert np.abs(pixels - IMAGE).max() <= 0.51 * np.ptp(IMAGE) / step
        feed.close()
    feed = wire_client.Feed(
        producer.addresses[0], [feed_pb2.Subscription(prefix="values/", max_side=5)]
    )
    _, pixels = feed.take()
    assert pixels.shape == (3, 5)
    assert np.allclose(pixels[:, :4], IMAGE[:, :8].reshape(3, 2, 4, 2).mean((1, 3)))
    assert np.allclose(pixels[:, 4], IMAGE[:, 8].reshape(3, 2).mean(1))
    feed.close()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_labels_come_smaller_with_the_class_at_the_centre_of_each_pixel(producer, kind):
    classes = np.repeat([3, 200, 90], (12, 18, 7))[:, None].repeat(21, 1).astype(kind)
    producer.publish("labels/x/a", feed_pb2.FeedHeader(labels=feed_pb2.LabelImage(unlabelled=200)), classes)
    feed = wire_client.Feed(
        producer.addresses[0],
        [feed_pb2.Subscription(prefix="labels/", max_side=10, encoding=feed_pb2.QUANTISED_8)],
    )
    header, pixels = feed.take()
    assert pixels.shape == (10, 6) and pixels.dtype == kind and header.labels.unlabelled == 200
    assert np.array_equal(pixels, classes[np.minimum(np.arange(10) * 4 + 2, 36)][:, :6])
    feed.close()


def test_pixels_over_one_part_come_whole(producer):
    large = np.random.default_rng(1).integers(0, 3, (1500, 2048), dtype=np.uint8)
    producer.publish("labels/x/a", feed_pb2.FeedHeader(labels=feed_pb2.LabelImage()), large)
    feed = wire_client.Feed(producer.addresses[0], ["labels/"])
    assert np.array_equal(feed.take()[1], large)
    feed.close()


def test_every_frame_comes_in_order_and_the_ring_waits_for_who_takes(ring):
    consumer = Consumer(ring.addresses[0])
    consumer.take("alive")
    ring.publish(bulk_pb2.BulkHeader(scan_start=bulk_pb2.ScanStart(scan_id="s")), preamble=True)
    for number in range(4):
        ring.publish(frame(number), IMAGE + number)
    assert not ring.wait_for_room(IMAGE.nbytes, 0) and not ring.wait_until_taken(0)
    assert consumer.take()[0].HasField("scan_start")
    for number in range(4):
        header, pixels = consumer.take()
        assert header.frame.id == number and header.sequence == number + 2
        assert np.array_equal(
            np.frombuffer(pixels, np.float32).reshape(IMAGE.shape), IMAGE + number
        )
    consumer.take("alive")
    assert ring.wait_until_taken(system.GUARD_S) and ring.wait_for_room(IMAGE.nbytes, 0)
    assert ring.consumers() == {"black box": 0}
    consumer.socket.close()


def test_who_is_too_slow_loses_the_oldest_and_is_told_of_the_scan_again(ring):
    consumer = Consumer(ring.addresses[0])
    consumer.take("alive")
    ring.publish(bulk_pb2.BulkHeader(scan_start=bulk_pb2.ScanStart(scan_id="s")), preamble=True)
    first, _ = consumer.take()
    for number in range(20):
        ring.publish(frame(number), IMAGE)
    headers = []
    while not headers or headers[-1].sequence < 21:
        headers.append(consumer.take()[0])
    ids = [header.frame.id for header in headers if header.HasField("frame")]
    assert ids[-4:] == [16, 17, 18, 19] and len(ids) < 20
    assert any(header.sequence == 0 and header.HasField("scan_start") for header in headers)
    assert ring.consumers()["black box"] == 20 - len(ids)
    assert first.sequence == 1
    consumer.socket.close()


def test_a_consumer_that_reconnects_goes_on_where_it_was_and_a_new_one_begins_with_the_oldest(ring):
    ring.publish(bulk_pb2.BulkHeader(scan_start=bulk_pb2.ScanStart(scan_id="s")), preamble=True)
    for number in range(3):
        ring.publish(frame(number), IMAGE)
    one = Consumer(ring.addresses[0])
    assert one.take()[0].sequence == 0  # the preamble
    assert [one.take()[0].sequence for _ in range(2)] == [1, 2]
    again = Consumer(ring.addresses[0])
    again.demand.CopyFrom(one.demand)
    one.socket.close()
    assert [again.take()[0].sequence for _ in range(2)] == [3, 4]
    newest = Consumer(ring.addresses[0], "newest")
    newest.demand.from_newest = True
    assert newest.take()[0].sequence == 0
    ring.publish(frame(9), IMAGE)
    assert newest.take()[0].frame.id == 9
    again.socket.close()
    newest.socket.close()


# --- results of several threads ---


def test_results_of_older_images_and_of_those_that_are_gone_come_too_late(producer):
    publisher = _publisher.Publisher(producer)

    def publish(ticket):
        ready = results.Ready("values/p/a", values(str(ticket)), IMAGE)
        return publisher.publish(ready, "slice/a", ticket)

    assert not publish(1)  # of an image that nobody has seen
    publisher.input_came("slice/a", 2)
    assert publish(3) and not publish(2) and publish(3) and publish(4)
    publisher.input_gone("slice/a")
    assert producer.keys() == [] and not publish(5)
    publisher.input_came("slice/a", 7)
    assert not publish(6) and publish(7)
    publisher.keep_slices({"b"})
    assert producer.keys() == [] and publisher.published == 4


# --- through a proxy ---


def test_addresses_that_no_proxy_can_reach_are_refused():
    for wrong in ("127.0.0.1", "tcp://host:0", "host:70000", "http://host:1", ""):
        with pytest.raises(errors.InvalidArgument, match="host:port"):
            _socks.place_of(wrong, "a SOCKS proxy")
    with pytest.raises(errors.InvalidArgument, match="too long"):
        _socks.connect_request(("h" * 256, 1))
    with pytest.raises(errors.Unavailable, match="no SOCKS proxy listens at 127.0.0.1:.*ssh -D"):
        _socks.Tunnel(f"127.0.0.1:{system.free_port()}")


def test_targets_are_asked_for_by_number_or_by_name():
    assert _socks.connect_request(("1.2.3.4", 258)) == b"\5\1\0\1\1\2\3\4\1\2"
    assert _socks.connect_request(("host", 1)) == b"\5\1\0\3\4host\0\1"
    place = _socks.place_of("tcp://[::1]:5", "a service")
    assert _socks.connect_request(place) == b"\5\1\0\4" + bytes(15) + b"\1\0\5"


def test_messages_pass_a_proxy_whole_both_ways():
    proxy = socks_proxy.SocksProxy()
    proxy.start()
    made = _loop.Loop("test")
    network = _network.Network(made, socks=proxy.address)
    router = zmq.Context.instance().socket(zmq.ROUTER)
    router.linger = 0
    port = router.bind_to_random_port("tcp://127.0.0.1")
    dealer = made.ask(lambda: network.connect(f"tcp://127.0.0.1:{port}"))
    sent = [b"head", *(bytes([n]) * (1 << 20) for n in range(5))]

    def exchange(parts):
        made.ask(lambda: dealer.send_multipart(parts))
        assert router.poll(1000 * system.GUARD_S)
        peer, *came = router.recv_multipart()
        assert came == parts
        router.send_multipart([peer, *came])
        assert made.ask(lambda: dealer.poll(1000 * system.GUARD_S), system.GUARD_S)
        assert made.ask(dealer.recv_multipart) == parts

    exchange(sent)
    assert proxy.reached == [port]
    made.ask(dealer.close)
    made.close()
    network.close()
    router.close()
    proxy.close()


class RawPeer:
    """Speaks ZMTP by hand (rfc.zeromq.org/spec/37): libzmq sends a message only when it is whole."""

    PART = 1 << 20
    FAR = 4 << 30  # more than anybody may send in vain

    def __init__(self, connection, kind):
        self.socket = connection
        greeting = b"\xff" + bytes(8) + b"\x7f\3\0NULL"
        self.send(greeting.ljust(64, b"\0"))
        ready = b"\5READY\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind
        self.send(b"\4" + bytes([len(ready)]) + ready)
        self.receive(64)
        _, size = self.receive(2)  # of its own word that it is ready: messages may come now
        self.receive(size)

    def receive(self, size):
        data = b""
        while len(data) < size:
            data += (part := self.socket.recv(size - len(data)))
            assert part, "it closed the connection"
        return data

    def send(self, data):
        """Whether all of it went: the other end has not closed the connection."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def send_part(self, size=PART, more=True):
        return self.send(struct.pack(">BQ", 2 + more, size) + b"\xff" * size)

    def send_without_end(self):
        """The bytes that went until it was cut off."""
        sent = 0
        while sent < self.FAR and self.send_part():
            sent += self.PART
        return sent


def test_a_peer_that_sends_parts_without_end_is_cut_off_and_the_others_are_served(producer):
    address = producer.addresses[0]
    port = int(address.rsplit(":", 1)[1])
    endless = RawPeer(socket.create_connection(("127.0.0.1", port), system.GUARD_S), b"DEALER")
    before = system.resident_mib(os.getpid())
    sent = endless.send_without_end()
    assert 16 << 20 < sent < RawPeer.FAR
    system.until(lambda: producer.bad_demands == 1, "the end counted")
    assert system.resident_mib(os.getpid()) < before + 1024
    feed = wire_client.Feed(address, ["a"])
    producer.publish("a", values(), IMAGE)
    assert np.array_equal(feed.wait(lambda header: header.key == "a")[1], IMAGE)
    feed.close()


def test_a_peer_that_sends_much_in_whole_messages_stays(producer):
    port = int(producer.addresses[0].rsplit(":", 1)[1])
    busy = RawPeer(socket.create_connection(("127.0.0.1", port), system.GUARD_S), b"DEALER")
    sent, end = 0, time.monotonic() + 10 * _watch.LOOK_S
    while sent < 64 or time.monotonic() < end:
        assert busy.send_part(more=False)
        sent += 1
        system.until(lambda: producer.bad_demands == sent, "the next message refused")


def test_a_producer_that_sends_parts_without_end_is_left_and_found_again(loop):
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(system.GUARD_S)
    consumer = _feed_consumer.FeedConsumer(
        loop, loop.network, "test", [feed_pb2.Subscription(prefix="")], max_bytes=1 << 20
    )
    loop.ask(lambda: consumer.connect(f"tcp://127.0.0.1:{server.getsockname()[1]}"))
    def accepted():
        connection = server.accept()[0]
        connection.settimeout(system.GUARD_S)
        return RawPeer(connection, b"ROUTER")

    liar = accepted()
    sent = liar.send_without_end()
    assert 17 << 20 < sent < RawPeer.FAR
    system.until(lambda: consumer.counts.bad_size == 1, "the end counted")
    honest = accepted()
    header = feed_pb2.FeedHeader(key="b", version=1, instance=7).SerializeToString()
    assert honest.send(struct.pack(">BB", 0, len(header)) + header)
    assert consumer.take(system.GUARD_S).header.key == "b"
    consumer.close()
    server.close()
