"""`BegunCall`: a call in two halves, with time for something else between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

AnswerT = TypeVar("AnswerT")


class BegunCall(NamedTuple, Generic[AnswerT]):
    """A call whose request is sent. Exactly one of the two has to be called, once.

    Attributes:
        result: Waits for the answer as `invoke` would from now on, and returns it or raises; of an `AsyncRemote` it is
            to be awaited.
        abandon: Lets the answer be dropped when it comes; waits for nothing.
    """

    result: Callable[[], AnswerT]
    abandon: Callable[[], None]
