"""Pushing raw projections: the producing end of the native raw link, from arrays.

    with client.source() as source, source.scan("scan-1", rows=512, columns=512) as scan:
        scan.dark(dark)
        scan.flat(flat)
        for frame, angle in acquire():
            scan.projection(frame, angle)
"""
from __future__ import annotations

import threading
from typing import Any, Optional, Sequence

import numpy as np
import numpy.typing as npt

from . import _announcer, _bulk_producer, _directory, _loop, _network, _pixels, errors
from .v1 import bulk_pb2, common_pb2, control_pb2

Array = npt.NDArray[Any]


class Source:
    """A service of kind `source` with a ring of frames; projection servers connect to it and each
    keeps its own place in the ring. Made by Client.source().

    A frame waits, up to its deadline, while it would push out of the ring what a consumer has not
    taken; with `lossy=True` nothing ever waits and the oldest frames are lost (counted at the
    consumer as `fell_off_ring`), which is what a detector wants.
    """

    def __init__(
        self,
        loop: _loop.Loop,
        network: _network.Network,
        directory: _directory.Directory,
        name: str,
        *,
        bind: str = "127.0.0.1",
        port: int = 0,
        advertise: str = "",
        ring_bytes: int = 256 << 20,
        lossy: bool = False,
        timeout: float = 30.0,
    ) -> None:
        self.name, self.lossy, self.timeout = name, lossy, timeout
        self._loop = loop
        self._open = True
        self._bulk = _bulk_producer.BulkProducer(
            loop,
            network,
            _network.bind_addresses(name, "raw", bind, port),
            _network.new_instance(),
            ring_bytes,
        )
        self._service = _announcer.AnnouncedService(
            loop,
            network,
            directory,
            name=name,
            kind="source",
            instance=self._bulk.instance,
            bind=bind,
            advertise=advertise,
            links={"raw": self._bulk.addresses},
            feeds=[],
            handler=self._answer,
        )
        try:
            self._service.wait(5.0)
        except errors.SlicecastError:
            self.close()
            raise

    @property
    def addresses(self) -> list[str]:
        """Where the raw link can be reached; a projection server's `source` may name one."""
        return self._bulk.addresses

    def consumers(self) -> dict[str, int]:
        """Projection servers that listen, and how many messages each has lost."""
        return self._bulk.consumers()

    def scan(
        self,
        scan_id: str,
        *,
        rows: int,
        columns: int,
        projections: int = 0,
        pixel_mm: float = 0.0,
        dtype: npt.DTypeLike = np.uint16,
        window: int = 0,
        geometry: Optional[common_pb2.Geometry] = None,
        already_linear: bool = False,
        incident_counts: float = 0.0,
        title: str = "",
    ) -> Scan:
        """Starts a scan: projections before it are cleared, darks and flats stay. `window`
        projections make one reconstruction. `geometry` says all of common.proto's Geometry (cone
        beam, axis, angles by frame); rows, columns and pixel_mm are filled in. `already_linear`:
        frames are line integrals."""
        made = common_pb2.Geometry()
        if geometry is not None:
            made.CopyFrom(geometry)
        made.rows, made.columns = rows, columns
        made.pixel_mm = pixel_mm or made.pixel_mm
        pixel_type: Any = _pixels.pixel_type(dtype)
        start = bulk_pb2.ScanStart(
            scan_id=scan_id,
            geometry=made,
            window=common_pb2.Window(group_size=window),
            pixel_type=pixel_type,
            already_linear=already_linear,
            incident_counts=incident_counts,
            projections=projections,
            title=title,
        )
        self._bulk.publish(bulk_pb2.BulkHeader(scan_start=start), preamble=True)
        return Scan(self, start, np.dtype(dtype))

    def wait_until_taken(self, timeout: Optional[float] = None) -> None:
        """Until every consumer, and at least one, has taken all that was sent."""
        timeout = self.timeout if timeout is None else timeout
        if not self._bulk.wait_until_taken(timeout):
            who = ", ".join(self.consumers()) or "no projection server is connected"
            raise errors.DeadlineExceeded(
                f"not everything was taken within {timeout:g} s ({who}); is "
                f"`source` of the projection server '{self.name}'?"
            )

    def close(self) -> None:
        """Ends the link at once; what was not taken yet is gone. A `with` block that is left
        without an exception waits until all is taken before, unless `lossy`."""
        if not self._open:
            return
        self._open = False
        self._service.close()
        self._loop.ask(self._bulk.close)

    def __enter__(self) -> Source:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], *_: object) -> None:
        try:
            if kind is None and self._open and not self.lossy:
                self.wait_until_taken()
        finally:
            self.close()

    def _answer(self, request: control_pb2.Request, reply: control_pb2.Reply) -> None:
        if request.HasField("get_status"):
            return
        if request.HasField("list_parameters"):
            reply.parameters.SetInParent()
            return
        raise errors.Unsupported(
            f"{self.name} is driven by a Python program and answers no "
            f"{request.WhichOneof('body')}"
        )

    def _send(self, header: bulk_pb2.BulkHeader, pixels: Optional[Array]) -> None:
        size = 0 if pixels is None else pixels.nbytes
        if not self.lossy and not self._bulk.wait_for_room(size, self.timeout):
            who = ", ".join(self.consumers()) or "no projection server is connected"
            raise errors.DeadlineExceeded(
                f"the ring of {self._bulk.ring_bytes} bytes stayed full for "
                f"{self.timeout:g} s ({who})"
            )
        self._bulk.publish(header, pixels)


