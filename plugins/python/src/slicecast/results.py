"""What a plugin says about its input. The SDK adds the stamp of the input, checks the result, and
publishes it, or counts why not.
"""
from __future__ import annotations

import dataclasses
import math
import time
from typing import Any, Iterable, Mapping, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt

from . import _pixels
from .v1 import common_pb2, feed_pb2

MAX_HEADER_BYTES = 4 << 20  # of the wire
MAX_PIXEL_BYTES = 256 << 20
_LONGEST_TEXT = 1000


class Refused(Exception):
    """A result that cannot be published; `reason` is its name in the ledger."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclasses.dataclass(frozen=True)
class LabelClass:
    """What a class index means; the colour 0xRRGGBB is a proposal."""

    index: int
    name: str
    colour_rgb: int = 0xFFFFFF


@dataclasses.dataclass
class Labels:
    """Class indices, [rows, columns] like the input, drawn over the very image that they were made
    from. Every index must be one of the classes (the plugin's, unless given here) or
    `unlabelled`. With `resized` the shape may be another one over the same plane. Pixels are
    copied, so that a node may use its arrays again."""

    pixels: npt.ArrayLike
    classes: Optional[Sequence[LabelClass]] = None
    unlabelled: Optional[int] = None
    model: str = ""
    warning: str = ""
    outside_trained_scale: bool = False
    resized: bool = False


@dataclasses.dataclass
class Values:
    """A finite number per pixel, sent as float32; `limits` propose how to display them."""

    pixels: npt.ArrayLike
    quantity: str = ""
    unit: str = ""
    limits: tuple[float, float] = (0.0, 0.0)
    warning: str = ""
    resized: bool = False


@dataclasses.dataclass
class Table:
    """Columns of equal length; a name may end with its unit, as in "area [mm2]". One number stands
    for a column of one row."""

    columns: Mapping[str, Union[float, Sequence[float]]]
    rows: Sequence[str] = ()
    title: str = "table"


@dataclasses.dataclass
class Event:
    """Something noticed, in one line; an urgent one is shown until somebody dismisses it."""

    text: str
    value: float = 0.0
    unit: str = ""
    urgent: bool = False
    name: str = "event"


Result = Union[Labels, Values, Table, Event]
Results = Union[Result, Iterable[Result], None]


def listed(results: Any) -> list[Result]:
    """What a hook returned, as a list; Refused for anything that is no result."""
    if results is None:
        return []
    if isinstance(results, (Labels, Values, Table, Event)):
        return [results]
    if isinstance(results, np.ndarray) or not isinstance(results, Iterable):
        raise Refused(
            "failed",
            f"a hook returned {type(results).__name__}; return Labels, Values, Table "
            "or Event, or a list of them",
        )
    made = list(results)
    for one in made:
        if not isinstance(one, (Labels, Values, Table, Event)):
            raise Refused("failed", f"a hook returned a list with {type(one).__name__} in it")
    return made


@dataclasses.dataclass
class Ready:
    key: str
    header: feed_pb2.FeedHeader
    pixels: Optional[_pixels.NDArray]


def ready(
    result: Result,
    producer: str,
    about: str,
    stamp: Optional[common_pb2.Stamp],
    shape: Optional[tuple[int, ...]],
    classes: Sequence[LabelClass],
    processing_ms: float,
) -> Ready:
    """The message of a result; `about` is the id of its slice, empty for none. Raises Refused."""
    tail = f"/{about}" if about else ""
    header, pixels = feed_pb2.FeedHeader(), None
    common: dict[str, Any] = {"producer": producer}
    if stamp is not None:
        common["input"] = stamp
    if isinstance(result, Labels):
        pixels = _labels(result, shape, classes)
        key = f"labels/{producer}{tail}"
        header.labels.CopyFrom(
            feed_pb2.LabelImage(
                **common,
                model=result.model,
                warning=result.warning,
                processing_ms=processing_ms,
                outside_trained_scale=result.outside_trained_scale,
                classes=[
                    feed_pb2.LabelClass(index=one.index, name=one.name, colour_rgb=one.colour_rgb)
                    for one in result.classes or classes
                ],
            )
        )
        if result.unlabelled is not None:
            header.labels.unlabelled = result.unlabelled
    elif isinstance(result, Values):
        pixels = _values(result, shape)
        key = f"values/{producer}{tail}"
        header.values.CopyFrom(
            feed_pb2.ValueImage(
                **common,
                quantity=result.quantity,
                unit=result.unit,
                minimum=_finite(result.limits[0]),
                maximum=_finite(result.limits[1]),
                warning=result.warning,
                processing_ms=processing_ms,
            )
        )
    elif isinstance(result, Table):
        key = f"table/{producer}/{_part(result.title)}{tail}"
        header.table.CopyFrom(
            feed_pb2.Table(
                **common,
                title=result.title,
                columns=_columns(result),
                row_names=result.rows,
                processing_ms=processing_ms,
            )
        )
    else:
        key = f"event/{producer}/{_part(result.name)}{tail}"
        header.event.CopyFrom(
            feed_pb2.Event(
                **common,
                text=result.text.splitlines()[0][:_LONGEST_TEXT] if result.text else "",
                value=_finite(result.value),
                unit=result.unit,
                urgent=result.urgent,
                time_ns=time.time_ns(),
            )
        )
    if header.ByteSize() > MAX_HEADER_BYTES:
        raise Refused("bad_size", "its text and numbers are over 4 MiB")
    return Ready(key, header, pixels)


def _part(name: str) -> str:
    if not name or "/" in name:
        raise Refused("failed", f"'{name}' cannot be part of a key; give a name without a slash")
    return name


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise Refused("not_finite", f"a number is {value}")
    return float(value)


def _image(
    given: npt.ArrayLike, shape: Optional[tuple[int, ...]], resized: bool, pixel_bytes: int
) -> _pixels.NDArray:
    pixels = np.asarray(given)
    expected = f"{shape[-2]} x {shape[-1]}" if shape else "two dimensions"
    fits = (
        pixels.ndim == 2
        and pixels.size > 0
        and (resized or shape is None or pixels.shape == shape[-2:])
    )
    if not fits:
        raise Refused("bad_size", f"its shape is {pixels.shape}, not {expected}")
    if pixels.size * pixel_bytes > MAX_PIXEL_BYTES:
        raise Refused(
            "bad_size",
            f"{pixels.shape} pixels are more than the {MAX_PIXEL_BYTES} bytes that "
            "are published at most",
        )
    return pixels


def _labels(
    result: Labels, shape: Optional[tuple[int, ...]], classes: Sequence[LabelClass]
) -> _pixels.NDArray:
    pixels = _image(result.pixels, shape, result.resized, 2)
    if pixels.dtype.kind not in "bui":
        raise Refused("bad_label", f"labels are {pixels.dtype}; make them integers")
    known = {one.index for one in result.classes or classes}
    known |= set() if result.unlabelled is None else {result.unlabelled}
    low, high = int(pixels.min()), int(pixels.max())
    if low < 0 or high > 0xFFFF or not known.issuperset((low, high)):
        raise Refused(
            "bad_label", f"the labels {low} to {high} have no class; declare it in `classes`"
        )
    made = np.array(pixels, np.uint8 if high <= 0xFF else np.uint16, order="C")
    if not known.issuperset(range(high + 1)):
        has_class = np.zeros(high + 1, bool)
        has_class[[index for index in known if index <= high]] = True
        if not has_class[made].all():
            raise Refused("bad_label", "a label has no class; declare it in `classes`")
    return made


def _values(result: Values, shape: Optional[tuple[int, ...]]) -> _pixels.NDArray:
    pixels = _image(result.pixels, shape, result.resized, 4)
    if pixels.dtype.kind not in "buif":
        raise Refused("failed", f"values are {pixels.dtype}; make them numbers")
    with np.errstate(over="ignore"):  # told as what it becomes, infinite
        made = np.array(pixels, np.float32, order="C")
    if not np.isfinite(made).all():
        raise Refused("not_finite", "a pixel is NaN or infinite")
    return made


def _columns(result: Table) -> list[feed_pb2.TableColumn]:
    made = []
    lengths = {len(result.rows)} if result.rows else set()
    for title, given in result.columns.items():
        name, _, unit = title.partition("[")
        values = np.atleast_1d(np.asarray(given, np.float64))
        if values.ndim != 1:
            raise Refused("bad_size", f"column '{title}' is no list of numbers")
        if not np.isfinite(values).all():
            raise Refused("not_finite", f"column '{title}' holds NaN or infinity")
        lengths.add(len(values))
        made.append(feed_pb2.TableColumn(name=name.strip(), unit=unit.rstrip(" ]"), values=values))
    if len(lengths) > 1:
        raise Refused("bad_size", f"its columns and row names have {sorted(lengths)} rows")
    return made
