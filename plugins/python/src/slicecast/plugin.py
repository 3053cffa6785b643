"""Your own processing node. A function is one:

    import numpy as np
    import slicecast

    @slicecast.plugin("gradient", scale=slicecast.Real(1.0, minimum=0, doc="Factor on the result"))
    def gradient(image, scale):
        down, across = np.gradient(image.pixels, image.pixel_mm)
        return slicecast.Values(scale * np.hypot(down, across), quantity="gradient")

    if __name__ == "__main__":
        gradient.run()

What needs to remember something is a class, see Plugin. `run()` makes a process of it that finds
its feeds, keeps up with the newest image of each slice, publishes what the node returns with the
stamp of its input, shows its parameters, counts what went wrong, and stops on Ctrl-C.
"""
from __future__ import annotations

import inspect
from typing import Any, Callable, ClassVar, Optional, Sequence

from . import images
from .parameters import Parameter
from .results import LabelClass, Results
from .v1 import feed_pb2


class Plugin:
    """A node with state. Parameters are class attributes; a hook is a method that is there:

        class Brightest(slicecast.Plugin):
            "Says when a slice is brighter than ever."
            name = "brightest"
            factor = slicecast.Real(1.1, minimum=1, doc="How much brighter")

            def start(self):
                self.record = 0.0

            def on_slice(self, image):
                if image.pixels.max() > self.factor * self.record:
                    self.record = float(image.pixels.max())
                    return slicecast.Event("a new record", self.record, image.value_unit)

        if __name__ == "__main__":
            Brightest.run()

    All hooks are called from one thread, one after the other; parameters change between calls only.
    A hook returns nothing, a result or several (Labels, Values, Table, Event). One that raises, or
    returns a wrong shape, NaN or an unknown class, costs that result: it is counted and logged,
    never published.
    """

    name: ClassVar[str] = ""
    # Prefixes of the keys it reads: "slice/", "preview", "thumbnail", "labels/segment/", ...
    reads: ClassVar[Sequence[str]] = ("slice/",)
    # Finer slices come halved until about this pixel size; 0: as they are. The user may change it.
    pixel_mm: ClassVar[float] = 0.0
    # Every index that its label images can hold.
    classes: ClassVar[Sequence[LabelClass]] = ()

    parameters: dict[str, Any]  # all values by name

    def __new__(cls, *args: Any, **options: Any) -> Plugin:
        made = object.__new__(cls)
        made.parameters = {one.name: one.default for one in declared(cls)}
        return made

    def __getattribute__(self, name: str) -> Any:
        value = object.__getattribute__(self, name)
        # A declared parameter reads as its value.
        return (
            object.__getattribute__(self, "parameters")[name]
            if isinstance(value, Parameter)
            else value
        )

    # --- life ---

    def start(self) -> None:
        """Before the first input. If it raises, the process ends with code 1."""

    def stop(self) -> None:
        """After the last input."""

    @classmethod
    def check(cls, parameters: dict[str, Any]) -> None:
        """Raise InvalidArgument for values that contradict each other; whoever set them is told,
        and nothing changes. Called by another thread; return at once."""

    def on_parameters(self) -> Results:
        """They have changed. The last input of each key is processed again after this."""

    # --- inputs ---

    def process(self, item: images.Item) -> Results:
        """Any input; calls the hook of its kind."""
        hook: Optional[Callable[[Any], Results]] = getattr(self, _HOOKS.get(type(item), ""), None)
        return None if hook is None else hook(item)

    def on_slice(self, image: images.SliceImage) -> Results:
        """The newest image of a slice; those that came while you were busy are left out."""

    def on_preview(self, volume: images.Volume) -> Results:
        """The newest preview volume."""

    def on_thumbnail(self, thumbnail: images.Thumbnail) -> Results:
        """The newest projection, as line integrals."""

    def on_labels(self, labels: images.LabelsImage) -> Results:
        """Of another plugin."""

    def on_values(self, values: images.ValuesImage) -> Results:
        """Of another plugin."""

    def on_table(self, table: images.TableRecord) -> Results:
        """Of another plugin."""

    def on_event(self, event: images.EventRecord) -> Results:
        """Of another plugin."""

    # --- what happens to slices and scans ---

    def on_slice_added(self, slice: feed_pb2.SceneSlice) -> Results:
        """Also once for each that is there at the start."""

    def on_slice_moved(self, slice: feed_pb2.SceneSlice) -> Results:
        """Its pose or size changed."""

    def on_slice_removed(self, slice: feed_pb2.SceneSlice) -> Results:
        """As it was."""

    def on_scan_started(self, scan: feed_pb2.Scan) -> Results:
        """Also once for the one that runs at the start."""

    def on_scan_geometry(self, scan: feed_pb2.Scan) -> Results:
        """Axis, tilt, field of view, or the parameters of filtering changed."""

    def on_scan_ended(self, scan: feed_pb2.Scan) -> Results:
        """No more projections come; slices can still be moved."""

    # --- running it ---

    @classmethod
    def run(cls, argv: Optional[Sequence[str]] = None) -> None:
        """Everything from the command line (sys.argv unless given) to the exit code: 0 after a
        stop, 1 when a hook hangs at the stop, 2 when it is refused (options, name taken). Ends
        the process."""
        from . import _runner

        raise SystemExit(_runner.run(cls(), argv))


