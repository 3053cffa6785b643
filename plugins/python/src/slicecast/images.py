"""What arrives: slices, previews, thumbnails, and what plugins make of them.

Pixels are NumPy arrays that belong to you. Those of up to 1 MiB (512 x 512 in float32) are views of
the received message: nothing is copied or converted. Larger ones came in parts of 1 MiB, each of
which is copied once, into its place. `header` is the protobuf message with every field, see
`proto/slicecast/v1/feed.proto`.
"""
from __future__ import annotations

import dataclasses
import functools
import time
from typing import Any, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt

from . import geometry
from ._feed_consumer import FeedMessage
from .v1 import common_pb2, feed_pb2

Floats = npt.NDArray[np.float32]
_MARKS = {
    "filling": "filling",
    "mixed": "mixed",
    "stale": "stale",
    "values_uncertain": "values uncertain",
    "largest_gap_rad": "angles missing",
}


def _age_s(stamp: common_pb2.Stamp, clock_offset_s: float) -> float:
    return time.time() + clock_offset_s - stamp.acquired_ns / 1e9


@functools.lru_cache(maxsize=32)
def _inside(
    pose: geometry.Pose, view: geometry.FieldOfView, rows: int, columns: int
) -> npt.NDArray[np.bool_]:
    mask = view.contains(pose.centres_mm(rows, columns))
    mask.flags.writeable = False
    return mask


@dataclasses.dataclass(frozen=True)
class SliceImage:
    """One reconstructed slice, [rows, columns], or a slab of them, [planes, rows, columns]."""

    id: str
    pixels: Floats
    header: feed_pb2.SliceImage
    superseded: int = 0  # versions that were skipped since the last one

    @property
    def stamp(self) -> common_pb2.Stamp:
        """What the image shows: scan, pose, epoch, version, projections, time."""
        return self.header.stamp

    @property
    def name(self) -> str:
        return self.header.name or self.id

    @property
    def pose(self) -> geometry.Pose:
        return geometry.pose(self.header)

    @property
    def pixel_mm(self) -> float:
        """Width of a pixel; in detector pixels when the scan does not know its pixel size."""
        return float(np.linalg.norm(self.pose.axis1)) / self.pixels.shape[-1]

    @property
    def value_unit(self) -> str:
        """1/mm, or 1/pixel when the scan does not know its pixel size."""
        return self.header.value_unit

    @property
    def projections(self) -> int:
        """How many are in it."""
        return self.header.projections

    @property
    def field_of_view(self) -> geometry.FieldOfView:
        return geometry.field_of_view(self.header.field_of_view)

    @property
    def marks(self) -> list[str]:
        """What to know about it: filling, mixed, stale, values uncertain, angles missing."""
        return [mark for field, mark in _MARKS.items() if getattr(self.header, field)]

    @property
    def filling(self) -> bool:
        """The first window is not full yet."""
        return self.header.filling

    def inside(self) -> npt.NDArray[np.bool_]:
        """[rows, columns]: true where the pixel's centre lies in the field of view. Outside pixels
        are 0 and mean nothing. Kept while pose and size stay, hence read-only."""
        return _inside(self.pose, self.field_of_view, *self.pixels.shape[-2:])

    def inside_ball(self, centre_mm: Sequence[float], radius_mm: float) -> npt.NDArray[np.bool_]:
        """[rows, columns]: those of inside() whose centres lie in the ball."""
        centres = self.pose.centres_mm(*self.pixels.shape[-2:])
        near = np.linalg.norm(centres - np.asarray(centre_mm), axis=-1) <= radius_mm
        return np.asarray(self.inside() & near)

    def age_s(self, clock_offset_s: float = 0.0) -> float:
        """Since the newest projection in it was acquired; the offset is the remote clock's."""
        return _age_s(self.stamp, clock_offset_s)


@dataclasses.dataclass(frozen=True)
class Volume:
    """[z, y, x]; voxel centres at (i - (N - 1) / 2) voxel_mm + centre_mm."""

    pixels: Floats
    voxel_mm: float
    centre_mm: geometry.Vector
    stamp: common_pb2.Stamp
    value_unit: str
    projections: int


@dataclasses.dataclass(frozen=True)
class Thumbnail:
    """Line integrals of one projection, [rows, columns]: the sampled feed of projections."""

    pixels: Floats
    header: feed_pb2.Thumbnail


