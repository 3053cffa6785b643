"""Pixels on the wire: typed, densely packed, in parts of at most 1 MiB."""
from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import zmq

from .errors import InvalidArgument
from .v1 import common_pb2

PART_BYTES = 1 << 20
MAX_MESSAGE_BYTES = 1 << 30

_DTYPES: dict[int, np.dtype[Any]] = {
    int(getattr(common_pb2, name)): np.dtype(name.lower()).newbyteorder("<")
    for name in (
        "UINT8",
        "UINT16",
        "UINT32",
        "UINT64",
        "INT8",
        "INT16",
        "INT32",
        "INT64",
        "FLOAT16",
        "FLOAT32",
        "FLOAT64",
    )
}
_TYPES = {dtype: number for number, dtype in _DTYPES.items()}
NDArray = npt.NDArray[Any]


def pixel_type(dtype: npt.DTypeLike) -> int:
    """The PixelType of a dtype; InvalidArgument for one that the wire does not carry."""
    number = _TYPES.get(np.dtype(dtype).newbyteorder("<"))
    if number is None:
        raise InvalidArgument(
            f"pixels of type {np.dtype(dtype)} cannot be sent; convert them to one "
            "of int8..int64, uint8..uint64, float16..float64"
        )
    return number


def pixel_format(pixels: NDArray) -> common_pb2.PixelFormat:
    return common_pb2.PixelFormat(
        type=pixel_type(pixels.dtype),  # type: ignore[arg-type]
        shape=list(pixels.shape),
        bytes=pixels.nbytes,
    )


def parts_of(pixels: NDArray) -> list[memoryview]:
    """Views of a C-contiguous array, which must not change until they are sent."""
    raw = pixels.reshape(-1).view(np.uint8).data
    return [raw[at : at + PART_BYTES] for at in range(0, len(raw), PART_BYTES)]


def announced_bytes(format: common_pb2.PixelFormat, limit: int) -> int | None:
    """Bytes that the format announces; None when it contradicts itself or is over the limit."""
    dtype = _DTYPES.get(format.type)
    if dtype is None or not 1 <= len(format.shape) <= 3:
        return None
    count = math.prod(format.shape)
    return format.bytes if 0 < count * dtype.itemsize == format.bytes <= limit else None


def receive_pixels(
    socket: zmq.Socket[bytes], format: common_pb2.PixelFormat, limit: int
) -> NDArray | None:
    """The parts that follow a header, as one array; None, all parts taken, when they do not fit it.

    Pixels in one part (up to 1 MiB) are not copied: the array is a view of the received message. Of
    several parts each is copied once, into its place. Numbers are converted only if the sender
    quantised them, which it does when it is asked to.
    """
    bytes_left = announced_bytes(format, limit)
    whole: NDArray | None = None
    at, fits = 0, bytes_left is not None
    while socket.getsockopt(zmq.RCVMORE):
        frame = socket.recv(zmq.NOBLOCK, copy=False)
        part = frame.buffer
        if bytes_left is None or at + len(part) > bytes_left:
            fits = False
        elif len(part) == bytes_left:
            whole = np.frombuffer(part, np.uint8)
        elif fits:
            if whole is None:
                whole = np.empty(bytes_left, np.uint8)
            whole[at : at + len(part)] = part
        at += len(part)
    if not fits or whole is None or at != bytes_left:
        return None
    dtype = _DTYPES[format.type]
    if whole.ctypes.data % dtype.itemsize:  # a small part that ZeroMQ received among others
        whole = whole.copy()
    pixels = whole.view(dtype).reshape(tuple(format.shape))
    if format.scale or format.offset:
        scaled = pixels.astype(np.float32)
        scaled *= format.scale or 1.0
        scaled += format.offset
        return scaled
    return pixels


def drop_rest(socket: zmq.Socket[bytes]) -> None:
    """Takes what is left of a message that is not wanted."""
    while socket.getsockopt(zmq.RCVMORE):
        socket.recv(zmq.NOBLOCK, copy=False)