_HOOKS = {
    images.SliceImage: "on_slice",
    images.Volume: "on_preview",
    images.Thumbnail: "on_thumbnail",
    images.LabelsImage: "on_labels",
    images.ValuesImage: "on_values",
    images.TableRecord: "on_table",
    images.EventRecord: "on_event",
}


def declared(kind: type[Plugin]) -> list[Parameter]:
    """The parameters of a class, in the order of their declaration, its bases' first."""
    found: dict[str, Parameter] = {}
    for base in reversed(kind.__mro__):
        for value in vars(base).values():
            if isinstance(value, Parameter):
                found[value.name] = value
    return list(found.values())


class Crossings:
    """Which quantities are above their level, with a hysteresis: noise about the level makes one
    crossing and not many."""

    def __init__(self) -> None:
        self._above: dict[str, bool] = {}

    def crossed(self, name: str, value: float, level: float, hysteresis: float) -> str:
        """"above" when the value has risen over the level, "below" when it has fallen under level -
        hysteresis, empty when neither happened since the last call for this name."""
        was = self._above.get(name, False)
        now = self._above[name] = value > level - (hysteresis if was else 0)
        return "" if now == was else "above" if now else "below"


class StatelessPlugin(Plugin):
    """A node that only has process(), which `threads` threads call at the same time (0: one per
    core), each with another slice or a newer image of the same. They run in parallel as far as
    what they call lets go of Python's lock, as NumPy does for large arrays."""

    threads: ClassVar[int] = 1


class FunctionPlugin:
    """A node without state. It can still be called like the function, e.g. in a notebook:
    parameters that are not given have their defaults."""

    def __init__(self, function: Callable[..., Results], kind: type[Plugin]) -> None:
        self.kind, self._function = kind, function
        self.__doc__, self.__name__ = function.__doc__, getattr(function, "__name__", kind.name)

    def __call__(self, item: Any, **parameters: Any) -> Results:
        defaults = {one.name: one.default for one in declared(self.kind)}
        return self._function(item, **{**defaults, **parameters})

    def run(self, argv: Optional[Sequence[str]] = None) -> None:
        """See Plugin.run()."""
        self.kind.run(argv)


def plugin(
    name: str,
    /,
    *,
    reads: Sequence[str] = ("slice/",),
    classes: Sequence[LabelClass] = (),
    threads: int = 1,
    **parameters: Any,
) -> Callable[[Callable[..., Results]], FunctionPlugin]:
    """Makes a plugin of a function of one input, as `reads` says, and the parameters by name. It
    is called by `threads` threads, see StatelessPlugin; so it must not change what they share."""

    def make(function: Callable[..., Results]) -> FunctionPlugin:
        inspect.signature(function).bind(None, **parameters)  # a TypeError now, not at each image

        class Node(StatelessPlugin):
            def process(self, item: images.Item) -> Results:
                return function(item, **self.parameters)

        Node.name, Node.reads, Node.classes = name, tuple(reads), tuple(classes)
        Node.threads = threads
        Node.__doc__ = inspect.getdoc(function)
        Node.__name__ = getattr(function, "__name__", name)
        for key, parameter in parameters.items():
            if not isinstance(parameter, Parameter):
                raise TypeError(
                    f"{key} is no parameter; declare it by slicecast.Real(...) and the like"
                )
            parameter.name = key
            setattr(Node, key, parameter)
        return FunctionPlugin(function, Node)

    return make
