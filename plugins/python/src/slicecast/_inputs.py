"""Finds the feeds that a plugin reads: connects to every service that announces a fitting one,
follows it through restarts, and lets nobody publish under the keys of another.
"""
from __future__ import annotations

import dataclasses
import logging
import threading
from typing import Optional, Sequence

from . import _directory, _feed_consumer, _ledger, _loop, _network, _subscriptions
from .v1 import feed_pb2

_log = logging.getLogger("slicecast")
_MOST_SERVICES = 64


def may_publish(service: str, kind: str, key: str) -> bool:
    """Slices, previews, scene and scan come from slice servers, thumbnails from projection servers,
    and the rest from the plugin that the key names."""
    head, _, rest = key.partition("/")
    if head in ("slice", "preview", "scene", "scan"):
        return kind == "slice"
    if head == "thumbnail":
        return kind == "projection"
    return head in ("labels", "values", "table", "event") and rest.startswith(service + "/")


@dataclasses.dataclass
class _Link:
    service: _directory.Service
    consumer: _feed_consumer.FeedConsumer
    lost: _feed_consumer.FeedCounts


@dataclasses.dataclass(frozen=True)
class Taken:
    service: str
    message: _feed_consumer.FeedMessage


class Inputs:
    """One consumer per service; all share one condition, so that one thread can wait for any of
    them."""

    def __init__(
        self,
        loop: _loop.Loop,
        network: _network.Network,
        directory: _directory.Directory,
        name: str,
        prefixes: Sequence[str],
        sources: Sequence[str],
        max_bytes: int,
        ledger: _ledger.Ledger,
        arrived: threading.Condition,
    ) -> None:
        self._loop, self._network, self._directory = loop, network, directory
        self._name, self._prefixes, self._sources = name, list(prefixes), list(sources)
        self._max_bytes, self._ledger, self._arrived = max_bytes, ledger, arrived
        self._links: dict[str, _Link] = {}
        self._subscriptions: list[feed_pb2.Subscription] = []
        self._turn = 0

    def open(self) -> None:
        self._directory.watch(self._look)

    def subscribe(self, subscriptions: Sequence[feed_pb2.Subscription]) -> None:
        """Replaces what is asked of all services."""
        with self._arrived:
            self._subscriptions = list(subscriptions)
            links = list(self._links.values())
        for link in links:
            link.consumer.subscribe(self._subscriptions)

    def take_now(self) -> Optional[Taken]:
        """The next message of any service, in turns; for who holds the condition."""
        links = list(self._links.values())
        for step in range(len(links)):
            link = links[(self._turn + step) % len(links)]
            self._count_losses(link)
            message = link.consumer.take_now()
            if message is None:
                continue
            self._turn = (self._turn + step + 1) % len(links)
            if may_publish(link.service.name, link.service.kind, message.header.key):
                return Taken(link.service.name, message)
            self._ledger.receive_and_drop("bad_header", 1)
        return None

    def sources(self) -> dict[str, bool]:
        """Services that are read from, and whether they live."""
        with self._arrived:
            return {name: link.consumer.live for name, link in self._links.items()}

    def close(self) -> None:
        self._directory.watch(None)
        with self._arrived:
            links = list(self._links.values())
        for link in links:
            link.consumer.close()

    def _count_losses(self, link: _Link) -> None:
        counts = link.consumer.counts
        for reason in ("bad_header", "bad_size"):
            new = getattr(counts, reason) - getattr(link.lost, reason)
            if new:
                self._ledger.receive_and_drop(reason, new)
                setattr(link.lost, reason, getattr(counts, reason))

    def _offers(self, service: _directory.Service) -> bool:
        if service.name == self._name or (self._sources and service.name not in self._sources):
            return False
        return any(
            may_publish(service.name, service.kind, feed)
            and (
                feed in _subscriptions.EVENTS
                or any(
                    feed.startswith(prefix) or prefix.startswith(feed) for prefix in self._prefixes
                )
            )
            for feed in service.feeds
        )

    def _look(self, listed: list[_directory.Service]) -> None:
        """On the loop, with each answer of the hub."""
        for service in filter(self._offers, listed):
            address, known = service.address("feed"), self._links.get(service.name)
            if not address:
                continue
            if known is None:
                if len(self._links) >= _MOST_SERVICES:
                    continue
                _log.info("reads from '%s' at %s", service.name, address)
                consumer = _feed_consumer.FeedConsumer(
                    self._loop,
                    self._network,
                    self._name,
                    self._subscriptions,
                    arrived=self._arrived,
                    max_bytes=self._max_bytes,
                )
                with self._arrived:
                    self._links[service.name] = _Link(
                        service, consumer, _feed_consumer.FeedCounts()
                    )
                consumer.connect(address, service.public_key)
            elif (known.service.instance, known.service.links) != (service.instance, service.links):
                _log.info("'%s' is a new instance, now at %s", service.name, address)
                known.service = service
                known.consumer.connect(address, service.public_key)
