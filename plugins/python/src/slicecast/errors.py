"""What can go wrong, by the names that the services themselves use in `Reply.error_code`.

Every message is one line that says what happened and what to do about it.
"""
from __future__ import annotations


class SlicecastError(Exception):
    """The base of all errors of this package."""

    code = "error"

    def __str__(self) -> str:
        return " ".join(map(str, self.args))  # KeyError would quote it


class InvalidArgument(SlicecastError, ValueError):
    """A value is outside what is allowed."""

    code = "invalid_argument"


class NotFound(SlicecastError, KeyError):
    """There is no such service, slice or parameter."""

    code = "not_found"


class AlreadyExists(SlicecastError):
    """Somebody else has that name or address."""

    code = "already_exists"


class DeadlineExceeded(SlicecastError, TimeoutError):
    """The answer did not come in time; the next request may work."""

    code = "deadline_exceeded"


class Unavailable(SlicecastError):
    """The other side is not there, or not yet."""

    code = "unavailable"


class PermissionDenied(SlicecastError):
    """The role or the key forbids it."""

    code = "permission_denied"


class ResourceExhausted(SlicecastError):
    """A budget is used up: slices, pixels, memory, requests."""

    code = "resource_exhausted"


class Malformed(SlicecastError):
    """Bytes that do not follow their format."""

    code = "malformed"


class Unsupported(SlicecastError):
    """Well-formed, but not something that this service does."""

    code = "unsupported"


class InputOutput(SlicecastError):
    """The operating system refused to read or write."""

    code = "io"


class Cancelled(SlicecastError):
    """A newer request or a stop superseded it."""

    code = "cancelled"


_BY_CODE: dict[str, type[SlicecastError]] = {
    kind.code: kind
    for kind in (
        InvalidArgument,
        NotFound,
        AlreadyExists,
        DeadlineExceeded,
        Unavailable,
        PermissionDenied,
        ResourceExhausted,
        Malformed,
        Unsupported,
        InputOutput,
        Cancelled,
    )
}


def error_of(code: str, message: str) -> SlicecastError:
    """The exception for an error code of the wire; codes of a later version become the base."""
    return _BY_CODE.get(code, SlicecastError)(message)