@dataclasses.dataclass(frozen=True)
class LabelsImage:
    """Class indices of another plugin, uint8 or uint16 [rows, columns]."""

    id: str
    pixels: npt.NDArray[Any]
    header: feed_pb2.LabelImage

    @property
    def stamp(self) -> common_pb2.Stamp:
        """Of the slice that they were made from."""
        return self.header.input

    @property
    def classes(self) -> dict[int, str]:
        return {one.index: one.name for one in self.header.classes}

    def fractions(self) -> dict[str, float]:
        """Share of each class in the labelled pixels; not a number when none is labelled."""
        counts = np.bincount(self.pixels.ravel(), minlength=max(self.classes, default=0) + 1)
        if self.header.HasField("unlabelled") and self.header.unlabelled < len(counts):
            counts[self.header.unlabelled] = 0
        total = counts.sum()
        return {
            name: float(counts[index] / total) if total else float("nan")
            for index, name in self.classes.items()
        }


@dataclasses.dataclass(frozen=True)
class ValuesImage:
    """Numbers per pixel of another plugin, [rows, columns]."""

    id: str
    pixels: Floats
    header: feed_pb2.ValueImage

    @property
    def stamp(self) -> common_pb2.Stamp:
        return self.header.input


@dataclasses.dataclass(frozen=True)
class TableRecord:
    """Named columns of numbers of another plugin."""

    key: str
    header: feed_pb2.Table

    @property
    def stamp(self) -> common_pb2.Stamp:
        return self.header.input

    @property
    def rows(self) -> list[str]:
        return list(self.header.row_names)

    def column(self, name: str) -> list[float]:
        """By name; KeyError tells those that are there."""
        for column in self.header.columns:
            if column.name == name:
                return list(column.values)
        raise KeyError(
            f"no column '{name}'; there are: "
            + ", ".join(column.name for column in self.header.columns)
        )

    def value(self, column: str, row: str) -> float:
        """Of the row with that name."""
        if row not in self.rows:
            raise KeyError(f"no row '{row}'; there are: " + ", ".join(self.rows))
        return self.column(column)[self.rows.index(row)]


@dataclasses.dataclass(frozen=True)
class EventRecord:
    """Something that another plugin noticed."""

    key: str
    header: feed_pb2.Event


@dataclasses.dataclass(frozen=True)
class Removed:
    """The key is gone, e.g. because its slice was removed."""

    key: str


@dataclasses.dataclass(frozen=True)
class Other:
    """Scene and telemetry, as they come."""

    key: str
    header: feed_pb2.FeedHeader


Item = Union[
    SliceImage,
    Volume,
    Thumbnail,
    LabelsImage,
    ValuesImage,
    TableRecord,
    EventRecord,
    Removed,
    Other,
]


def item_of(message: FeedMessage) -> Optional[Item]:
    """What a feed message holds; None when its pixels are not what its kind promises."""
    header, pixels = message.header, message.pixels
    if header.removed:
        return Removed(header.key)
    last = header.key.rsplit("/", 1)[-1]
    kind = header.WhichOneof("payload")
    floats = pixels is not None and pixels.dtype == np.float32
    if kind == "slice" and pixels is not None and floats and pixels.ndim in (2, 3):
        return SliceImage(last, pixels, header.slice, header.superseded)
    if kind == "preview" and pixels is not None and floats and pixels.ndim == 3:
        preview = header.preview
        return Volume(
            pixels,
            preview.voxel_mm,
            geometry.vector(preview.centre),
            preview.stamp,
            preview.value_unit,
            preview.projections,
        )
    if kind == "thumbnail" and pixels is not None and floats and pixels.ndim == 2:
        return Thumbnail(pixels, header.thumbnail)
    if (
        kind == "labels"
        and pixels is not None
        and pixels.ndim == 2
        and pixels.dtype in (np.uint8, np.uint16)
    ):
        return LabelsImage(last, pixels, header.labels)
    if kind == "values" and pixels is not None and floats and pixels.ndim == 2:
        return ValuesImage(last, pixels, header.values)
    if kind == "table":
        return TableRecord(header.key, header.table)
    if kind == "event":
        return EventRecord(header.key, header.event)
    if kind in ("scene", "telemetry"):
        return Other(header.key, header)
    return None
