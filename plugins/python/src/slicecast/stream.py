"""An iterator over a feed: the newest each time, with a deadline for each."""
from __future__ import annotations

import time
from typing import Any, Callable, Generic, Iterator, Optional, TypeVar

from . import _feed_consumer, errors, images

T = TypeVar("T")


class Stream(Generic[T]):
    """Iterate it, or call next(); close it or use `with`. It goes on by itself when the service
    restarts. Versions that came while you were busy are left out: `counts.superseded`."""

    def __init__(
        self,
        consumer: _feed_consumer.FeedConsumer,
        service: str,
        kind: type[T],
        key: Optional[str],
        timeout: float,
        ends: bool,
        *closed: Callable[..., None],
    ) -> None:
        self.timeout = timeout
        self._consumer, self._service, self._kind, self._key = consumer, service, kind, key
        self._closed = closed
        self._open, self._over, self._ends = True, False, ends

    @property
    def counts(self) -> _feed_consumer.FeedCounts:
        return self._consumer.counts

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        item = self.next_or_none(self.timeout)
        if item is not None:
            return item
        if self._over or not self._open:
            raise StopIteration
        if self._consumer.problem is not None:
            raise self._consumer.problem
        why = "nothing new" if self._consumer.live else "no contact: is it running?"
        raise errors.DeadlineExceeded(
            f"nothing came from the feed of '{self._service}' for " f"{self.timeout:g} s ({why})"
        )

    def next_or_none(self, timeout: float) -> Optional[T]:
        """None at the deadline, and at the end."""
        end = time.monotonic() + timeout
        while self._open and not self._over:
            message = self._consumer.take(max(0.0, end - time.monotonic()))
            if message is None:
                return None
            item: Any = images.item_of(message)
            if isinstance(item, self._kind) and (
                self._key is None or message.header.key == self._key
            ):
                return item
            self._over = self._ends and isinstance(item, images.Removed) and item.key == self._key
        return None

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._closed[0]()
        self._consumer.close()
        self._closed[1](self)

    def __enter__(self) -> Stream[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
