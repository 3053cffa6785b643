"""What a plugin asks of the feeds that it reads, by its options and the slices that there are."""
from __future__ import annotations

import math
from typing import Any, Mapping

from .v1 import feed_pb2

EVENTS = ("scene", "scan")  # of slice servers
READING = ("input", "enabled", "max_rate", "max_side", "pixel_size", "encoding")
_ENCODINGS = {
    "native": feed_pb2.NATIVE,
    "16 bit": feed_pb2.QUANTISED_16,
    "8 bit": feed_pb2.QUANTISED_8,
}


def side_for(wanted_mm: float, pixel_mm: float, side: int) -> int:
    """Longest side after as many halvings as bring the pixel nearest to the wanted one; 0: none.

    Halving goes on while the next pixel is nearer, by ratio, than this one.
    """
    reduced = side
    while wanted_mm > 0 and pixel_mm > 0 and reduced > 1 and pixel_mm * math.sqrt(2) <= wanted_mm:
        reduced, pixel_mm = (reduced + 1) // 2, 2 * pixel_mm
    return reduced if reduced < side else 0


def _pixel_mm(one: feed_pb2.SceneSlice) -> float:
    axes = ((one.axis1, one.columns), (one.axis2, one.rows))
    return min(math.hypot(axis.x_mm, axis.y_mm, axis.z_mm) / max(count, 1) for axis, count in axes)


def subscriptions_for(
    options: Mapping[str, Any], scene: feed_pb2.Scene
) -> list[feed_pb2.Subscription]:
    """Scene and scan always; the rest while the plugin is enabled."""
    made = [feed_pb2.Subscription(prefix=prefix) for prefix in EVENTS]
    if not options["enabled"]:
        return made

    def ask(prefix: str, side: int) -> None:
        made.append(
            feed_pb2.Subscription(
                prefix=prefix,
                max_side=side,
                max_rate_hz=options["max_rate"],
                encoding=_ENCODINGS[options["encoding"]],
            )
        )

    prefixes = options["input"].split()
    for prefix in prefixes:
        ask(prefix, options["max_side"])
    for one in scene.slices:
        key = f"slice/{one.id}"
        side = side_for(options["pixel_size"], _pixel_mm(one), max(one.rows, one.columns))
        if side and any(key.startswith(prefix) for prefix in prefixes):
            ask(key, min(side, options["max_side"] or side))
    return made
