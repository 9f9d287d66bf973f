"""Message properties: their names, and the text in which they travel.

The text is `name \\x01 value \\x02` for each property, in UTF-8. Servers split it at \\x02 and each piece at its first
\\x01; a piece without a value is lost. The last \\x02 may be missing. Order means nothing; of two equal names the last
one wins.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME_END: Final = "\x01"
VALUE_END: Final = "\x02"

MAX_PROPERTIES_SIZE: Final = 32767
"""Limit in bytes for the text of all properties; what the broker adds counts too."""


class PropertyName(StrEnum):
    """Names that clients and servers give a meaning to."""

    KEYS = "KEYS"
    TAGS = "TAGS"
    WAIT = "WAIT"
    DELAY = "DELAY"
    UNIQ_KEY = "UNIQ_KEY"
    BUYER_ID = "BUYER_ID"
    RETRY_TOPIC = "RETRY_TOPIC"
    REAL_TOPIC = "REAL_TOPIC"
    REAL_QID = "REAL_QID"
    TRAN_MSG = "TRAN_MSG"
    PGROUP = "PGROUP"
    MIN_OFFSET = "MIN_OFFSET"
    MAX_OFFSET = "MAX_OFFSET"
    ORIGIN_MESSAGE_ID = "ORIGIN_MESSAGE_ID"
    RECONSUME_TIME = "RECONSUME_TIME"
    MAX_RECONSUME_TIMES = "MAX_RECONSUME_TIMES"
    CONSUME_START_TIME = "CONSUME_START_TIME"
    MSG_REGION = "MSG_REGION"
    TRACE_ON = "TRACE_ON"
    TRANSFER_FLAG = "TRANSFER_FLAG"
    CORRECTION_FLAG = "CORRECTION_FLAG"
    MQ2_FLAG = "MQ2_FLAG"
    CHECK_IMMUNITY_TIME_IN_SECONDS = "CHECK_IMMUNITY_TIME_IN_SECONDS"
    TRAN_PREPARED_QUEUE_OFFSET = "TRAN_PREPARED_QUEUE_OFFSET"
    TRANSACTION_CHECK_TIMES = "TRANSACTION_CHECK_TIMES"
    TRANSACTION_ID = "__transactionId__"
    EXTEND_UNIQ_INFO = "EXTEND_UNIQ_INFO"
    INSTANCE_ID = "INSTANCE_ID"
    CORRELATION_ID = "CORRELATION_ID"
    REPLY_TO_CLIENT = "REPLY_TO_CLIENT"
    TTL = "TTL"
    MSG_TYPE = "MSG_TYPE"
    ARRIVE_TIME = "ARRIVE_TIME"
    PUSH_REPLY_TIME = "PUSH_REPLY_TIME"
    CLUSTER = "CLUSTER"
    POP_CK = "POP_CK"
    POP_CK_OFFSET = "POP_CK_OFFSET"
    FIRST_POP_TIME = "1ST_POP_TIME"
    INNER_NUM = "INNER_NUM"
    INNER_BASE = "INNER_BASE"
    INNER_MULTI_DISPATCH = "INNER_MULTI_DISPATCH"
    INNER_MULTI_QUEUE_OFFSET = "INNER_MULTI_QUEUE_OFFSET"
    SHARDING_KEY = "__SHARDINGKEY"
    DUP_INFO = "DUP_INFO"
    FORWARD_QUEUE_ID = "PROPERTY_FORWARD_QUEUE_ID"
    REDIRECT = "REDIRECT"
    TRACE_CONTEXT = "TRACE_CONTEXT"
    TIMER_DELIVER_MS = "TIMER_DELIVER_MS"
    TIMER_DELAY_SEC = "TIMER_DELAY_SEC"
    TIMER_DELAY_MS = "TIMER_DELAY_MS"
    TIMER_OUT_MS = "TIMER_OUT_MS"
    TIMER_ENQUEUE_MS = "TIMER_ENQUEUE_MS"
    TIMER_DEQUEUE_MS = "TIMER_DEQUEUE_MS"
    TIMER_ROLL_TIMES = "TIMER_ROLL_TIMES"
    TIMER_DEL_UNIQKEY = "TIMER_DEL_UNIQKEY"
    TIMER_DELAY_LEVEL = "TIMER_DELAY_LEVEL"
    TIMER_ROLL_LABEL = "TIMER_ROLL_LABEL"
    BORN_HOST = "__BORNHOST"
    BORN_TIMESTAMP = "BORN_TIMESTAMP"
    DLQ_ORIGIN_TOPIC = "DLQ_ORIGIN_TOPIC"
    DLQ_ORIGIN_MESSAGE_ID = "DLQ_ORIGIN_MESSAGE_ID"
    CRC32 = "__CRC32#"
    ORIGIN_GROUP = "ORIGIN_GROUP"
    PRIORITY = "_SYS_MSG_PRIORITY_"
    TRANS_OFFSET = "TRANS_OFFSET"
    TIMER_ENGINE = "E_T"


def encode_properties(properties: Mapping[str, str]) -> str:
    """Return the text of properties, with a separator after every value.

    Args:
        properties: Names to values. A name must not hold \\x01 or \\x02, a value must not hold \\x02; neither may be
            empty, because servers drop such a property without a word.

    Raises:
        ProtocolError: a name or value cannot be written.

    Example:
        >>> encode_properties({"TAGS": "a"})
        'TAGS\\x01a\\x02'
    """
    parts: list[str] = []
    for name, value in properties.items():
        parts += (name, NAME_END, value, VALUE_END)
    try:
        text = "".join(parts)
    except TypeError as error:
        wrong = next(item for item in properties.items() if not all(isinstance(part, str) for part in item))
        raise ProtocolError(f"property {wrong[0]!r} is no text: {wrong[1]!r}") from error
    count = len(properties)
    if text.count(VALUE_END) != count or text.count(NAME_END) != count or "\x01\x02" in text or "" in properties:
        _check(properties)
    return text


def _check(properties: Mapping[str, str]) -> None:
    for name, value in properties.items():
        if not name or NAME_END in name or VALUE_END in name:
            raise ProtocolError(f"property name {name!r} is empty or holds \\x01 or \\x02")
        if not value or VALUE_END in value:
            raise ProtocolError(f"value of property {name!r} is empty or holds \\x02: {value!r}")


def decode_properties(text: str) -> dict[str, str]:
    """Return the properties that a text holds, reading it as servers do.

    Example:
        >>> decode_properties("TAGS\\x01a\\x02KEYS\\x01k1 k2")
        {'TAGS': 'a', 'KEYS': 'k1 k2'}
    """
    properties: dict[str, str] = {}
    for piece in text.split(VALUE_END):
        name, _, value = piece.partition(NAME_END)
        if name and value:
            properties[name] = value
    return properties
