"""A client: who is there, parameters, slices, previews, volumes, ledgers.

    with slicecast.connect() as client:
        for image in client.slices("xy"):
            print(image.stamp.version, image.pixels.mean())

Every call that waits has a deadline (`timeout`, in seconds) and raises one of `slicecast.errors`. A
client may be used from any thread; an iterator from one at a time.
"""
from __future__ import annotations

import itertools
import os
import time
from typing import Any, Iterator, Optional, Sequence, Union

import numpy as np

from . import _connection, errors, geometry, images, stream
from . import parameters as _parameters
from .scene import OwnSlices, Slice, find
from .source import Source
from .v1 import control_pb2, feed_pb2

Service = _connection.Service


def connect(
    hub: Optional[str] = None,
    *,
    curve: Union[str, os.PathLike[str], None] = None,
    name: str = "python",
    observe: bool = False,
    timeout: float = 5.0,
    socks: Optional[str] = None,
) -> Client:
    """Connects to the hub: the address given, else SLICECAST_HUB, else port 47600 of this machine.

    `curve` is a folder with a key pair (`slicecast keys`), when the services want keys. With
    `observe` the client may look and change nothing. `timeout` is the deadline of each request.
    `socks` is the host:port of a SOCKS proxy (ssh -D) to reach everything through.
    Raises Unavailable when no hub answers.
    """
    client = Client(hub, curve=curve, name=name, observe=observe, timeout=timeout, socks=socks)
    try:
        client.services()
    except BaseException:
        client.close()
        raise
    return client


