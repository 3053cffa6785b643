"""What a feed has to show, and what each consumer has seen of it: decides what is sent next to
whom. Knows no sockets and no threads.
"""
from __future__ import annotations

import dataclasses
from typing import Sequence

from . import _pixels
from .v1 import feed_pb2

_MAX_RATE_PAUSE_S = 3600.0


def subscription_for(
    key: str, subscriptions: Sequence[feed_pb2.Subscription]
) -> feed_pb2.Subscription | None:
    """Of several that match the longest prefix counts."""
    best = None
    for item in subscriptions:
        if key.startswith(item.prefix) and (best is None or len(item.prefix) > len(best.prefix)):
            best = item
    return best


def same_view(
    key: str, before: Sequence[feed_pb2.Subscription], after: Sequence[feed_pb2.Subscription]
) -> bool:
    """Both lists ask for the key, in the same encoding and size."""
    was, now = subscription_for(key, before), subscription_for(key, after)
    return (
        was is not None
        and now is not None
        and (was.encoding, was.max_side) == (now.encoding, now.max_side)
    )


@dataclasses.dataclass
class Entry:
    """The newest of a key."""

    header: feed_pb2.FeedHeader
    pixels: _pixels.NDArray | None


@dataclasses.dataclass
class Delivery:
    header: feed_pb2.FeedHeader
    pixels: _pixels.NDArray | None
    encoding: int = feed_pb2.NATIVE
    max_side: int = 0


@dataclasses.dataclass
class Viewer:
    """One consumer, by its demands."""

    subscriptions: list[feed_pb2.Subscription]
    delivery: int
    unreadable: int
    heard: float
    name: str = ""
    in_flight: bool = False
    last_sent: float = 0.0
    last_key: str = ""
    seen: dict[str, int] = dataclasses.field(default_factory=dict)  # key -> version
    allowed: dict[str, float] = dataclasses.field(default_factory=dict)  # key -> by its rate
    removals: dict[str, int] = dataclasses.field(default_factory=dict)  # not yet told


class FeedBoard:
    def __init__(self, instance: int) -> None:
        self.instance = instance
        self.viewers: dict[bytes, Viewer] = {}
        self._entries: dict[str, Entry] = {}
        self._highest_removed = 0  # a key that comes back goes on above its last version

    def publish(self, key: str, header: feed_pb2.FeedHeader, pixels: _pixels.NDArray | None) -> int:
        """Replaces the newest of the key; its version."""
        last = self._entries.get(key)
        header.instance, header.key = self.instance, key
        header.version = 1 + (last.header.version if last else self._highest_removed)
        self._entries[key] = Entry(header, pixels)
        for viewer in self.viewers.values():
            viewer.removals.pop(key, None)
        return header.version

    def remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._highest_removed = max(self._highest_removed, entry.header.version + 1)
        for viewer in self.viewers.values():
            if viewer.seen.pop(key, None) is not None:
                viewer.removals[key] = entry.header.version + 1

    def keys(self) -> list[str]:
        return list(self._entries)

    def wanted(self, key: str) -> bool:
        """A consumer subscribes to it."""
        return any(subscription_for(key, viewer.subscriptions) for viewer in self.viewers.values())

    def heard(self, peer: bytes, demand: feed_pb2.FeedDemand, now: float) -> None:
        viewer = self.viewers.get(peer)
        if viewer is None:
            # The number after last_taken may still be on its way over an older connection.
            viewer = Viewer(
                list(demand.subscriptions),
                demand.last_taken + 1,
                demand.unreadable,
                now,
                demand.consumer,
            )
            self.viewers[peer] = viewer
            if demand.instance == self.instance:
                self._recall(viewer, demand)
        before, viewer.subscriptions = viewer.subscriptions, list(demand.subscriptions)
        if before != viewer.subscriptions:
            viewer.seen = {
                key: version
                for key, version in viewer.seen.items()
                if same_view(key, before, viewer.subscriptions)
            }
        viewer.heard = now
        # Equality: an older number belongs to a message from before.
        if demand.last_taken == viewer.delivery or demand.unreadable > viewer.unreadable:
            viewer.in_flight = False
        viewer.unreadable = demand.unreadable

    def next(self, viewer: Viewer, now: float) -> tuple[Delivery | None, float]:
        """What this viewer gets now, noted as in flight; else when a rate limit may end."""
        retry = now + 1.0
        if viewer.in_flight:
            return None, retry
        if viewer.removals:
            key, version = viewer.removals.popitem()
            header = feed_pb2.FeedHeader(
                instance=self.instance, key=key, version=version, removed=True
            )
            return self._sent(viewer, Delivery(header, None), now), retry
        ready = []
        for key, entry in self._entries.items():
            if (
                viewer.seen.get(key, 0) >= entry.header.version
                or subscription_for(key, viewer.subscriptions) is None
            ):
                continue
            allowed = viewer.allowed.get(key, 0.0)
            if allowed <= now:
                ready.append(key)
            retry = min(retry, max(allowed, now))
        if not ready:
            return None, retry
        # Keys take turns, starting after the last one.
        key = min(ready, key=lambda item: (item <= viewer.last_key, item))
        return self._sent(viewer, self._delivery(viewer, key, now), now), retry

    def _delivery(self, viewer: Viewer, key: str, now: float) -> Delivery:
        entry = self._entries[key]
        subscription = subscription_for(key, viewer.subscriptions)
        assert subscription is not None
        header = feed_pb2.FeedHeader()
        header.CopyFrom(entry.header)
        header.superseded = max(0, header.version - viewer.seen.get(key, header.version) - 1)
        viewer.seen[key], viewer.last_key = header.version, key
        rate = subscription.max_rate_hz
        viewer.allowed[key] = now + min(1 / rate, _MAX_RATE_PAUSE_S) if rate > 0 else now
        return Delivery(header, entry.pixels, subscription.encoding, subscription.max_side)

    @staticmethod
    def _sent(viewer: Viewer, delivery: Delivery, now: float) -> Delivery:
        viewer.delivery += 1
        delivery.header.delivery = viewer.delivery
        viewer.in_flight, viewer.last_sent = True, now
        return delivery

    def _recall(self, viewer: Viewer, demand: feed_pb2.FeedDemand) -> None:
        for key, version in zip(demand.keys_held, demand.versions_held):
            entry = self._entries.get(key)
            if entry is None:
                viewer.removals[key] = max(self._highest_removed, version + 1)
            elif version <= entry.header.version:
                viewer.seen[key] = version
