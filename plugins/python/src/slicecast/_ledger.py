"""Counts of one plugin: a ledger that closes, summaries of times, and how /metrics tells them."""
from __future__ import annotations

import collections
import threading
from typing import Sequence

from . import _version
from .v1 import common_pb2

REASONS = (
    "late",
    "duplicate",
    "queue_full",
    "bad_header",
    "bad_size",
    "bad_compression",
    "wrong_scan",
    "shed_by_policy",
    "superseded",
    "fell_off_ring",
    "no_flat",
    "failed",
    "not_finite",
    "bad_label",
)
_KEPT = 1024


class Ledger:
    """received = done + dropped + in flight, at any moment."""

    def __init__(self, flow: str) -> None:
        self.flow = flow
        self._lock = threading.Lock()
        self._received = self._done = 0
        self._dropped = {reason: 0 for reason in REASONS}

    def receive(self) -> None:
        with self._lock:
            self._received += 1

    def finish(self) -> None:
        with self._lock:
            self._done += 1

    def drop(self, reason: str) -> None:
        with self._lock:
            self._dropped[reason] += 1

    def receive_and_drop(self, reason: str, count: int) -> None:
        with self._lock:
            self._received += count
            self._dropped[reason] += count

    def snapshot(self) -> common_pb2.Ledger:
        with self._lock:
            in_flight = self._received - self._done - sum(self._dropped.values())
            return common_pb2.Ledger(
                flow=self.flow,
                received=self._received,
                done=self._done,
                in_flight=in_flight,
                dropped=self._dropped,
                expected=self._received,
            )


class Summary:
    """Quantiles of the last 1024 values."""

    def __init__(self, name: str, doc: str) -> None:
        self.name, self.doc = name, doc
        self._lock = threading.Lock()
        self._values: collections.deque[float] = collections.deque(maxlen=_KEPT)
        self._sum, self._count = 0.0, 0

    def add(self, value: float) -> None:
        with self._lock:
            self._values.append(value)
            self._sum += value
            self._count += 1

    def lines(self) -> list[str]:
        with self._lock:
            values, total, count = sorted(self._values), self._sum, self._count
        made = [f"# HELP {self.name} {self.doc}", f"# TYPE {self.name} summary"]
        for quantile in (0.5, 0.9, 0.99):
            value = values[min(len(values) - 1, int(quantile * len(values)))] if values else "NaN"
            made.append(f'{self.name}{{quantile="{quantile}"}} {value}')
        return made + [f"{self.name}_sum {total}", f"{self.name}_count {count}"]


_FAMILIES = (
    ("received_total", "counter", "Items that came in", "received"),
    ("done_total", "counter", "Items that were processed to the end", "done"),
    ("in_flight", "gauge", "Items that came in and are not settled yet", "in_flight"),
    ("expected", "gauge", "Unique items received and missing ones", "expected"),
    ("missing", "gauge", "Items that never came, beyond the reorder window", "missing"),
)


def prometheus_text(
    service: str, ledger: Ledger, summaries: Sequence[Summary], counters: dict[str, tuple[str, int]]
) -> str:
    """All counts in Prometheus' text format, from one snapshot of the ledger."""
    snapshot, made = ledger.snapshot(), []
    for suffix, kind, doc, field in _FAMILIES:
        name = f"slicecast_ledger_{suffix}"
        made += [
            f"# HELP {name} {doc}",
            f"# TYPE {name} {kind}",
            f'{name}{{flow="{snapshot.flow}"}} {getattr(snapshot, field)}',
        ]
    name = "slicecast_ledger_closes"
    closes = snapshot.received == snapshot.done + snapshot.in_flight + sum(
        snapshot.dropped.values()
    )
    made += [
        f"# HELP {name} 1 when received = done + dropped + in flight",
        f"# TYPE {name} gauge",
        f'{name}{{flow="{snapshot.flow}"}} {int(closes)}',
    ]
    name = "slicecast_ledger_dropped_total"
    made += [f"# HELP {name} Items that were given up, by reason", f"# TYPE {name} counter"]
    made += [
        f'{name}{{flow="{snapshot.flow}",reason="{reason}"}} {count}'
        for reason, count in sorted(snapshot.dropped.items())
    ]
    made += [
        "# HELP slicecast_build_info Which program this is; always 1",
        "# TYPE slicecast_build_info gauge",
        f'slicecast_build_info{{service="{service}",version="{_version.VERSION}"}} 1',
    ]
    for name, (doc, value) in counters.items():
        made += [f"# HELP {name} {doc}", f"# TYPE {name} counter", f"{name} {value}"]
    for summary in summaries:
        made += summary.lines()
    return "\n".join(made) + "\n"
