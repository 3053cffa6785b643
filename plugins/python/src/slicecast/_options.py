"""Options that every plugin has, and how they are set by command line and configuration file."""
from __future__ import annotations

import argparse
import difflib
import re
import sys
import tomllib
from typing import Any, Sequence

from . import _version
from .errors import InvalidArgument, NotFound, SlicecastError
from .parameters import Parameter

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def standard(
    name: str, reads: Sequence[str], pixel_mm: float = 0.0, threads: tuple[int, int] = (1, 1)
) -> list[Parameter]:
    """Those of the services, and those that say what a plugin reads; `threads`: their default and
    the most."""

    def option(
        name: str,
        kind: str,
        default: Any,
        doc: str,
        unit: str = "",
        minimum: Any = None,
        maximum: Any = None,
        choices: Sequence[str] = (),
        live: bool = False,
    ) -> Parameter:
        return Parameter(kind, default, unit, minimum, maximum, choices, doc, live, name, default)

    return [
        option(
            "name",
            "text",
            name,
            "Name of this plugin at the hub and in the keys of its feed; one process per name",
        ),
        option(
            "hub",
            "text",
            "",
            "Address of the hub; empty: SLICECAST_HUB, else tcp://127.0.0.1:47600",
        ),
        option(
            "bind",
            "text",
            "127.0.0.1",
            "Address this service listens on; other than loopback wants `curve`",
        ),
        option(
            "advertise",
            "text",
            "",
            "Host name or address that others use to reach this service; empty: `bind`",
        ),
        option(
            "control_port",
            "integer",
            0,
            "Port of the control link; 0: the system chooses and the hub tells",
            "",
            0,
            65535,
        ),
        option(
            "feed_port",
            "integer",
            0,
            "Port of its feed; 0: the system chooses and the hub tells",
            "",
            0,
            65535,
        ),
        option(
            "metrics_port",
            "integer",
            0,
            "Loopback port of /metrics and /healthz; 0: the system chooses, -1: off",
            "",
            -1,
            65535,
        ),
        option(
            "curve",
            "text",
            "",
            "Directory with secret.key, public.key and allowed/*.key; empty: no encryption",
        ),
        option("allow_plain_public", "boolean", False, "Listen on a public address without keys"),
        option(
            "socks",
            "text",
            "",
            "host:port of a SOCKS proxy (ssh -D) for everything this plugin connects to",
        ),
        option(
            "client_role",
            "choice",
            "operate",
            "The most that clients of this service may do",
            choices=("operate", "observe"),
        ),
        option(
            "log_level",
            "choice",
            "info",
            "Least severity that is logged",
            choices=("debug", "info", "warning", "error", "critical"),
        ),
        option(
            "command",
            "text",
            "",
            "Program and arguments, for `slicecast up`; --config FILE --name NAME are added",
        ),
        option(
            "nice",
            "integer",
            5,
            "How much lower than the services' the priority is that `slicecast up` gives it",
            "",
            0,
            19,
        ),
        option(
            "threads",
            "integer",
            threads[0],
            "Threads that call the node; 0: one per core. A node with state has one",
            "",
            0 if threads[1] > 1 else 1,
            threads[1],
        ),
        option(
            "input",
            "text",
            " ".join(reads),
            'Prefixes of the keys it reads, separated by blanks, e.g. "slice/", "preview", '
            '"thumbnail" or "values/denoise/"',
        ),
        option(
            "source",
            "text",
            "",
            "Names of the services it reads from, separated by blanks; empty: all at the hub",
        ),
        option(
            "max_message",
            "integer",
            256,
            "Larger images are refused before any memory is taken for them",
            "MiB",
            1,
            4096,
        ),
        option(
            "enabled",
            "boolean",
            True,
            "Off: reads nothing and takes back what it has published",
            live=True,
        ),
        option(
            "max_rate",
            "real",
            0.0,
            "Most images per second of each key; 0: as many as come",
            "Hz",
            0,
            1000,
            live=True,
        ),
        option(
            "max_side",
            "integer",
            0,
            "Larger images are halved by their producer until they fit; 0: never",
            "pixels",
            0,
            65536,
            live=True,
        ),
        option(
            "pixel_size",
            "real",
            pixel_mm,
            "Finer slices are halved by their producer until about this size; 0: never",
            "mm",
            0,
            1e6,
            live=True,
        ),
        option(
            "encoding",
            "choice",
            "native",
            "How pixels travel to it over a thin link",
            choices=("native", "16 bit", "8 bit"),
            live=True,
        ),
        option(
            "deadline_ms",
            "integer",
            10000,
            "A call of the node that takes longer counts as hanging: /healthz says so",
            "ms",
            10,
            3600000,
            live=True,
        ),
    ]