class Client(_connection.Connection):
    """Made by connect()."""

    def __init__(self, hub: Optional[str] = None, **options: Any) -> None:
        super().__init__(hub, **options)
        self._requests = itertools.count(1)
        self._slices = OwnSlices(self)

    def close(self) -> None:
        """Removes the slices that were added and are not pinned, and ends all that is open."""
        if not self._closed:
            self._slices.close()
        super().close()

    def __enter__(self) -> Client:
        return self

    # --- what is there ---

    def status(self, service: str = "projection") -> control_pb2.Status:
        """Ledgers, gauges and facts of a service."""
        return self.ask(service, get_status=control_pb2.GetStatus()).status

    def clock_offset_s(self, service: str) -> tuple[float, float]:
        """The clock of a service's machine minus ours, and the error of that."""
        control = self._control(service, self.timeout)
        control.request(self.timeout, ping=control_pb2.Ping())
        assert control.clock is not None
        return control.clock.offset_s, control.clock.error_s

    # --- parameters ---

    def parameters(self, service: str = "projection") -> _parameters.Parameters:
        """All parameters of a service or plugin: a mapping of names to values."""
        reply = self.ask(service, list_parameters=control_pb2.ListParameters())
        return _parameters.parameters_from_proto(reply.parameters)

    def set_parameters(
        self, service: str = "projection", /, **values: Any
    ) -> _parameters.Parameters:
        """Sets several values as one change, or none if one is refused. They are applied when this
        returns; the result holds all parameters as they are now, under a risen `revision`."""
        known = self.parameters(service)
        messages = {
            name: _parameters.value_to_proto(
                known.about(name).kind, known.about(name).checked(value)
            )
            for name, value in values.items()
        }
        reply = self.ask(service, set_parameters=control_pb2.SetParameters(values=messages))
        return _parameters.parameters_from_proto(reply.parameters)

    # --- live slices ---

    def scene(self) -> list[Slice]:
        """The live slices, which all clients share."""
        reply = self.ask("slice", get_scene=control_pb2.GetScene())
        return [Slice(self, item) for item in reply.scene.slices]

    def slice(self, id_or_name: str, timeout: Optional[float] = None) -> Slice:
        """A live slice by its id or name; waits for it until the deadline."""
        timeout = self.timeout if timeout is None else timeout
        end = time.monotonic() + timeout
        listed = self.scene()
        found = find(listed, id_or_name)
        if found is not None:
            return found
        with self.subscribe("slice", ["scene"], timeout=timeout) as changes:
            while (change := changes.next_or_none(max(0.0, end - time.monotonic()))) is not None:
                assert isinstance(change, images.Other)
                listed = [Slice(self, item) for item in change.header.scene.slices]
                found = find(listed, id_or_name)
                if found is not None:
                    return found
        names = ", ".join(one.id for one in listed) or "none yet; add_slice() makes one"
        raise errors.NotFound(f"no live slice '{id_or_name}'; there are: {names}")

    def add_slice(
        self,
        pose: geometry.PoseLike,
        size: int = 512,
        *,
        rows: Optional[int] = None,
        width_mm: Optional[float] = None,
        id: str = "",
        name: str = "",
        pinned: bool = False,
    ) -> Slice:
        """Adds a live slice, or moves the one with that id. `pose` is `xy@Z`, `xz@Y`, `yz@X` (mm),
        nine numbers, or a Pose; a named one fills the field of view unless `width_mm` is given.
        `size` is its columns, and its rows if those are not given. It lives until it or this
        client goes, or, when it is `pinned`, until somebody removes it."""
        placed = self._pose(pose, width_mm)
        return self._slices.set(
            control_pb2.SetSlice(
                id=id,
                name=name,
                base=geometry.vec3(placed.base),
                axis1=geometry.vec3(placed.axis1),
                axis2=geometry.vec3(placed.axis2),
                rows=size if rows is None else rows,
                columns=size,
                pinned=pinned,
            )
        )

    def slices(
        self,
        id_or_name: Optional[str] = None,
        *,
        timeout: Optional[float] = None,
        max_rate_hz: float = 0.0,
        max_side: int = 0,
    ) -> stream.Stream[images.SliceImage]:
        """The images of one live slice, or of all: an iterator that gives the newest each time. It
        raises DeadlineExceeded when none comes for `timeout` seconds (default: the client's),
        and goes on after that; it ends when its slice is removed. `max_side` halves larger
        images until they fit."""
        key = "slice/" if id_or_name is None else f"slice/{self.slice(id_or_name, timeout).id}"
        subscription = feed_pb2.Subscription(prefix=key, max_rate_hz=max_rate_hz, max_side=max_side)
        exact = None if id_or_name is None else key
        return self._stream(
            "slice", [subscription], images.SliceImage, exact, timeout, ends=exact is not None
        )

    # --- on request ---

    def reconstruct(
        self,
        pose: geometry.PoseLike,
        size: int = 512,
        *,
        rows: Optional[int] = None,
        width_mm: Optional[float] = None,
        planes: int = 1,
        plane_step_mm: Sequence[float] = (0.0, 0.0, 0.0),
        timeout: Optional[float] = None,
    ) -> images.SliceImage:
        """One slice of any pose, or a slab of `planes` that lie `plane_step_mm` apart, once,
        without entering the scene."""
        placed = self._pose(pose, width_mm)
        image = self._once(
            placed,
            size if rows is None else rows,
            size,
            planes,
            plane_step_mm,
            self.timeout if timeout is None else timeout,
        )
        if image.projections == 0:
            raise errors.Unavailable(
                "the slice server has no filtered projection yet; try again once "
                "`slicecast status` counts some there"
            )
        return image

    def volume(
        self, size: int = 128, *, slab: int = 32, timeout: Optional[float] = None
    ) -> images.Volume:
        """The whole field of view as cubic voxels, `size` along x and y, fetched in slabs of so
        many planes that each come within the deadline. While a scan runs, they show moments that
        follow each other."""
        view = self.field_of_view()
        voxel = 2 * view.radius_mm / size
        planes = max(1, round((view.z_max_mm - view.z_min_mm) / voxel))
        middle = (view.z_max_mm + view.z_min_mm) / 2
        parts = []
        for first in range(0, planes, slab):
            z = middle + (first - (planes - 1) / 2) * voxel
            parts.append(
                self.reconstruct(
                    geometry.Pose(
                        (-view.radius_mm, -view.radius_mm, z),
                        (2 * view.radius_mm, 0, 0),
                        (0, 2 * view.radius_mm, 0),
                    ),
                    size,
                    planes=min(slab, planes - first),
                    plane_step_mm=(0, 0, voxel),
                    timeout=timeout,
                )
            )
        return images.Volume(
            np.concatenate([part.pixels.reshape(-1, size, size) for part in parts]),
            voxel,
            (0.0, 0.0, middle),
            parts[-1].stamp,
            parts[-1].value_unit,
            parts[-1].projections,
        )

    def field_of_view(self, timeout: Optional[float] = None) -> geometry.FieldOfView:
        """What the running scan sees."""
        pose = geometry.Pose((-0.5, -0.5, 0), (1, 0, 0), (0, 1, 0))
        view = self._once(pose, 1, 1, 1, (0, 0, 0), self.timeout if timeout is None else timeout)
        if not view.field_of_view.radius_mm > 0:
            raise errors.Unavailable(
                "the slice server does not know the field of view yet; stream a "
                "scan first, or give width_mm"
            )
        return view.field_of_view

    # --- other feeds ---

    def preview(self, timeout: Optional[float] = None) -> images.Volume:
        """The newest preview volume."""
        with self.previews(timeout=timeout) as volumes:
            return next(volumes)

    def previews(
        self, *, timeout: Optional[float] = None, max_rate_hz: float = 0.0
    ) -> stream.Stream[images.Volume]:
        """Preview volumes as they come."""
        return self._stream(
            "slice",
            [feed_pb2.Subscription(prefix="preview", max_rate_hz=max_rate_hz)],
            images.Volume,
            "preview",
            timeout,
        )

    def telemetry(
        self, service: str = "projection", *, timeout: Optional[float] = None
    ) -> Iterator[feed_pb2.Telemetry]:
        """Ledgers and gauges of a service, every second."""
        with self._stream(
            service, [feed_pb2.Subscription(prefix="telemetry")], images.Other, "telemetry", timeout
        ) as items:
            for item in items:
                yield item.header.telemetry

    def subscribe(
        self,
        service: str,
        prefixes: Sequence[Union[str, feed_pb2.Subscription]],
        *,
        timeout: Optional[float] = None,
    ) -> stream.Stream[images.Item]:
        """Everything of a service's feed whose key begins so, e.g. a plugin's "labels/": what it is
        tells its class, see `slicecast.images`."""
        wanted = [
            feed_pb2.Subscription(prefix=one) if isinstance(one, str) else one for one in prefixes
        ]
        return self._stream(service, wanted, object, None, timeout)

    # --- pushing projections ---

    def source(self, name: str = "source", **options: Any) -> Source:
        """A source of raw projections of that name at the hub, see `slicecast.source.Source`.
        Projection servers take frames from the one that their option `source` names, by default
        "source"."""
        return self._keep(Source(self._loop, self._network, self._directory, name, **options))

    # --- inside ---

    def _pose(self, pose: geometry.PoseLike, width_mm: Optional[float]) -> geometry.Pose:
        if isinstance(pose, geometry.Pose):
            return pose
        if width_mm is None and geometry.Pose.is_named(pose):
            width_mm = 2 * self.field_of_view().radius_mm
        return geometry.Pose.parse(pose, width_mm or 1.0)

    def _once(
        self,
        pose: geometry.Pose,
        rows: int,
        columns: int,
        planes: int,
        step: Sequence[float],
        timeout: float,
    ) -> images.SliceImage:
        prefix = f"request/{self.id}/"
        key = f"{prefix}{next(self._requests)}"
        end = time.monotonic() + timeout
        with self._stream(
            "slice", [feed_pb2.Subscription(prefix=key)], images.SliceImage, key, timeout
        ) as answers:
            self.ask(
                "slice",
                timeout,
                reconstruct_once=control_pb2.ReconstructOnce(
                    key=key,
                    base=geometry.vec3(pose.base),
                    axis1=geometry.vec3(pose.axis1),
                    axis2=geometry.vec3(pose.axis2),
                    plane_step=geometry.vec3(step),
                    rows=rows,
                    columns=columns,
                    planes=planes,
                ),
            )
            image: Optional[images.SliceImage] = answers.next_or_none(end - time.monotonic())
        if image is None:
            raise errors.DeadlineExceeded(
                f"no image came within {timeout:g} s; see with `slicecast "
                "status` whether a scan has been streamed"
            )
        if image.pixels.size != rows * columns * planes:
            raise errors.Malformed("the slice server sent another size than was asked for")
        return image
