"""Refusals: answers that say no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.model.enums import ResponseCode

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_SET: Final = "not set any response code"
"""The remark that stays in an answer whose handler on a real server sets a code and nothing else."""


class Refusal(Exception):  # noqa: N818  # it is an answer, not an error of the fake
    """A handler's answer when it does not do what was asked.

    Attributes:
        code: The response code.
        remark: The text that a real server writes.
        fields: Header fields of the answer.
    """

    def __init__(self, code: int, remark: str | None, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{int(code)}: {remark}")
        self.code = int(code)
        self.remark = remark
        self.fields = dict(fields) if fields is not None else None


class Failure(Refusal):
    """What a server answers when its handler fails: the name of an exception, and nothing that the handler had set."""

    def __init__(self, exception: str) -> None:
        super().__init__(ResponseCode.SYSTEM_ERROR, exception)


class Relayed(NamedTuple):
    """A client's answer that a server passes on as it came.

    Attributes:
        code: The response code.
        remark: The remark.
        body: The body.
    """

    code: int
    remark: str | None
    body: bytes
