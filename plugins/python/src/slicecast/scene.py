"""Live slices: one scene that all clients share; the last pose wins, whoever sent it."""
from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Optional, Sequence

from . import errors, geometry, stream
from .images import SliceImage
from .v1 import control_pb2, feed_pb2

if TYPE_CHECKING:
    from . import client as _client

_LEASE_S = 2.0  # slices of a client that is silent for 10 s are removed


class Slice:
    """A live slice. Pose and size are from when it was last set or listed here."""

    def __init__(self, client: _client.Client, message: feed_pb2.SceneSlice) -> None:
        self._client, self.header = client, message

    @property
    def id(self) -> str:
        return self.header.id

    @property
    def name(self) -> str:
        return self.header.name

    @property
    def pose(self) -> geometry.Pose:
        return geometry.pose(self.header)

    @property
    def pose_revision(self) -> int:
        """Rises with each change; images name the one they show in their stamp."""
        return self.header.pose_revision

    @property
    def pinned(self) -> bool:
        return self.header.pinned

    def move(self, pose: geometry.PoseLike, *, width_mm: Optional[float] = None) -> Slice:
        """Another pose; a named one keeps the width."""
        if width_mm is None and isinstance(pose, str):
            width_mm = sum(x * x for x in self.pose.axis1) ** 0.5
        placed = self._client._pose(pose, width_mm)
        return self._set(
            base=geometry.vec3(placed.base),
            axis1=geometry.vec3(placed.axis1),
            axis2=geometry.vec3(placed.axis2),
        )

    def pin(self, pinned: bool = True) -> Slice:
        """Pinned slices stay when their owner goes."""
        return self._set(pinned=pinned)

    def remove(self) -> None:
        self._client._slices.remove(self.id)

    def images(self, **options: Any) -> stream.Stream[SliceImage]:
        """Its images as they come, see Client.slices()."""
        return self._client.slices(self.id, **options)

    def _set(self, **changes: Any) -> Slice:
        now = self.header
        fields: dict[str, Any] = {
            "base": now.base,
            "axis1": now.axis1,
            "axis2": now.axis2,
            **changes,
        }
        placed = self._client._slices.set(
            control_pb2.SetSlice(
                id=now.id, name=now.name, rows=now.rows, columns=now.columns, **fields
            )
        )
        self.header = placed.header
        return self

    def __repr__(self) -> str:
        return f"<Slice {self.id} {self.header.rows} x {self.header.columns} {self.pose}>"


def find(slices: Sequence[Slice], id_or_name: str) -> Optional[Slice]:
    """An id counts before a name."""
    by_id = [one for one in slices if one.id == id_or_name]
    return next(iter(by_id + [one for one in slices if one.name == id_or_name]), None)


class OwnSlices:
    """What this client has set: renews its lease, and sets it again at a restarted slice server."""

    def __init__(self, client: _client.Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._mine: dict[str, control_pb2.SetSlice] = {}
        self._instance = 0
        self._timer: Any = None

    def set(self, request: control_pb2.SetSlice) -> Slice:
        reply = self._client.ask("slice", set_slice=request)
        placed = reply.slice
        if placed.owner == self._client.id:
            with self._lock:
                self._instance = self._instance or reply.instance
                kept = control_pb2.SetSlice()
                kept.CopyFrom(request)
                kept.id, kept.pinned = placed.id, placed.pinned
                self._mine[placed.id] = kept
            self._client._loop.call(self._begin)
        return Slice(self._client, placed)

    def remove(self, id: str) -> None:
        with self._lock:
            self._mine.pop(id, None)
        self._client.ask("slice", remove_slice=control_pb2.RemoveSlice(id=id))

    def close(self) -> None:
        """Removes those that are not pinned; at a silent server their lease ends by itself."""
        with self._lock:
            unpinned = [id for id, request in self._mine.items() if not request.pinned]
            self._mine.clear()
        for id in unpinned:
            try:
                self._client.ask("slice", 0.3, remove_slice=control_pb2.RemoveSlice(id=id))
            except errors.NotFound:
                continue
            except errors.SlicecastError:
                return

    def _begin(self) -> None:
        if self._timer is None:
            self._timer = self._client._loop.every(_LEASE_S, self._renew)

    def _renew(self) -> None:
        control = self._client._controls.get("slice")
        with self._lock:
            if control is None or not self._mine:
                return
        control.post(_LEASE_S, self._renewed, get_scene=control_pb2.GetScene())

    def _renewed(self, reply: control_pb2.Reply | errors.SlicecastError) -> None:
        """The scene's own word, since somebody else may have moved or removed a slice meanwhile."""
        if isinstance(reply, errors.SlicecastError):
            return
        there = {item.id: item for item in reply.scene.slices}
        with self._lock:
            if reply.instance == self._instance:
                for id in [id for id in self._mine if id not in there]:
                    del self._mine[id]
                for id in self._mine:
                    now = there[id]
                    self._mine[id] = control_pb2.SetSlice(
                        id=id,
                        base=now.base,
                        axis1=now.axis1,
                        axis2=now.axis2,
                        rows=now.rows,
                        columns=now.columns,
                        name=now.name,
                        pinned=now.pinned,
                    )
                return
            self._instance = reply.instance  # restarted: it knows nothing of ours
            again = [kept for id, kept in self._mine.items() if id not in there]
        control = self._client._controls["slice"]
        for request in again:
            control.post(_LEASE_S, lambda _: None, set_slice=request)
