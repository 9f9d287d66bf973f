"""From the requests of cases to frames: header fields as texts, as any client would send them.

Declared requests are not used on purpose: a case may send what no declaration allows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.batch import BatchRecord, encode_batch
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.enums import CommandFlag, LanguageCode, RequestCode
from pyrocketmq.model.requests import SendMessage, SendMessageV2
from pyrocketmq.testkit.conformance.json_value import CaseFormatError, JsonObject, Members

if TYPE_CHECKING:
    from pyrocketmq.testkit.conformance.json_value import Json
    from pyrocketmq.testkit.conformance.steps import SendRequest

_SHORT_NAMES: Final = {
    long.wire_name: short.wire_name for long, short in zip(SendMessage.wires(), SendMessageV2.wires(), strict=True)
}
_SHORT_NAMED: Final = (RequestCode.SEND_MESSAGE_V2, RequestCode.SEND_BATCH_MESSAGE)
_CLIENT_VERSIONS: Final = {"4.9": 401, "5.x": 493}


def frame_of_request(request: SendRequest, fields: JsonObject, body: Json, opaque: int, line: str) -> bytes:
    """Return the frame of a request.

    Args:
        request: What to send.
        fields: Its fields, defaults and variables filled in; `None` takes one away.
        body: Its body, variables filled in.
        opaque: Its number on the connection.
        line: Line of servers, which decides with what version the client introduces itself.
    """
    texts: dict[str, str] = {}
    for name, value in fields.items():
        if value is not None:
            text = properties_text(value) if isinstance(value, Mapping) else str(value)
            texts[_SHORT_NAMES[name] if request.code in _SHORT_NAMED else name] = text
    return RemotingCommand(
        request.code,
        language=LanguageCode.JAVA,
        version=request.version or _CLIENT_VERSIONS[line],
        opaque=opaque,
        flag=CommandFlag.ONEWAY if request.is_oneway else 0,
        ext_fields=texts,
        body=body_of(body),
    ).encode()


def properties_text(properties: JsonObject) -> str:
    """Return message properties as the wire spells them."""
    return "".join(f"{name}\x01{value}\x02" for name, value in properties.items())


def body_of(body: Json) -> bytes:
    """Return the bytes of a body.

    Args:
        body: A text; or an object with one member: `json`, any value; `hex`, bytes; `size`, so many letters x;
            `batch`, a list of messages with `body` and `properties`.

    Raises:
        CaseFormatError: it is nothing of these.
    """
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    members = Members(body, "a body")
    if "json" in members:
        return json.dumps(members.take_any("json")).encode()
    if "size" in members:
        return b"x" * members.take("size", int)
    if "hex" in members:
        return bytes.fromhex(members.take("hex", str))
    return encode_batch(_record(item) for item in members.take_list("batch"))


def _record(value: Json) -> BatchRecord:
    members = Members(value, "a message of a batch")
    record = BatchRecord(body_of(members.take_any("body")), 0, properties_text(members.take_object("properties")))
    members.end()
    return record


def frame_of_reply(opaque: int, reply: JsonObject) -> bytes:
    """Return the frame that answers a request of the broker's.

    Args:
        opaque: The request's number.
        reply: `code`, `remark`, `body`.
    """
    members = Members(reply, "a reply")
    code, remark, body = members.take("code", int), members.take_any("remark"), members.take_any("body")
    members.end()
    if remark is not None and not isinstance(remark, str):
        raise CaseFormatError(f"the remark of a reply is a text, not {remark!r}")
    return RemotingCommand(code, opaque=opaque, flag=CommandFlag.RESPONSE, remark=remark, body=body_of(body)).encode()