class Options:
    """Values of all options of one plugin, by name; `live` ones may change while it runs."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.parameters = {parameter.name: parameter for parameter in parameters}
        if len(self.parameters) != len(parameters):
            raise InvalidArgument(
                "two parameters have one name, or that of an option of every plugin"
            )
        self.values: dict[str, Any] = {
            parameter.name: parameter.checked(parameter.default) for parameter in parameters
        }
        self.revision = 1

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def find(self, name: str) -> Parameter:
        if name not in self.parameters:
            near = difflib.get_close_matches(name, self.parameters, 1)
            raise NotFound(
                f"unknown parameter '{name}'"
                + (f"; did you mean '{near[0]}'?" if near else "; --help lists them")
            )
        return self.parameters[name]

    def changed(self, values: dict[str, Any]) -> dict[str, Any]:
        """All values after a live change; raises and changes nothing when one is refused."""
        after = dict(self.values)
        for name, value in values.items():
            parameter = self.find(name)
            after[name] = parameter.checked(value)
            if not parameter.live:
                raise InvalidArgument(
                    f"{name} cannot be changed while running; set it in the "
                    "configuration and restart"
                )
        return after


def _help(parameter: Parameter) -> str:
    unit = f" {parameter.unit}" if parameter.unit else ""
    choices = f" ({', '.join(parameter.choices)})" if parameter.choices else ""
    return f"{parameter.doc}{choices} [{parameter.default}{unit}]".replace("%", "%%")


def _apply_file(options: Options, path: str, name: str) -> None:
    try:
        with open(path, "rb") as file:
            content = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InvalidArgument(f"{path}: {error}") from None
    for key, value in content.get("plugin", {}).get(name, {}).items():
        try:
            parameter = options.find(key)
            wants_reals = parameter.kind == "reals" and isinstance(value, str)
            options.values[key] = (
                parameter.parsed(value) if wants_reals else parameter.checked(value)
            )
        except SlicecastError as error:
            raise InvalidArgument(f"{path}, [plugin.{name}]: {error}") from None


def parse(options: Options, doc: str, argv: Sequence[str] | None) -> bool:
    """Fills in what the configuration file and then the command line say. False: only --check was
    asked. Exits with 0 for --help and --version, with 2 for a mistake in the command line's
    form."""
    program = options["name"]
    parser = argparse.ArgumentParser(program, description=doc, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"{program} {_version.VERSION}")
    parser.add_argument("--config", metavar="FILE", help="TOML file with a section [plugin.NAME]")
    parser.add_argument(
        "--check", action="store_true", help="Stop after the options are known to be good"
    )
    for parameter in options.parameters.values():
        flag = "--" + parameter.name.replace("_", "-")
        if parameter.kind == "boolean":
            parser.add_argument(
                flag, nargs="?", const="true", metavar="BOOLEAN", help=_help(parameter)
            )
        else:
            parser.add_argument(flag, metavar=parameter.kind.upper(), help=_help(parameter))
    given = vars(parser.parse_args(sys.argv[1:] if argv is None else list(argv)))
    if given["name"] is not None:
        options.values["name"] = given["name"]
    if given["config"] is not None:
        _apply_file(options, given["config"], options["name"])
    for name, text in given.items():
        if name in options.parameters and text is not None:
            options.values[name] = options.parameters[name].parsed(text)
    if not _NAME.fullmatch(options["name"]):
        raise InvalidArgument(
            f"'{options['name']}' cannot be the name of a plugin; use at most 64 letters, "
            "digits, '-', '_' and '.'"
        )
    return not given["check"]
