"""The fields of requests and replies are those of Java's headers, and survive them in both encodings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from declared_values import examples, header_values, ints
from hypothesis import given
from hypothesis import strategies as st
from java_headers import java_header

from line_program import ProgramError
from pyrocketmq.model import requests
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration.header import REGISTRY, Header, Request
from pyrocketmq.model.enums import SerializeType

if TYPE_CHECKING:
    from java_codec import JavaCodec

pytestmark = pytest.mark.real(only=True)

MAX_SHORT = 0x7FFF
HEADERS: Final[list[type[Header]]] = [
    header
    for header in [
        *sorted(REGISTRY.values(), key=lambda request: request.CODE),
        *sorted({request.REPLY for request in REGISTRY.values()}, key=lambda reply: reply.__name__),
    ]
    if header.wires()
]

WITHOUT_CLASS: Final = {requests.HeartBeatReply, requests.SetCommitlogReadMode}
"""Java sets these fields by hand."""

ONLY_4: Final = {
    requests.DeleteAclConfig,
    requests.GetBrokerClusterAclInfoReply,
    requests.UpdateAndCreateAclConfig,
    requests.UpdateGlobalWhiteAddrsConfig,
}
ONLY_5: Final = {request for request in REGISTRY.values() if request.SINCE and request.SINCE.startswith("5")} | {
    requests.ChangeMessageInvisibletimeReply,
    requests.ExchangeBrokerHaInfoReply,
    requests.GetAllSubscriptiongroupConfig,
    requests.GetAllSubscriptiongroupConfigReply,
    requests.GetAllTopicConfig,
    requests.NotificationReply,
    requests.PollingInfoReply,
    requests.PopMessageReply,
    requests.RecallMessageReply,
}
LIKE_4: Final = {requests.LitePullMessage, requests.UpdateAndCreateStaticTopic}
"""New codes with the headers of old ones."""

COMMON: Final = {"bname", "ns", "nsd", "oway", "lo"}
"""Optional everywhere; 5.x changed from release to release which headers have them."""

SHORT: Final = {requests.SendMessageV2, requests.SendBatchMessage, requests.SendReplyMessageV2}
"""Java writes and reads no common fields beside the short names of these."""

KINDS: Final = {
    "String": "string",
    "int": "int",
    "Integer": "int",
    "long": "long",
    "Long": "long",
    "boolean": "bool",
    "Boolean": "bool",
    "BoundaryType": "string",
}
BESIDE_THE_CLASS: Final = {
    (requests.QueryMessage, "_UNIQUE_KEY_QUERY"),  # set by hand
    (requests.RecallMessageReply, "MSG_REGION"),
    (requests.SendMessageReply, "MSG_REGION"),
    (requests.SendMessageReply, "TRACE_ON"),
    (requests.DeleteSubscriptiongroup, "removeOffset"),  # 4.9's name
    (requests.ResetConsumerClientOffset, "offset"),  # of the other request with this class
    (requests.ResetConsumerClientOffset, "queueId"),
}
NOT_ALWAYS_SENT: Final = {
    # Java requires them by annotation, but brokers check nothing here.
    (requests.GetAllTopicConfig, "topicSeq"),
    (requests.GetAllSubscriptiongroupConfig, "groupSeq"),
    (requests.UpdateGlobalWhiteAddrsConfig, "aclFileFullPath"),
}


def is_known(cls: type[Header], java: JavaCodec) -> bool:
    if cls in WITHOUT_CLASS:
        return False
    return cls not in ONLY_5 - LIKE_4 if java.is_4 else cls not in ONLY_4


@pytest.mark.parametrize("cls", HEADERS, ids=lambda cls: cls.__name__)
def test_fields(cls: type[Header], java: JavaCodec) -> None:
    if not is_known(cls, java):
        with pytest.raises(ProgramError, match="is unknown"):
            java.fields(java_header(cls))
        return
    theirs = java.fields(java_header(cls))
    ours = {row.wire_name: row for row in cls.wires()}
    ignored = COMMON | {name for owner, name in BESIDE_THE_CLASS if owner is cls}
    assert theirs.keys() - ours.keys() - ignored == set()
    if not java.is_4:
        assert ours.keys() - theirs.keys() - ignored == set()
    common = ours.keys() & theirs.keys()
    assert {name: ours[name].kind.name for name in common} == {name: KINDS[theirs[name]["type"]] for name in common}
    if issubclass(cls, Request):
        missing = {name for name in common if theirs[name]["required"] and ours[name].default is None}
        assert {name for name in missing if (cls, name) not in NOT_ALWAYS_SENT} == set()


@pytest.mark.parametrize("cls", HEADERS, ids=lambda cls: cls.__name__)
@given(data=st.data())
@examples(20)
def test_values(cls: type[Header], java: JavaCodec, data: st.DataObject) -> None:
    if not is_known(cls, java):
        return  # `test_fields` asserts that it is not there
    theirs = java.fields(java_header(cls))
    if cls in SHORT:
        theirs = {name: field for name, field in theirs.items() if name not in COMMON}
    values = data.draw(header_values(cls, theirs))
    code = cls.CODE if issubclass(cls, Request) else 0
    for serialize_type in SerializeType:
        if serialize_type == SerializeType.ROCKETMQ and code > MAX_SHORT:
            continue
        sent = RemotingCommand(
            code, opaque=data.draw(ints), ext_fields=fields_of(cls, values), serialize_type=serialize_type
        )
        received = echo(java, cls, sent)
        assert (received.code, received.opaque, received.serialize_type) == (code, sent.opaque, serialize_type)
        decoded = cls.values_of(received.ext_fields or {})
        assert {name: decoded[name] for name in values} == values


def fields_of(cls: type[Header], values: dict[str, Any]) -> dict[str, str]:
    field = cls.body_field()
    return cls(**values, **({field.name: None} if field is not None else {})).to_fields()


def echo(java: JavaCodec, cls: type[Header], command: RemotingCommand) -> RemotingCommand:
    """Send a command through Java's typed header."""
    answer = java.call("echoHeader", **{"class": java_header(cls), "frame": command.encode().hex()})
    return RemotingCommand.decode(bytes.fromhex(answer))


@pytest.mark.parametrize("boundary", ["lower", "upper"])
def test_boundaries_may_be_in_lower_case(boundary: str, java: JavaCodec) -> None:
    if java.is_4:
        assert "boundaryType" not in java.fields(java_header(requests.SearchOffsetByTimestamp))
        return
    request = requests.SearchOffsetByTimestamp(topic="topic", queue_id=0, timestamp=0, boundary_type=boundary)
    received = echo(java, requests.SearchOffsetByTimestamp, request.to_command())
    assert requests.SearchOffsetByTimestamp.from_command(received).boundary_type == boundary.upper()
