r"""Message properties: their names, and the text in which they travel.

The text is `name \x01 value \x02` for each property, in UTF-8. Servers split it at \x02 and each piece at its first
\x01; a piece without a value is lost. The last \x02 may be missing. Order means nothing; of two equal names the last
one wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyrocketmq.model.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME_END: Final = "\x01"
VALUE_END: Final = "\x02"

MAX_PROPERTIES_SIZE: Final = 32767
"""Limit in bytes for the text of all properties; what the broker adds counts too."""


class PropertyName:
    """Names that clients and servers give a meaning to. Plain texts: an enumeration would only slow look-ups down."""

    KEYS: Final = "KEYS"
    TAGS: Final = "TAGS"
    WAIT: Final = "WAIT"
    DELAY: Final = "DELAY"
    UNIQ_KEY: Final = "UNIQ_KEY"
    BUYER_ID: Final = "BUYER_ID"
    RETRY_TOPIC: Final = "RETRY_TOPIC"
    REAL_TOPIC: Final = "REAL_TOPIC"
    REAL_QID: Final = "REAL_QID"
    TRAN_MSG: Final = "TRAN_MSG"
    PGROUP: Final = "PGROUP"
    MIN_OFFSET: Final = "MIN_OFFSET"
    MAX_OFFSET: Final = "MAX_OFFSET"
    ORIGIN_MESSAGE_ID: Final = "ORIGIN_MESSAGE_ID"
    RECONSUME_TIME: Final = "RECONSUME_TIME"
    MAX_RECONSUME_TIMES: Final = "MAX_RECONSUME_TIMES"
    CONSUME_START_TIME: Final = "CONSUME_START_TIME"
    MSG_REGION: Final = "MSG_REGION"
    TRACE_ON: Final = "TRACE_ON"
    TRANSFER_FLAG: Final = "TRANSFER_FLAG"
    CORRECTION_FLAG: Final = "CORRECTION_FLAG"
    MQ2_FLAG: Final = "MQ2_FLAG"
    CHECK_IMMUNITY_TIME_IN_SECONDS: Final = "CHECK_IMMUNITY_TIME_IN_SECONDS"
    TRAN_PREPARED_QUEUE_OFFSET: Final = "TRAN_PREPARED_QUEUE_OFFSET"
    TRANSACTION_CHECK_TIMES: Final = "TRANSACTION_CHECK_TIMES"
    TRANSACTION_ID: Final = "__transactionId__"
    EXTEND_UNIQ_INFO: Final = "EXTEND_UNIQ_INFO"
    INSTANCE_ID: Final = "INSTANCE_ID"
    CORRELATION_ID: Final = "CORRELATION_ID"
    REPLY_TO_CLIENT: Final = "REPLY_TO_CLIENT"
    TTL: Final = "TTL"
    MSG_TYPE: Final = "MSG_TYPE"
    ARRIVE_TIME: Final = "ARRIVE_TIME"
    PUSH_REPLY_TIME: Final = "PUSH_REPLY_TIME"
    CLUSTER: Final = "CLUSTER"
    POP_CK: Final = "POP_CK"
    POP_CK_OFFSET: Final = "POP_CK_OFFSET"
    FIRST_POP_TIME: Final = "1ST_POP_TIME"
    INNER_NUM: Final = "INNER_NUM"
    INNER_BASE: Final = "INNER_BASE"
    INNER_MULTI_DISPATCH: Final = "INNER_MULTI_DISPATCH"
    INNER_MULTI_QUEUE_OFFSET: Final = "INNER_MULTI_QUEUE_OFFSET"
    SHARDING_KEY: Final = "__SHARDINGKEY"
    DUP_INFO: Final = "DUP_INFO"
    FORWARD_QUEUE_ID: Final = "PROPERTY_FORWARD_QUEUE_ID"
    REDIRECT: Final = "REDIRECT"
    TRACE_CONTEXT: Final = "TRACE_CONTEXT"
    TIMER_DELIVER_MS: Final = "TIMER_DELIVER_MS"
    TIMER_DELAY_SEC: Final = "TIMER_DELAY_SEC"
    TIMER_DELAY_MS: Final = "TIMER_DELAY_MS"
    TIMER_OUT_MS: Final = "TIMER_OUT_MS"
    TIMER_ENQUEUE_MS: Final = "TIMER_ENQUEUE_MS"
    TIMER_DEQUEUE_MS: Final = "TIMER_DEQUEUE_MS"
    TIMER_ROLL_TIMES: Final = "TIMER_ROLL_TIMES"
    TIMER_DEL_UNIQKEY: Final = "TIMER_DEL_UNIQKEY"
    TIMER_DELAY_LEVEL: Final = "TIMER_DELAY_LEVEL"
    TIMER_ROLL_LABEL: Final = "TIMER_ROLL_LABEL"
    BORN_HOST: Final = "__BORNHOST"
    BORN_TIMESTAMP: Final = "BORN_TIMESTAMP"
    DLQ_ORIGIN_TOPIC: Final = "DLQ_ORIGIN_TOPIC"
    DLQ_ORIGIN_MESSAGE_ID: Final = "DLQ_ORIGIN_MESSAGE_ID"
    CRC32: Final = "__CRC32#"
    ORIGIN_GROUP: Final = "ORIGIN_GROUP"
    PRIORITY: Final = "_SYS_MSG_PRIORITY_"
    TRANS_OFFSET: Final = "TRANS_OFFSET"
    TIMER_ENGINE: Final = "E_T"


_join_property: Final = NAME_END.join
_join_properties: Final = VALUE_END.join
# Names that need no look at them: they are neither empty nor hold a separator.
_are_known: Final = frozenset([value for name, value in vars(PropertyName).items() if name.isupper()]).issuperset


def encode_properties(properties: Mapping[str, str]) -> str:
    r"""Return the text of properties, with a separator after every value.

    Args:
        properties: Names to values. A name must not hold \x01 or \x02, a value must not hold \x02; neither may be
            empty, because servers drop such a property without a word.

    Raises:
        ProtocolError: a name or value cannot be written.

    Example:
        >>> encode_properties({"TAGS": "a"})
        'TAGS\x01a\x02'
    """
    try:
        text = _join_properties([*map(_join_property, properties.items()), ""])
    except TypeError:
        _check(properties.items())
        raise
    count = len(properties)
    if (
        text.count(VALUE_END) != count
        or "\x01\x02" in text
        or not (_are_known(properties) or (text.count(NAME_END) == count and "" not in properties))
    ):
        _check(properties.items())
    return text


def _check(properties: Iterable[tuple[object, object]]) -> None:
    r"""Find out what is wrong with properties, if anything is: a value may hold \x01."""
    for name, value in properties:
        if not isinstance(name, str) or not isinstance(value, str):
            raise ProtocolError(f"property {name!r:.80} is no text: {value!r:.80}")
        if not name or NAME_END in name or VALUE_END in name:
            raise ProtocolError(f"property name {name!r:.80} is empty or holds \\x01 or \\x02")
        if not value or VALUE_END in value:
            raise ProtocolError(f"value of property {name!r:.80} is empty or holds \\x02: {value!r:.80}")


def decode_properties(text: str) -> dict[str, str]:
    r"""Return the properties that a text holds, reading it as servers do.

    Example:
        >>> decode_properties("TAGS\x01a\x02KEYS\x01k1 k2")
        {'TAGS': 'a', 'KEYS': 'k1 k2'}
    """
    properties: dict[str, str] = {}
    for piece in text.split(VALUE_END):
        name, _, value = piece.partition(NAME_END)
        if value:
            properties[name] = value
    properties.pop("", None)  # once, and not asked for with every name: no server writes such a one
    return properties


def split_keys(text: str) -> list[str]:
    """Return the keys that the property KEYS holds; single blanks separate them.

    Example:
        >>> split_keys("k1 k2")
        ['k1', 'k2']
    """
    keys = text.split(" ")
    return [key for key in keys if key] if "" in keys else keys
