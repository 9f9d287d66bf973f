"""Names that the protocol derives: retry and dead-letter topics, reply topics, namespaces, system names."""

from __future__ import annotations

import re
from typing import Final

RETRY_PREFIX: Final = "%RETRY%"
DEAD_LETTER_PREFIX: Final = "%DLQ%"
LIGHT_QUEUE_PREFIX: Final = "%LMQ%"
DEFAULT_TOPIC: Final = "TBW102"
"""Template whose settings a broker gives to a topic that a send creates."""

TRACE_TOPIC: Final = "RMQ_SYS_TRACE_TOPIC"
"""Where clients send their traces, unless a cloud keeps one topic for each region, see `trace_topic`."""

SCHEDULE_TOPIC: Final = "SCHEDULE_TOPIC_XXXX"
HALF_TOPIC: Final = "RMQ_SYS_TRANS_HALF_TOPIC"

MAX_TOPIC_LENGTH: Final = 127
MAX_GROUP_LENGTH: Final = 255

_SYSTEM_TOPICS: Final = frozenset(
    (
        DEFAULT_TOPIC,
        SCHEDULE_TOPIC,
        "BenchmarkTest",
        HALF_TOPIC,
        TRACE_TOPIC,
        "RMQ_SYS_TRANS_OP_HALF_TOPIC",
        "TRANS_CHECK_MAX_TIME_TOPIC",
        "SELF_TEST_TOPIC",
        "OFFSET_MOVED_EVENT",
        "CHECKPOINT_TOPIC",
    )
)
_SYSTEM_TOPIC_PREFIX: Final = "rmq_sys_"
_SYSTEM_GROUP_PREFIX: Final = "CID_RMQ_SYS_"
_ALLOWED: Final = re.compile(r"[%|a-zA-Z0-9_-]+").fullmatch
_NAMESPACE_END: Final = "%"


def retry_topic(consumer_group: str) -> str:
    """Return the topic from which a group gets its failed messages again."""
    return RETRY_PREFIX + consumer_group


def dead_letter_topic(consumer_group: str) -> str:
    """Return the topic that takes what a group failed to consume for good."""
    return DEAD_LETTER_PREFIX + consumer_group


def reply_topic(cluster: str) -> str:
    """Return the topic that replies of request-reply are sent to."""
    return f"{cluster}_REPLY_TOPIC"


def trace_topic(region: str | None = None) -> str:
    """Return the topic that traces are sent to: everywhere the same, or in a cloud one for each region."""
    return TRACE_TOPIC if region is None else f"{_SYSTEM_TOPIC_PREFIX}TRACE_DATA_{region}"


def revive_topic(cluster: str) -> str:
    """Return the topic in which brokers keep account of popped messages (5.x)."""
    return f"{_SYSTEM_TOPIC_PREFIX}REVIVE_LOG_{cluster}"


def pop_retry_topic(consumer_group: str, topic: str, *, version: int = 1) -> str:
    """Return the retry topic of messages that a group popped and did not acknowledge.

    Args:
        consumer_group: The group.
        topic: The topic that was popped.
        version: 1 joins group and topic by `_`; 2 (from 5.2 on, where the broker is set so) by `+`.
    """
    return f"{RETRY_PREFIX}{consumer_group}{'_' if version == 1 else '+'}{topic}"


def is_system_topic(topic: str) -> bool:
    """Whether a topic belongs to the servers; such a topic has no namespace."""
    return topic in _SYSTEM_TOPICS or topic.startswith(_SYSTEM_TOPIC_PREFIX)


def is_system_group(group: str) -> bool:
    """Whether a group belongs to the servers; such a group has no namespace."""
    return group.startswith(_SYSTEM_GROUP_PREFIX)


def check_topic(topic: str) -> str:
    """Return a topic name unless every server would refuse it.

    Raises:
        ValueError: it is blank, longer than 127 bytes, or holds a character other than `% | a-z A-Z 0-9 _ -`.
    """
    return _check("topic", topic, MAX_TOPIC_LENGTH)


def check_group(group: str) -> str:
    """Return a group name unless it breaks the rules of clients.

    Raises:
        ValueError: it is blank, longer than 255 bytes, or holds a character other than `% | a-z A-Z 0-9 _ -`.
    """
    return _check("group", group, MAX_GROUP_LENGTH)


def _check(what: str, name: str, limit: int) -> str:
    if not name or name.isspace():
        raise ValueError(f"{what} is blank")
    if not _ALLOWED(name):
        raise ValueError(f"{what} {name!r} holds characters other than % | a-z A-Z 0-9 _ -")
    if len(name) > limit:
        raise ValueError(f"{what} of {len(name)} characters, at most {limit} are allowed")
    return name


def wrap_namespace(namespace: str, name: str) -> str:
    """Return a topic or group name inside a namespace (form 1: `namespace%name`).

    System names, names that are in the namespace already, and every name when the namespace is empty stay as they
    are; retry and dead-letter names keep their prefix in front.

    Example:
        >>> wrap_namespace("ns", "%RETRY%group")
        '%RETRY%ns%group'
    """
    if not namespace or not name:
        return name
    prefix, bare = _split_prefix(name)
    if is_system_topic(name) or is_system_group(name) or bare.startswith(namespace + _NAMESPACE_END):
        return name
    return f"{prefix}{namespace}{_NAMESPACE_END}{bare}"


def unwrap_namespace(namespace: str, name: str) -> str:
    """Return a name without its namespace; unchanged where it is not in that namespace."""
    prefix, bare = _split_prefix(name)
    if not namespace or not bare.startswith(namespace + _NAMESPACE_END):
        return name
    return prefix + bare[len(namespace) + 1 :]


def _split_prefix(name: str) -> tuple[str, str]:
    for prefix in (RETRY_PREFIX, DEAD_LETTER_PREFIX):
        if name.startswith(prefix):
            return prefix, name[len(prefix) :]
    return "", name
