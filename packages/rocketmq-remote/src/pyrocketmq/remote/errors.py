"""What can go wrong between this process and a server.

A response with an error code is no failure here: it is an answer. Values that cannot be encoded raise the protocol
package's `ProtocolError`, before anything is sent.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.enums import RequestCode

if TYPE_CHECKING:
    from pyrocketmq.remote.address import Address


class RemoteError(Exception):
    """A call, or the connection it needs, failed.

    Attributes:
        reason: What went wrong, without the details below.
        address: The server.
        code: Request code of the call; `None` where the failure belongs to no call.
        opaque: Request id of the call, if it had got one.
        elapsed: Seconds from the start of the call to its failure.
        written: Whether bytes of the request may have been sent: if not, the server cannot have seen it.
    """

    def __init__(
        self,
        reason: str,
        *,
        address: Address | None = None,
        code: int | None = None,
        opaque: int | None = None,
        elapsed: float | None = None,
        written: bool = False,
    ) -> None:
        self.reason = reason
        self.address = address
        self.code = code
        self.opaque = opaque
        self.elapsed = elapsed
        self.written = written
        super().__init__(self._line())

    @property
    def operation(self) -> str | None:
        """Name of the request code; the number where it has no name."""
        if self.code is None:
            return None
        try:
            return RequestCode(self.code).name
        except ValueError:
            return str(self.code)

    def _line(self) -> str:
        call = self.operation
        if call is not None:
            opaque = None if self.opaque is None else f"opaque {self.opaque}"
            elapsed = None if self.elapsed is None else f"{self.elapsed:.3f} s"
            details = ", ".join(detail for detail in (opaque, elapsed) if detail)
            call += f" ({details})" if details else ""
        return ": ".join(str(part) for part in (self.address, call, self.reason) if part)


class RemoteConnectionError(RemoteError):
    """The server cannot be reached, or the connection broke."""


class RemoteClosedError(RemoteConnectionError):
    """The remote or the pool was closed, by whoever owns it."""


class RemoteTimeoutError(RemoteError):
    """The deadline passed before the answer came."""


class RemoteProtocolError(RemoteError):
    """The peer sent bytes that are not the RocketMQ remoting protocol."""


class Loss:
    """Why a connection ended. One loss fails many calls, each with an error of its own.

    Attributes:
        kind: Class of the errors.
        reason: The sentence they carry.
        cause: What they are chained to.
    """

    __slots__ = ("cause", "kind", "reason")

    def __init__(self, kind: type[RemoteError], reason: str, cause: BaseException | None = None) -> None:
        self.kind = kind
        self.reason = reason
        self.cause = cause

    def error(
        self,
        address: Address,
        *,
        code: int | None = None,
        opaque: int | None = None,
        elapsed: float | None = None,
        written: bool = False,
    ) -> RemoteError:
        """Return the error of one call."""
        error = self.kind(self.reason, address=address, code=code, opaque=opaque, elapsed=elapsed, written=written)
        error.__cause__ = self.cause
        return error


_TIMER_STEP: Final = 0.002
# Seconds by which a timer may be early: event loops round the time, uvloop to milliseconds.


def of_call(error: RemoteError, code: int, started: float, deadline: float) -> RemoteError:
    """Return what a call raises whose connection could not be opened.

    Args:
        error: Why it could not.
        code: The call's request code.
        started: When the call began, by the monotonic clock.
        deadline: When it has to end: from then on the failure is the call's own timeout.
    """
    now = monotonic()
    kind = RemoteTimeoutError if now >= deadline - _TIMER_STEP else type(error)
    return kind(error.reason, address=error.address, code=code, elapsed=now - started)


def text_of(error: BaseException) -> str:
    """Return the words of an error of the system, without its number."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text or type(error).__name__
