"""Makes a process of a plugin: links, the node's thread, parameters, health, the end."""
from __future__ import annotations

import inspect
import logging
import os
import signal
import sys
import threading
import time
from typing import Any, Optional, Sequence

from . import (
    _announcer,
    _directory,
    _feed_producer,
    _http,
    _ledger,
    _loop,
    _network,
    _node,
    _options,
    errors,
    parameters,
)
from .plugin import Plugin, StatelessPlugin, declared
from .v1 import control_pb2

_log = logging.getLogger("slicecast")
_HUB_PATIENCE_S = 0.4  # a hub on this machine answers within a few milliseconds
_DECISION_S = 2.0  # longer than the hub takes to ask the former holder of a name
_LOOK_S = 0.2  # at the parent that `slicecast up` is
_NODE_GRACE_S = 1.0  # for a hook that runs at the stop
_PARENT = "SLICECAST_PARENT_PID"


class Runner:
    """A plugin that runs in this process, until stop(). Made by run(); tests and notebooks may make
    one."""

    def __init__(self, node: Plugin, options: _options.Options) -> None:
        self.options = options
        self.refusal = ""
        self.stopping = threading.Event()
        name, instance = options["name"], _network.new_instance()
        self._plugin = node
        self._changing = threading.Lock()
        self._ledger = _ledger.Ledger("inputs")
        self._loop = _loop.Loop(f"links of {name}")
        self._open: list[Any] = []  # what close() ends, last first
        try:
            self._network = _network.Network(
                self._loop, options["curve"], options["allow_plain_public"], options["socks"]
            )
            self._directory = _directory.Directory(
                self._loop,
                self._network,
                _network.hub_address(options["hub"]),
                f"{name}-{instance:x}",
            )
            self._feed = _feed_producer.FeedProducer(
                self._loop,
                self._network,
                _network.bind_addresses(name, "feed", options["bind"], options["feed_port"]),
                instance,
            )
            self.node = _node.NodeThreads(
                node, options, self._feed, self._ledger, self._loop, self._network, self._directory
            )
            self._http = _http.Exposer(options["metrics_port"], self._metrics, self.trouble)
            self._open.append(self._http)
            self._service = _announcer.AnnouncedService(
                self._loop,
                self._network,
                self._directory,
                name=name,
                kind="plugin",
                instance=instance,
                bind=options["bind"],
                advertise=options["advertise"],
                links={"feed": self._feed.addresses},
                feeds=[f"{kind}/{name}/" for kind in ("labels", "values", "table", "event")],
                handler=self._answer,
                metrics_address=self._http.address,
                control_port=options["control_port"],
                refused=self._refuse,
            )
            self._open.append(self._service)
        except BaseException:
            self._close_links()
            raise

    def start(self) -> None:
        """Raises AlreadyExists when the name is taken. Without a hub it starts all the same."""
        state, began = _announcer.State.SEEKING_HUB, time.monotonic()
        patience = {
            _announcer.State.SEEKING_HUB: _HUB_PATIENCE_S,
            _announcer.State.UNDECIDED: _DECISION_S,
        }
        while time.monotonic() - began < patience.get(state, 0) and not self.stopping.is_set():
            state = self._service.wait_for_change(state, _LOOK_S)
        if state is _announcer.State.REFUSED:
            raise errors.AlreadyExists(self._service.refusal)
        if state is not _announcer.State.ANNOUNCED:
            _log.info(
                "no hub answers at %s: '%s' starts without and announces itself later",
                self._directory.address,
                self.options["name"],
            )
        self.node.start()

    def stop(self) -> bool:
        """False: a hook still runs and was left behind."""
        self.stopping.set()
        ended = self.node.stop(_NODE_GRACE_S)
        self._close_links()
        return ended

    def trouble(self) -> str:
        """Empty when healthy, else one line."""
        return self.node.trouble()

    def _close_links(self) -> None:
        for one in reversed(self._open):
            one.close()
        self._loop.close()
        if hasattr(self, "_network"):
            self._network.close()

    def _refuse(self, why: str) -> None:
        self.refusal = why
        self.stopping.set()

    def _metrics(self) -> str:
        node = self.node
        return _ledger.prometheus_text(
            self.options["name"],
            self._ledger,
            (node.processing, node.age, node.overhead),
            {"slicecast_plugin_results_total": ("Results published", node.published)},
        )

    def _answer(self, request: control_pb2.Request, reply: control_pb2.Reply) -> None:
        body = request.WhichOneof("body")
        if body == "get_status":
            reply.status.ledgers.append(self._ledger.snapshot())
            reply.status.gauges["slicecast_plugin_results_total"] = self.node.published
            reply.status.facts.update(self.node.facts())
            if trouble := self.trouble():
                reply.status.facts["health"] = trouble
            if self._observed(request):
                reply.status.your_role = control_pb2.OBSERVE
        elif body == "list_parameters":
            self._list(reply)
        elif body == "set_parameters":
            if self._observed(request):
                raise errors.PermissionDenied(
                    "an observer may not set parameters; ask for the role operate, "
                    f"and set client_role of {self.options['name']} to operate"
                )
            self._set(
                {
                    name: parameters.value_from_proto(value)
                    for name, value in request.set_parameters.values.items()
                }
            )
            self._list(reply)
        else:
            raise errors.Unsupported(
                f"{self.options['name']} (plugin) does not answer this request; ask "
                "the service that does"
            )

    def _observed(self, request: control_pb2.Request) -> bool:
        return request.role == control_pb2.OBSERVE or self.options["client_role"] == "observe"

    def _list(self, reply: control_pb2.Reply) -> None:
        with self._changing:
            reply.parameters.revision = self.options.revision
            for one in self.options.parameters.values():
                one.value = self.options[one.name]
                reply.parameters.parameters.append(one.to_proto())

    def _set(self, values: dict[str, Any]) -> None:
        with self._changing:
            after = self.options.changed(values)
            _check(type(self._plugin), after)
            if after != self.options.values:
                self.options.values = after
                self.options.revision += 1
                self.node.parameters_changed()


