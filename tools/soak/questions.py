"""Requests whose answers name what was asked for, so that a mixed-up answer shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model.enums import ResponseCode
from pyrocketmq.model.requests import GetTopicConfig

if TYPE_CHECKING:
    from random import Random

    from pyrocketmq.model.command import RemotingCommand

TOPICS: Final = tuple(f"soak_{number}" for number in range(8))


def ask(choose: Random) -> GetTopicConfig:
    """Return a request."""
    return GetTopicConfig(topic=choose.choice(TOPICS))


def is_right(request: GetTopicConfig, answer: RemotingCommand) -> bool:
    """Tell whether an answer belongs to a request: it names the topic, or refuses."""
    if answer.code != ResponseCode.SUCCESS:
        return True
    return f'"{request.topic}"'.encode() in answer.body
