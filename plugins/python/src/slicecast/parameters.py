"""Parameters: how a plugin declares them, and how a client reads and sets those of any service."""
from __future__ import annotations

import dataclasses
import difflib
import math
from typing import Any, Iterator, Mapping, Optional, Sequence, Union

from .errors import InvalidArgument, NotFound
from .v1 import control_pb2

Value = Union[bool, int, float, str, list[float]]
_TYPES = {
    control_pb2.BOOLEAN: "boolean",
    control_pb2.INTEGER: "integer",
    control_pb2.REAL: "real",
    control_pb2.TEXT: "text",
    control_pb2.CHOICE: "choice",
    control_pb2.REALS: "reals",
}
_WANTED = {
    "boolean": "true or false",
    "integer": "a whole number",
    "real": "a number",
    "text": "text",
    "choice": "one of its choices",
    "reals": "a list of numbers",
}
_NUMBERS = {name: number for number, name in _TYPES.items()}
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclasses.dataclass
class Parameter:
    """One parameter: what it means, what it may be, and (of a service) what it is.

    Declared by `Real(...)`, `Integer(...)` and so on; viewer and command line build their controls
    from it.
    """

    kind: str  # boolean, integer, real, text, choice or reals
    default: Any
    unit: str = ""
    minimum: Optional[float] = None
    maximum: Optional[float] = None
    choices: Sequence[str] = ()
    doc: str = ""
    live: bool = True
    name: str = ""
    value: Any = None

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name

    def checked(self, value: Any) -> Value:
        """The value in its type; InvalidArgument names what is allowed."""
        kind = self.kind
        if kind == "boolean" and isinstance(value, bool):
            return value
        if kind == "integer" and isinstance(value, int) and not isinstance(value, bool):
            return int(self._in_range(value))
        if kind == "real" and isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._in_range(float(value))
        if kind == "text" and isinstance(value, str):
            return value
        if kind == "choice" and isinstance(value, str):
            if value in self.choices:
                return value
            raise InvalidArgument(
                f"{self.name} must be one of {', '.join(self.choices)}, not {value}"
            )
        if (
            kind == "reals"
            and isinstance(value, (list, tuple))
            and all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in value)
        ):
            return [self._in_range(float(one)) for one in value]
        raise InvalidArgument(f"{self.name} must be {_WANTED[kind]}, not {value!r}")

    def parsed(self, text: str) -> Value:
        """From a command line."""
        word = text.strip()
        try:
            if self.kind == "boolean" and word.lower() in _YES + _NO:
                return word.lower() in _YES
            if self.kind == "integer":
                return self.checked(int(word))
            if self.kind == "real":
                return self.checked(float(word))
            if self.kind == "reals":
                words = word.strip("[]").replace(",", " ").split()
                return self.checked([float(one) for one in words])
        except InvalidArgument:
            raise
        except ValueError:
            pass
        return self.checked(text)

    def _in_range(self, value: float) -> float:
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        if low <= value <= high and not math.isnan(value):
            return value
        unit = f" {self.unit}" if self.unit else ""
        allowed = f"between {low:g} and {high:g}{unit}"
        if math.isinf(low) or math.isinf(high):
            allowed = f"{high:g}{unit} or less" if math.isinf(low) else f"{low:g}{unit} or more"
        raise InvalidArgument(f"{self.name} must be {allowed}, not {value}")

    def to_proto(self) -> control_pb2.Parameter:
        message = control_pb2.Parameter(
            name=self.name,
            type=_NUMBERS[self.kind],
            unit=self.unit,
            doc=self.doc,
            live=self.live,
            choices=self.choices,
            value=value_to_proto(self.kind, self.value),
            default_value=value_to_proto(self.kind, self.default),
        )
        if self.minimum is not None and math.isfinite(self.minimum):
            message.minimum = self.minimum
        if self.maximum is not None and math.isfinite(self.maximum):
            message.maximum = self.maximum
        return message


def _declare(
    kind: str,
    default: Value,
    unit: str,
    minimum: Optional[float],
    maximum: Optional[float],
    choices: Sequence[str],
    doc: str,
    live: bool,
) -> Any:
    # Typed as Any, because `level = Real(0.5)` in a class is read as the number `self.level`.
    return Parameter(kind, default, unit, minimum, maximum, choices, doc, live)


def Boolean(default: bool, *, doc: str, live: bool = True) -> Any:
    return _declare("boolean", default, "", None, None, (), doc, live)


def Integer(
    default: int,
    *,
    unit: str = "",
    minimum: Optional[int] = None,
    maximum: Optional[int] = None,
    doc: str,
    live: bool = True,
) -> Any:
    return _declare("integer", default, unit, minimum, maximum, (), doc, live)


def Real(
    default: float,
    *,
    unit: str = "",
    minimum: Optional[float] = None,
    maximum: Optional[float] = None,
    doc: str,
    live: bool = True,
) -> Any:
    return _declare("real", default, unit, minimum, maximum, (), doc, live)


def Text(default: str, *, doc: str, live: bool = True) -> Any:
    return _declare("text", default, "", None, None, (), doc, live)


def Choice(default: str, choices: Sequence[str], *, doc: str, live: bool = True) -> Any:
    return _declare("choice", default, "", None, None, tuple(choices), doc, live)


def Reals(
    default: Sequence[float],
    *,
    unit: str = "",
    minimum: Optional[float] = None,
    maximum: Optional[float] = None,
    doc: str,
    live: bool = True,
) -> Any:
    return _declare("reals", list(default), unit, minimum, maximum, (), doc, live)


class Parameters(Mapping[str, Any]):
    """All parameters of a service, read at one moment: `parameters["filter"]` is a value,
    `parameters.about("filter")` tells unit, range and meaning. `revision` rises with each
    change."""

    def __init__(self, parameters: Sequence[Parameter], revision: int) -> None:
        self.revision = revision
        self._parameters = {parameter.name: parameter for parameter in parameters}

    def __getitem__(self, name: str) -> Any:
        return self.about(name).value

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def about(self, name: str) -> Parameter:
        if name not in self._parameters:
            raise unknown(name, list(self._parameters))
        return self._parameters[name]


def unknown(name: str, known: Sequence[str]) -> NotFound:
    near = difflib.get_close_matches(name.replace("-", "_").lower(), known, 1)
    return NotFound(
        f"unknown parameter '{name}'; "
        + (f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known)}")
    )


def value_from_proto(message: control_pb2.ParameterValue) -> Optional[Value]:
    kind = message.WhichOneof("value")
    if kind is None:
        return None
    return list(message.reals.values) if kind == "reals" else getattr(message, kind)


def value_to_proto(kind: str, value: Any) -> control_pb2.ParameterValue:
    if kind == "reals":
        return control_pb2.ParameterValue(reals=control_pb2.Reals(values=value))
    return control_pb2.ParameterValue(**{"text" if kind == "choice" else kind: value})


def parameters_from_proto(message: control_pb2.Parameters) -> Parameters:
    return Parameters(
        [
            Parameter(
                _TYPES.get(one.type, "text"),
                value_from_proto(one.default_value),
                one.unit,
                one.minimum if one.HasField("minimum") else None,
                one.maximum if one.HasField("maximum") else None,
                tuple(one.choices),
                one.doc,
                one.live,
                one.name,
                value_from_proto(one.value),
            )
            for one in message.parameters
        ],
        message.revision,
    )