def _check(kind: type[Plugin], values: dict[str, Any]) -> None:
    """Lets the plugin refuse parameters that contradict each other."""
    try:
        kind.check({one.name: values[one.name] for one in declared(kind)})
    except errors.SlicecastError:
        raise
    except Exception as error:
        raise errors.InvalidArgument(str(error)) from error


def _threads(kind: type[Plugin]) -> tuple[int, int]:
    """Default and most threads of a node."""
    return (kind.threads, 1024) if issubclass(kind, StatelessPlugin) else (1, 1)


def _end_with_parent() -> bool:
    """Whether the `slicecast up` that started us is gone."""
    parent = os.environ.get(_PARENT)
    return parent is not None and str(os.getppid()) != parent


def run(node: Plugin, argv: Optional[Sequence[str]] = None) -> int:
    """The exit code of the process."""
    kind = type(node)
    try:
        own = declared(kind)
        for one in own:
            if hasattr(Plugin, one.name) or one.name in Plugin.__annotations__:
                raise errors.InvalidArgument(f"a parameter cannot be called '{one.name}'")
        name = kind.name or kind.__name__.lower()
        options = _options.Options(_options.standard(name, kind.reads, kind.pixel_mm, _threads(kind)) + own)
        wanted = _options.parse(options, inspect.getdoc(kind) or "", argv)
        _check(kind, options.values)
        if not wanted:
            return 0
        logging.basicConfig(
            stream=sys.stderr,
            level=options["log_level"].upper(),
            format=f"%(asctime)s %(levelname)s {options['name']}: %(message)s",
        )
        runner = Runner(node, options)
    except errors.SlicecastError as error:
        print(f"{kind.name}: {error}", file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: runner.stopping.set())
    refused = ""
    try:
        runner.start()
        while not (runner.stopping.wait(_LOOK_S) or runner.node.broken or _end_with_parent()):
            continue
    except errors.AlreadyExists as error:
        refused = str(error)
    ended = runner.stop()
    refused = refused or runner.refusal
    if refused:
        print(f"{options['name']}: {refused}", file=sys.stderr)
    if not ended:
        _log.error("a hook still runs and is left behind")
        logging.shutdown()
        os._exit(1)  # nothing else ends a thread that does not return
    return 2 if refused else int(runner.node.broken)