class Scan:
    """One scan; ends with the `with` block. Frames are copied once, into the ring, unless
    `copy=False` promises that the array will not change any more."""

    def __init__(self, source: Source, start: bulk_pb2.ScanStart, dtype: np.dtype[Any]) -> None:
        self.start = start
        self._source, self._dtype = source, dtype
        self._counts: dict[int, int] = {bulk_pb2.PROJECTION: 0, bulk_pb2.DARK: 0, bulk_pb2.FLAT: 0}
        self._lock = threading.Lock()

    def dark(self, frame: Array, *, copy: bool = True) -> None:
        """Darks and flats may come at any time; those that follow each other are averaged."""
        self._frame(bulk_pb2.DARK, frame, copy)

    def flat(self, frame: Array, *, copy: bool = True) -> None:
        self._frame(bulk_pb2.FLAT, frame, copy)

    def projection(
        self,
        frame: Array,
        angle_rad: Optional[float] = None,
        *,
        matrix: Optional[Sequence[float]] = None,
        id: Optional[int] = None,
        acquired_ns: int = 0,
        copy: bool = True,
    ) -> None:
        """At an unwrapped angle, or with a 3x4 matrix (12 numbers, world mm to pixels); without
        either by the scan's geometry and the frame's id, which counts from 0 unless it is given."""
        more: dict[str, Any] = {"acquired_ns": acquired_ns}
        if angle_rad is not None:
            more["angle_rad"] = angle_rad
        if matrix is not None:
            more["matrix"] = np.asarray(matrix, np.float64).ravel().tolist()
        self._frame(bulk_pb2.PROJECTION, frame, copy, id, **more)

    def end(self) -> None:
        """No more frames. What has come stays: slices and parameters still work."""
        self._source._send(
            bulk_pb2.BulkHeader(
                scan_end=bulk_pb2.ScanEnd(
                    scan_id=self.start.scan_id, projections=self._counts[bulk_pb2.PROJECTION]
                )
            ),
            None,
        )

    def __enter__(self) -> Scan:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _frame(
        self, kind: Any, frame: Array, copy: bool, id: Optional[int] = None, **more: Any
    ) -> None:
        expected = (self.start.geometry.rows, self.start.geometry.columns)
        if frame.shape != expected:
            raise errors.InvalidArgument(
                f"the frame is {frame.shape}, its scan {expected}; a change of "
                "region or binning needs a new scan"
            )
        if frame.dtype != self._dtype:
            raise errors.InvalidArgument(
                f"the frame holds {frame.dtype}, its scan {self._dtype}; give "
                "the scan that dtype"
            )
        with self._lock:
            number = self._counts[kind] if id is None else id
            self._counts[kind] += 1
        header = bulk_pb2.BulkHeader(
            frame=bulk_pb2.Frame(scan_id=self.start.scan_id, kind=kind, id=number, **more)
        )
        self._source._send(header, np.array(frame, order="C", copy=copy))
