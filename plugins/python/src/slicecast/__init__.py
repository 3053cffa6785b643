"""Slicecast from Python: a client of the live reconstruction, and plugins of your own.

    import slicecast

    with slicecast.connect() as client:
        for image in client.slices("xy"):
            print(image.stamp.version, image.pixels.mean(), image.value_unit)

A plugin in a few lines is in `slicecast.plugin`; what is wrong with a call tells
`slicecast.errors`.
"""
from pkgutil import extend_path as _extend_path

# In a source tree the generated messages, slicecast.v1, lie in the build folder.
__path__ = _extend_path(__path__, __name__)

from . import errors  # noqa: E402
from ._directory import Service  # noqa: E402
from ._version import VERSION as __version__  # noqa: E402
from .client import Client, connect  # noqa: E402
from .errors import SlicecastError  # noqa: E402
from .geometry import FieldOfView, Pose  # noqa: E402
from .images import (
    EventRecord,
    LabelsImage,
    Removed,
    SliceImage,
    TableRecord,
    Thumbnail,  # noqa: E402
    ValuesImage,
    Volume,
)
from .parameters import Boolean, Choice, Integer, Parameters, Real, Reals, Text  # noqa: E402
from .plugin import Crossings, Plugin, plugin  # noqa: E402
from .results import Event, LabelClass, Labels, Table, Values  # noqa: E402
from .scene import Slice  # noqa: E402
from .source import Scan, Source  # noqa: E402

__all__ = [
    "Boolean",
    "Choice",
    "Client",
    "Event",
    "EventRecord",
    "FieldOfView",
    "Integer",
    "LabelClass",
    "Labels",
    "LabelsImage",
    "Parameters",
    "Crossings",
    "Plugin",
    "Pose",
    "Real",
    "Reals",
    "Removed",
    "Scan",
    "Service",
    "Slice",
    "SliceImage",
    "SlicecastError",
    "Source",
    "Table",
    "TableRecord",
    "Text",
    "Thumbnail",
    "Values",
    "ValuesImage",
    "Volume",
    "__version__",
    "connect",
    "errors",
    "plugin",
]
