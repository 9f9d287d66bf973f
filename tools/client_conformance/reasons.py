"""Why no public call makes a step of a case."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Reason(Enum):
    """A reason; its value says it in a sentence."""

    RAW_BYTES = "It sends bytes that are no frame, or half a frame; clients send whole frames."
    UNKNOWN_CODE = "It sends a request code that no server knows."
    WRONG_SERVER = "It sends a request to a server of the other kind; a client offers what its kind of server serves."
    SERVERS_ONLY = "Only brokers send this request."
    MALFORMED = "A required field or the body is missing, or is of the wrong type; calls are typed."
    REFUSED = "The client raises `ValueError` before it sends anything."
    OTHER_REQUEST = "The call that comes nearest sends something else."


class Unmade(NamedTuple):
    """That no public call makes a step.

    Attributes:
        reason: Why.
        detail: What of the step it is.
    """

    reason: Reason
    detail: str
