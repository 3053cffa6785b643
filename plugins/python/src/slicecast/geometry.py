"""Where things are. World: right-handed, fixed to the sample, mm, +z up along the rotation axis,
the origin on the axis at detector row (rows - 1) / 2 (cone beam: at source height).
"""
from __future__ import annotations

import dataclasses
import math
from typing import Any, Sequence, Union

import numpy as np
import numpy.typing as npt

from .errors import InvalidArgument
from .v1 import common_pb2

Vector = tuple[float, float, float]
_PLANES = {"xy": (0, 1, 2), "xz": (0, 2, 1), "yz": (1, 2, 0)}  # row axis, column axis, normal
_REMEDY = "; write xy@Z, xz@Y or yz@X in mm, or nine numbers: base, axis1, axis2"


def vector(message: common_pb2.Vec3) -> Vector:
    return (message.x_mm, message.y_mm, message.z_mm)


def vec3(numbers: Sequence[float]) -> common_pb2.Vec3:
    return common_pb2.Vec3(x_mm=numbers[0], y_mm=numbers[1], z_mm=numbers[2])


def _vector(numbers: Sequence[float]) -> Vector:
    if len(numbers) != 3 or not all(map(math.isfinite, numbers)):
        raise InvalidArgument(f"{numbers} is no vector; give three finite numbers in mm")
    return (float(numbers[0]), float(numbers[1]), float(numbers[2]))


@dataclasses.dataclass(frozen=True)
class Pose:
    """A rectangle in space, in mm. `base` is the outer corner of pixel (0, 0), `axis1` runs along a
    row over the whole width, `axis2` along a column over the whole height; pixel (r, c) is
    centred at base + (c + 1/2) axis1 / columns + (r + 1/2) axis2 / rows.
    """

    base: Vector
    axis1: Vector
    axis2: Vector

    def __post_init__(self) -> None:
        for name in ("base", "axis1", "axis2"):
            object.__setattr__(self, name, _vector(getattr(self, name)))
        area = float(np.linalg.norm(np.cross(self.axis1, self.axis2)))
        if not area > 1e-9 * math.hypot(*self.axis1) * math.hypot(*self.axis2):
            raise InvalidArgument(
                "axis1 and axis2 do not span a plane; give two edge vectors that "
                "are not parallel"
            )

    @staticmethod
    def parse(text: str, width_mm: float) -> Pose:
        """`xy@Z`, `xz@Y` or `yz@X`: a square of that width about the axis; or nine numbers."""
        plane, at, place = text.strip().partition("@")
        try:
            if not at:
                numbers = [float(word) for word in text.split(",")]
                if len(numbers) != 9:
                    raise ValueError
                return Pose(_vector(numbers[:3]), _vector(numbers[3:6]), _vector(numbers[6:]))
            first, second, normal = _PLANES[plane]
            base, axis1, axis2 = [-width_mm / 2] * 3, [0.0] * 3, [0.0] * 3
            base[normal] = float(place)
            axis1[first] = axis2[second] = width_mm
        except (ValueError, KeyError):
            raise InvalidArgument(f"pose '{text}' is not understood{_REMEDY}") from None
        return Pose(_vector(base), _vector(axis1), _vector(axis2))

    @staticmethod
    def is_named(text: str) -> bool:
        """`xy@0` and the like, which want a width."""
        return text.strip()[:3] in ("xy@", "xz@", "yz@")

    def centres_mm(self, rows: int, columns: int) -> npt.NDArray[np.float64]:
        """Of all pixels, [rows, columns, 3]."""
        c = (np.arange(columns) + 0.5)[None, :, None] / columns
        r = (np.arange(rows) + 0.5)[:, None, None] / rows
        points: npt.NDArray[np.float64] = (
            np.asarray(self.base) + c * np.asarray(self.axis1) + r * np.asarray(self.axis2)
        )
        return points


PoseLike = Union[str, Pose]


def pose(message: Any) -> Pose:
    """Of a SliceImage or a SceneSlice."""
    return Pose(vector(message.base), vector(message.axis1), vector(message.axis2))


@dataclasses.dataclass(frozen=True)
class FieldOfView:
    """What every projection has seen: a cylinder about the rotation axis."""

    radius_mm: float
    z_min_mm: float
    z_max_mm: float

    def contains(self, points_mm: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Of points [..., 3]."""
        x, y, z = points_mm[..., 0], points_mm[..., 1], points_mm[..., 2]
        inside: npt.NDArray[np.bool_] = (
            (np.hypot(x, y) <= self.radius_mm) & (z >= self.z_min_mm) & (z <= self.z_max_mm)
        )
        return inside


def field_of_view(message: Any) -> FieldOfView:
    return FieldOfView(message.radius_mm, message.z_min_mm, message.z_max_mm)
