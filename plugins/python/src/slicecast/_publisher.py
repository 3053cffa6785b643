"""Puts results on the feed, and takes back what was made of inputs that are gone."""
from __future__ import annotations

from . import _feed_producer, results


class Publisher:
    """Used by the node's thread alone."""

    def __init__(self, feed: _feed_producer.FeedProducer) -> None:
        self._feed = feed
        self._made_of: dict[str, set[str]] = {}  # key of an input -> keys of results

    def publish(self, ready: results.Ready, input_key: str) -> None:
        """`input_key` empty: about no input, so that it stays until the end."""
        if input_key:
            self._made_of.setdefault(input_key, set()).add(ready.key)
        self._feed.publish(ready.key, ready.header, ready.pixels)

    def input_gone(self, key: str) -> None:
        for made in self._made_of.pop(key, ()):
            self._feed.remove(made)

    def keep_slices(self, ids: set[str]) -> None:
        """Slices that are not among these are gone."""
        for key in list(self._made_of):
            if key.startswith("slice/") and key.removeprefix("slice/") not in ids:
                self.input_gone(key)

    def clear(self) -> None:
        for key in list(self._made_of):
            self.input_gone(key)
