"""The threads that call a plugin's hooks: inputs, events, and the publishing of results."""
from __future__ import annotations

import collections
import dataclasses
import logging
import os
import threading
import time
import traceback
from typing import Any, Callable, Optional

from . import (
    _directory,
    _events,
    _feed_producer,
    _inputs,
    _ledger,
    _loop,
    _network,
    _options,
    _publisher,
    _subscriptions,
    images,
    results,
)
from .plugin import Plugin, declared
from .v1 import common_pb2, feed_pb2

_log = logging.getLogger("slicecast")
_MOST_KEYS = 256  # that are kept to be processed again when a parameter changes
_LOG_AGAIN_S = 10.0


@dataclasses.dataclass(frozen=True)
class _Turn:
    ticket: int  # rises with every input that is taken
    taken_at: float


class NodeThreads:
    """One thread for a node with state. A stateless one has as many as asked, which take the newest
    images in turn: what reads or changes the state of this object holds `_state`, and the calls of
    a stateless node do not."""

    def __init__(
        self,
        node: Plugin,
        options: _options.Options,
        feed: _feed_producer.FeedProducer,
        ledger: _ledger.Ledger,
        loop: _loop.Loop,
        network: _network.Network,
        directory: _directory.Directory,
    ) -> None:
        self.processing = _ledger.Summary(
            "slicecast_plugin_processing_ms", "Time of one call of the node"
        )
        self.age = _ledger.Summary(
            "slicecast_plugin_age_ms",
            "Age of the newest projection in a result when it is published",
        )
        self.overhead = _ledger.Summary(
            "slicecast_plugin_overhead_us",
            "From an image taken off its feed to its results published, less the time in the node",
        )
        self.last_fault = ""
        self.broken = False  # it could not start
        self._node, self._options, self._ledger = node, options, ledger
        self._own = [one.name for one in declared(type(node))]
        self._arrived = threading.Condition()
        self._publisher = _publisher.Publisher(feed)
        self._inputs = _inputs.Inputs(
            loop,
            network,
            directory,
            options["name"],
            options["input"].split(),
            options["source"].split(),
            options["max_message"] << 20,
            ledger,
            self._arrived,
        )
        self._last: collections.OrderedDict[str, images.Item] = collections.OrderedDict()
        self._again: list[str] = []  # keys in _last that are to be processed once more
        self._scene = feed_pb2.Scene()
        self._subscribed: list[feed_pb2.Subscription] = []
        self._scan: Optional[Any] = None
        self._changed = self._stopping = False
        self._state = threading.RLock()
        self._ticket = 0  # of the input that was taken last
        self._calls: dict[int, float] = {}  # by thread, when its call began
        self._logged: dict[str, float] = {}
        names = [f"node {number}" for number in range(options["threads"] or os.cpu_count() or 1)]
        self._thread, *self._others = [
            threading.Thread(target=self._work, name=name, daemon=True) for name in names
        ]

    def start(self) -> None:
        self._inputs.open()
        self._thread.start()

    def stop(self, grace: float) -> bool:
        """False: a hook did not return in time."""
        with self._arrived:
            self._stopping = True
            self._arrived.notify_all()
        if self._thread.ident is not None:
            self._thread.join(grace)
        self._inputs.close()
        return not self._thread.is_alive()

    def parameters_changed(self) -> None:
        """Any thread; they take effect between two calls."""
        with self._arrived:
            self._changed = True
            self._arrived.notify_all()

    def trouble(self) -> str:
        began = min(self._calls.copy().values(), default=None)
        if began is not None and 1000 * (time.monotonic() - began) > self._options["deadline_ms"]:
            return (
                f"hanging: a call of the node has been running for {time.monotonic() - began:.1f} "
                f"s, over deadline_ms = {self._options['deadline_ms']}; restart the plugin"
            )
        if not any(self._inputs.sources().values()):
            return f"nobody sends '{self._options['input']}'; is its producer running?"
        return ""

    def facts(self) -> dict[str, str]:
        return {
            "input": self._options["input"],
            "reads_from": " ".join(self._inputs.sources()),
            "enabled": "yes" if self._options["enabled"] else "no",
            "last_fault": self.last_fault,
        }

    @property
    def published(self) -> int:
        return self._publisher.published

    def _work(self) -> None:
        leads = threading.current_thread() is self._thread
        if leads:
            self._adopt()
            if self._call("start", self._node.start):
                self.broken = True
                return
            for thread in self._others:
                thread.start()
        while self._turn():
            continue
        if leads:
            for thread in self._others:
                thread.join()
            self._call("stop", self._node.stop)

    def _turn(self) -> bool:
        """One piece of work: changed parameters first, then what is new, then what is repeated."""
        with self._arrived:
            taken = None
            while not (self._stopping or self._changed or self._again):
                taken = self._inputs.take_now()
                if taken is not None:
                    break
                self._arrived.wait(1.0)
            if self._stopping:
                return False
            changed, self._changed = self._changed, False
            if taken is None and not changed:
                taken = self._inputs.take_now()
            self._ticket += 1
            turn = _Turn(self._ticket, time.monotonic())
        if changed:
            self._parameters()
        elif taken is not None:
            self._take(taken, turn)
        else:
            self._repeat(turn)
        return True

    def _adopt(self) -> None:
        values: dict[str, Any] = self._options.values
        self._node.parameters = {name: values[name] for name in self._own}
        self._subscribe()

    def _subscribe(self) -> None:
        wanted = _subscriptions.subscriptions_for(self._options.values, self._scene)
        if wanted != self._subscribed:  # the same again would make images come again
            self._subscribed = wanted
            self._inputs.subscribe(wanted)

    def _parameters(self) -> None:
        with self._state:
            own = self._node.parameters
            self._adopt()
            if not self._options["enabled"]:
                self._publisher.clear()
                self._last.clear()
                self._again.clear()
            if own != self._node.parameters:
                self._call("on_parameters", self._node.on_parameters)
                self._again = list(self._last)
        with self._arrived:  # what is to be repeated may be shared
            self._arrived.notify_all()

    def _take(self, taken: _inputs.Taken, turn: _Turn) -> None:
        header = taken.message.header
        kind = header.WhichOneof("payload")
        if kind not in ("scene", "scan"):
            return self._input(taken, turn)
        with self._state:
            if kind == "scene":
                happened = _events.slice_events(self._scene, header.scene)
                self._scene = header.scene
                self._publisher.keep_slices({one.id for one in self._scene.slices})
                self._subscribe()
            else:
                happened = _events.scan_events(self._scan, header.scan)
                self._scan = header.scan
            for name, argument in happened:
                hook: Callable[[Any], results.Results] = getattr(self._node, name)
                self._call(name, lambda: hook(argument))

    def _input(self, taken: _inputs.Taken, turn: _Turn) -> None:
        key = taken.message.header.key
        item = images.item_of(taken.message)
        if item is None:
            return self._ledger.receive_and_drop("bad_header", 1)
        with self._state:
            if isinstance(item, images.Removed):
                self._last.pop(key, None)
                return self._publisher.input_gone(key)
            self._publisher.input_came(key, turn.ticket)
            if key in self._again:
                self._again.remove(key)
            self._last[key] = item
            self._last.move_to_end(key)
            if len(self._last) > _MOST_KEYS:
                self._last.popitem(last=False)
        self._process(key, item, turn)

    def _repeat(self, turn: _Turn) -> None:
        with self._state:
            key = self._again.pop(0) if self._again else ""
            item = self._last.get(key)
            if item is not None:
                self._publisher.input_came(key, turn.ticket)
        if item is not None:
            self._process(key, item, turn)

    def _process(self, key: str, item: images.Item, turn: _Turn) -> None:
        self._ledger.receive()
        reason = self._call(key, lambda: self._node.process(item), key, item, turn)
        if reason:
            self._ledger.drop(reason)
        else:
            self._ledger.finish()

    def _call(
        self,
        what: str,
        hook: Callable[[], results.Results],
        key: str = "",
        item: Optional[images.Item] = None,
        turn: Optional[_Turn] = None,
    ) -> str:
        """Calls a hook and publishes what it returns; the reason why not all of it, or nothing."""
        thread, began = threading.get_ident(), time.monotonic()
        self._calls[thread] = began
        reason, made = "", []
        try:
            made = results.listed(hook())
        except results.Refused as error:
            reason = self._fault(error.reason, f"{what}: {error}")
        except Exception as error:
            reason = self._fault(
                "failed",
                f"{what}: the node raised {type(error).__name__}: {error}",
                traceback.format_exc(),
            )
        ended = time.monotonic()
        del self._calls[thread]
        ticket = turn.ticket if turn else 0
        for result in made:
            reason = self._publish(result, key, item, ticket, 1000 * (ended - began)) or reason
        if turn is not None:
            self.processing.add(1000 * (ended - began))
            self.overhead.add(1e6 * (began - turn.taken_at + time.monotonic() - ended))
        return reason

    def _publish(
        self,
        result: results.Result,
        key: str,
        item: Optional[images.Item],
        ticket: int,
        processing_ms: float,
    ) -> str:
        what = type(result).__name__ + (f" of {key}" if key else "")
        stamp: Optional[common_pb2.Stamp] = getattr(item, "stamp", None)
        pixels = getattr(item, "pixels", None)
        try:
            ready = results.ready(
                result,
                self._options["name"],
                key.rsplit("/", 1)[-1],
                stamp,
                None if pixels is None else pixels.shape,
                self._node.classes,
                processing_ms,
            )
        except results.Refused as error:
            return self._fault(error.reason, f"{what} is not published: {error}")
        except Exception as error:  # a field of a wrong type
            return self._fault("failed", f"{what} is not published: {error}")
        if not self._publisher.publish(ready, key, ticket):
            return "late"
        if stamp is not None and stamp.acquired_ns:
            self.age.add((time.time_ns() - stamp.acquired_ns) / 1e6)
        return ""

    def _fault(self, reason: str, message: str, trace: str = "") -> str:
        """Logs each kind once in a while, because it may come with every image."""
        self.last_fault = message
        kind, now = reason + message.split(":")[-1][:40], time.monotonic()
        with self._state:
            again = now - self._logged.get(kind, -_LOG_AGAIN_S) < _LOG_AGAIN_S
            if len(self._logged) > 100:
                self._logged.clear()
            if not again:
                self._logged[kind] = now
        if not again:
            _log.error("%s (%s)%s", message, reason, "\n" + trace if trace else "")
        return reason
