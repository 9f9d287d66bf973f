r"""Message traces: what clients tell the trace topic about messages that they sent and consumed.

The body of a trace message is a text: contexts, each a list of fields joined by \x01 and ended by \x02. The first field
is the type. A field without a value reads `null`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.properties import split_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_FIELD_END: Final = "\x01"
_CONTEXT_END: Final = "\x02"
_NULL: Final = "null"


class TraceMessageType(IntEnum):
    """Kind of a message that was sent."""

    NORMAL = 0
    HALF = 1
    COMMIT = 2
    DELAY = 3
    ORDER = 4


class ConsumeCode(IntEnum):
    """How consuming a message ended."""

    SUCCESS = 0
    TIME_OUT = 1
    EXCEPTION = 2
    RETURN_NULL = 3
    FAILED = 4


class PubTrace(NamedTuple):
    """A message was sent.

    Attributes:
        timestamp: When sending began, in milliseconds since the epoch.
        region_id: Region of the broker, from its answer.
        group: The producer's group.
        topic: The topic.
        msg_id: Unique id of the message.
        tags: Its tag.
        keys: Its keys, joined by blanks.
        store_host: Address of the broker, `host:port`.
        body_length: Size of the body in bytes.
        cost_time: How long it took, in milliseconds.
        msg_type: Kind of the message.
        offset_msg_id: The broker's id of the message; old clients leave it out.
        success: Whether it is stored.
        client_host: Address of the client; most leave it out.
    """

    timestamp: int
    region_id: str | None
    group: str | None
    topic: str | None
    msg_id: str | None
    tags: str | None
    keys: str | None
    store_host: str | None
    body_length: int
    cost_time: int
    msg_type: int
    offset_msg_id: str | None
    success: bool
    client_host: str | None = None


class SubBeforeTrace(NamedTuple):
    """Consuming a message begins.

    Attributes:
        timestamp: When, in milliseconds since the epoch.
        region_id: Region of the broker, a property of the message.
        group: The consumer's group.
        request_id: Id of this attempt; `SubAfterTrace` repeats it.
        msg_id: Unique id of the message.
        retry_times: How often it was tried before.
        keys: Its keys, joined by blanks.
    """

    timestamp: int
    region_id: str | None
    group: str | None
    request_id: str | None
    msg_id: str | None
    retry_times: int
    keys: str | None


class SubAfterTrace(NamedTuple):
    """Consuming a message has ended.

    Attributes:
        request_id: Id of the attempt, from `SubBeforeTrace`.
        msg_id: Unique id of the message.
        cost_time: How long it took, in milliseconds.
        success: Whether it is consumed.
        keys: Its keys, joined by blanks.
        context_code: How it ended, see `ConsumeCode`.
        timestamp: When it began, in milliseconds since the epoch; left out for clouds.
        group: The consumer's group; left out for clouds.
    """

    request_id: str | None
    msg_id: str | None
    cost_time: int
    success: bool
    keys: str | None
    context_code: int
    timestamp: int | None = None
    group: str | None = None


class EndTransactionTrace(NamedTuple):
    """A transaction was ended.

    Attributes:
        timestamp: When, in milliseconds since the epoch.
        region_id: Region of the broker.
        group: The producer's group.
        topic: The topic.
        msg_id: Unique id of the message.
        tags: Its tag.
        keys: Its keys, joined by blanks.
        store_host: Address of the broker, `host:port`.
        msg_type: Kind of the message.
        transaction_id: Id of the transaction.
        transaction_state: `COMMIT_MESSAGE`, `ROLLBACK_MESSAGE` or `UNKNOW`.
        from_transaction_check: Whether the broker had asked.
    """

    timestamp: int
    region_id: str | None
    group: str | None
    topic: str | None
    msg_id: str | None
    tags: str | None
    keys: str | None
    store_host: str | None
    msg_type: int
    transaction_id: str | None
    transaction_state: str | None
    from_transaction_check: bool


class RecallTrace(NamedTuple):
    """A timed message was recalled (5.3.2 and later).

    Attributes:
        timestamp: When, in milliseconds since the epoch.
        region_id: Region of the broker.
        group: The producer's group.
        topic: The topic.
        msg_id: Unique id of the message.
        success: Whether it will not be delivered.
    """

    timestamp: int
    region_id: str | None
    group: str | None
    topic: str | None
    msg_id: str | None
    success: bool


TraceContext: TypeAlias = PubTrace | SubBeforeTrace | SubAfterTrace | EndTransactionTrace | RecallTrace


def encode_trace(contexts: Iterable[TraceContext]) -> bytes:
    """Return the body of a trace message.

    Brokers take some 128000 bytes of it at most as other clients are set.

    Raises:
        ProtocolError: a text holds a separator, or cannot be written as UTF-8.
    """
    text = "".join([_text_of(context) for context in contexts])
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ProtocolError(f"trace cannot be written as UTF-8: {error}") from error


def decode_trace(body: bytes) -> list[TraceContext]:
    """Return the contexts of a trace message.

    Raises:
        ProtocolError: the body is none of such a message; `offset` is where the context starts that is wrong.
    """
    contexts: list[TraceContext] = []
    start = 0
    for part in body.split(_CONTEXT_END.encode()):
        if part:
            contexts.append(_context_of(part, start))
        start += len(part) + 1
    return contexts


def trace_keys(contexts: Iterable[TraceContext]) -> list[str]:
    """Return the keys under which a trace message has to be found: ids and keys of the traced messages, each once."""
    keys: dict[str, None] = {}
    for context in contexts:
        if context.msg_id:
            keys[context.msg_id] = None
        if not isinstance(context, RecallTrace) and context.keys:
            keys.update(dict.fromkeys(split_keys(context.keys)))
    return list(keys)


def _text_of(context: TraceContext) -> str:
    values: list[object] = list(context)
    for _ in context._field_defaults:
        if values[-1] is not None:
            break
        values.pop()
    fields = [_NAMES[type(context)], *map(_dump, values)]
    for field in fields:
        if _FIELD_END in field or _CONTEXT_END in field:
            raise ProtocolError(f"a field of a {fields[0]} trace holds \\x01 or \\x02: {field!r:.80}")
    return _FIELD_END.join(fields) + _CONTEXT_END


def _dump(value: object) -> str:
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    return int.__repr__(value) if isinstance(value, int) else str(value)


def _context_of(part: bytes, start: int) -> TraceContext:
    try:
        name, *fields = part.decode().split(_FIELD_END)
    except UnicodeDecodeError as error:
        raise ProtocolError("a trace is not UTF-8", offset=start + error.start) from error
    if name not in _FORMS:
        raise ProtocolError(f"unknown type of trace {name!r:.80}", offset=start)
    form = _FORMS[name]
    if form.make is PubTrace and len(fields) == _OLD_PUB_FIELDS:
        fields.insert(_OFFSET_MSG_ID, _NULL)
    if len(fields) < len(form.loaders) - form.optional:
        raise ProtocolError(f"a {name} trace breaks off after {len(fields)} fields", offset=start)
    try:
        return form.make(*[load(field) for load, field in zip(form.loaders, fields, strict=False)])
    except ValueError as error:
        raise ProtocolError(f"a {name} trace holds no number where one belongs: {error}", offset=start) from error


def _text(field: str) -> str | None:
    return None if field == _NULL else field


def _number(field: str) -> int | None:
    return None if field == _NULL else int(field)


def _truth(field: str) -> bool:
    return field.lower() == "true"


_OLD_PUB_FIELDS: Final = 12
_OFFSET_MSG_ID: Final = PubTrace._fields.index("offset_msg_id")


class _Form(NamedTuple):
    """How a type of context is read: its class, what reads each field, how many fields at the end may be missing."""

    make: Callable[..., TraceContext]
    loaders: tuple[Callable[[str], object], ...]
    optional: int = 0


_FORMS: Final = {
    "Pub": _Form(
        PubTrace,
        (int, _text, _text, _text, _text, _text, _text, _text, int, int, int, _text, _truth, _text),
        optional=1,
    ),
    "SubBefore": _Form(SubBeforeTrace, (int, _text, _text, _text, _text, int, _text)),
    "SubAfter": _Form(SubAfterTrace, (_text, _text, int, _truth, _text, int, _number, _text), optional=2),
    "EndTransaction": _Form(
        EndTransactionTrace, (int, _text, _text, _text, _text, _text, _text, _text, int, _text, _text, _truth)
    ),
    "Recall": _Form(RecallTrace, (int, _text, _text, _text, _text, _truth)),
}
_NAMES: Final[dict[Callable[..., TraceContext], str]] = {form.make: name for name, form in _FORMS.items()}
