"""Puts results on the feed, and takes back what was made of inputs that are gone."""
from __future__ import annotations

import threading

from . import _feed_producer, results


class Publisher:
    """Any thread. Inputs carry tickets in the order in which they were taken: a call that ends
    after that of a newer input of the same key has come too late."""

    def __init__(self, feed: _feed_producer.FeedProducer) -> None:
        self.published = 0
        self._feed = feed
        self._lock = threading.Lock()
        self._since: dict[str, int] = {}  # key of an input -> first ticket since it is there
        self._made_of: dict[str, set[str]] = {}  # key of an input -> keys of results
        self._newest: dict[str, int] = {}  # key of a result -> ticket of its input

    def input_came(self, key: str, ticket: int) -> None:
        with self._lock:
            self._since.setdefault(key, ticket)

    def publish(self, ready: results.Ready, input_key: str, ticket: int) -> bool:
        """`input_key` empty: about no input, so that it stays until the end. False: too late, or
        its input is gone."""
        with self._lock:
            if input_key:
                since = self._since.get(input_key)
                if since is None or ticket < max(since, self._newest.get(ready.key, 0)):
                    return False
                self._made_of.setdefault(input_key, set()).add(ready.key)
                self._newest[ready.key] = ticket
            self._feed.publish(ready.key, ready.header, ready.pixels)
            self.published += 1
            return True

    def input_gone(self, key: str) -> None:
        with self._lock:
            self._take_back(key)

    def keep_slices(self, ids: set[str]) -> None:
        """Slices that are not among these are gone."""
        with self._lock:
            for key in list(self._since):
                if key.startswith("slice/") and key.removeprefix("slice/") not in ids:
                    self._take_back(key)

    def clear(self) -> None:
        with self._lock:
            for key in list(self._since):
                self._take_back(key)

    def _take_back(self, key: str) -> None:
        self._since.pop(key, None)
        for made in self._made_of.pop(key, ()):
            self._newest.pop(made, None)
            self._feed.remove(made)
