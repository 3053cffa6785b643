"""What happens to slices and scans, told apart from the newest scene and scan of a slice server."""
from __future__ import annotations

from typing import Any, Optional

from .v1 import feed_pb2

Happening = tuple[str, Any]  # name of the hook, its argument


def slice_events(before: feed_pb2.Scene, after: feed_pb2.Scene) -> list[Happening]:
    """Moved: the pose revision or the size changed."""
    was = {one.id: one for one in before.slices}
    now = {one.id: one for one in after.slices}
    events: list[Happening] = [
        ("on_slice_removed", one) for id, one in was.items() if id not in now
    ]
    for id, one in now.items():
        if id not in was:
            events.append(("on_slice_added", one))
        elif (one.pose_revision, one.rows, one.columns) != (
            was[id].pose_revision,
            was[id].rows,
            was[id].columns,
        ):
            events.append(("on_slice_moved", one))
    return events


def scan_events(before: Optional[feed_pb2.Scan], after: feed_pb2.Scan) -> list[Happening]:
    """A scan that is over when another starts ends first. One that had already ended when it is
    first seen both starts and ends."""
    events: list[Happening] = []
    same = before is not None and before.start.scan_id == after.start.scan_id
    was_over = before is None or before.ended
    if not same:
        if before is not None and not was_over:
            events.append(("on_scan_ended", before))
        if after.HasField("start"):
            events.append(("on_scan_started", after))
    elif was_over and not after.ended:
        events.append(("on_scan_started", after))
    elif before is not None and (before.start.geometry_revision, before.start.epoch) != (
        after.start.geometry_revision,
        after.start.epoch,
    ):
        events.append(("on_scan_geometry", after))
    if after.ended and not (same and was_over):
        events.append(("on_scan_ended", after))
    return events
