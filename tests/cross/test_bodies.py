"""JSON bodies have the members of the Java classes that servers read and write them with, and survive those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from declared_values import agree, body_values, examples
from hypothesis import given
from hypothesis import strategies as st

from line_program import ProgramError
from pyrocketmq.model import bodies
from pyrocketmq.model.declaration.body_codec import FastjsonBodyCodec, JsonBodyCodec
from pyrocketmq.model.declaration.header import REGISTRY
from pyrocketmq.model.enums import ConsumeType, LanguageCode

if TYPE_CHECKING:
    from java_codec import JavaCodec

    from pyrocketmq.model.declaration import JsonBody

pytestmark = pytest.mark.real(only=True)

BODIES: Final[list[type[JsonBody]]] = [getattr(bodies, name) for name in bodies.__all__]

JAVA_NAMES: Final = {
    "ConsumerIdList": "GetConsumerListByGroupResponseBody",
    "ConsumerOffsetTable": "ConsumerOffsetSerializeWrapper",
    "DelayOffsetTable": "DelayOffsetSerializeWrapper",
    "TimerMetric": "TimerMetrics$Metric",
    "TimerMetrics": "TimerMetricsSerializeWrapper",
}
JAVA_NAMES_5: Final = {"TopicConfigSerializeWrapper": "TopicConfigAndMappingSerializeWrapper"}
ONLY_4: Final = {"AclConfig", "PlainAccessConfig"}
ONLY_5: Final = {
    "AclInfo",
    "BatchAck",
    "BatchAckMessageRequestBody",
    "BrokerMemberGroup",
    "CreateTopicListRequestBody",
    "CustomizedRetryPolicy",
    "EpochEntry",
    "EpochEntryCache",
    "ExponentialRetryPolicy",
    "GetBrokerMemberGroupResponseBody",
    "GroupForbidden",
    "GroupRetryPolicy",
    "HAClientRuntimeInfo",
    "HAConnectionRuntimeInfo",
    "HARuntimeInfo",
    "LogicQueueMappingItem",
    "MessageQueueAssignment",
    "MessageRequestModeSerializeWrapper",
    "PolicyEntryInfo",
    "PolicyInfo",
    "PopProcessQueueInfo",
    "QueryAssignmentRequestBody",
    "QueryAssignmentResponseBody",
    "QuerySubscriptionResponseBody",
    "SetMessageRequestModeRequestBody",
    "SimpleSubscriptionData",
    "SubscriptionGroupList",
    "TimerMetric",
    "TimerMetrics",
    "TopicConfigAndQueueMapping",
    "TopicQueueMappingDetail",
    "TopicQueueMappingInfo",
    "UserInfo",
}
UNREAD: Final = {
    ("QueueTimeSpan", "minTimeStampStr"),  # written from the number, never read
    ("QueueTimeSpan", "maxTimeStampStr"),
    ("QueueTimeSpan", "consumeTimeStampStr"),
    ("ConsumerOffsetTable", "groupTopicMap"),  # written by the broker's own class, derived from the table
    ("HAClientRuntimeInfo", "activated"),  # of 5.0 and 5.1; later the class forgot its accessors
}
SPELT_OUT: Final = {"BatchAck"}
"""Written with short names; Java's class has the long ones as well."""

UNDECLARED: Final = {
    ("BrokerData", "random"),  # what the class picks brokers with
    ("SubscriptionData", "filterClassSource"),  # of filter classes, which no longer exist
    ("TopicConfig", "topicMessageType"),  # one of the attributes, never written by itself
    ("TopicConfigAndQueueMapping", "topicMessageType"),
    ("HeartbeatData", "isWithoutSub"),  # the attributes behind `withoutSub` and `activated`
    ("HAClientRuntimeInfo", "isActivated"),
}


def java_name(body_type: type[JsonBody], java: JavaCodec) -> str:
    name = body_type.__name__
    return (JAVA_NAMES if java.is_4 else JAVA_NAMES | JAVA_NAMES_5).get(name, name)


def is_known(body_type: type[JsonBody], java: JavaCodec) -> bool:
    return body_type.__name__ not in (ONLY_5 if java.is_4 else ONLY_4)


def codecs_of(body_type: type[JsonBody]) -> list[JsonBodyCodec[Any]]:
    """Return in which forms of JSON a body travels; parts of bodies may do so in the form of servers."""
    fields = [header.body_field() for request in REGISTRY.values() for header in (request, request.REPLY)]
    codecs = [field.codec for field in fields if field is not None]
    own = {type(codec): codec for codec in codecs if isinstance(codec, JsonBodyCodec) and codec.body_type is body_type}
    return list(own.values()) or [FastjsonBodyCodec(body_type)]


@pytest.mark.parametrize("body_type", BODIES, ids=lambda cls: cls.__name__)
def test_members(body_type: type[JsonBody], java: JavaCodec) -> None:
    if not is_known(body_type, java):
        with pytest.raises(ProgramError, match="is unknown"):
            java.members(java_name(body_type, java))
        return
    name = body_type.__name__
    known = java.members(java_name(body_type, java))
    declared = {field.wire_name for field in body_type.FIELDS}
    if not java.is_4:
        assert {member for member in declared - known if (name, member) not in UNREAD} == set()
    if name not in SPELT_OUT:
        assert {member for member in known - declared if (name, member) not in UNDECLARED} == set()


@pytest.mark.parametrize("body_type", BODIES, ids=lambda cls: cls.__name__)
@given(data=st.data())
@examples(20)
def test_values(body_type: type[JsonBody], java: JavaCodec, data: st.DataObject) -> None:
    if not is_known(body_type, java):
        return  # `test_members` asserts that it is not there
    sent = data.draw(body_values(body_type))
    for codec in codecs_of(body_type):
        answer = java.call("echoBody", **{"class": java_name(body_type, java), "body": codec.encode(sent).hex()})
        received = codec.decode(bytes.fromhex(answer))
        assert agree(sent, received, lambda owner, member: reads(java, owner, member)), received


def reads(java: JavaCodec, body_type: type[JsonBody], member: str) -> bool:
    """Whether Java keeps a member of a body."""
    return (body_type.__name__, member) not in UNREAD and member in java.members(java_name(body_type, java))


@pytest.mark.parametrize(
    "sent",
    [
        bodies.ConsumerData(group_name="group", consume_type=ConsumeType.CONSUME_POP),
        bodies.Connection(client_id="id", client_addr="127.0.0.1:1", language=LanguageCode.NODE_JS.name, version=1),
    ],
    ids=lambda body: type(body).__name__,
)
def test_names_that_old_servers_do_not_know_are_left_out(sent: JsonBody, java: JavaCodec) -> None:
    codec = FastjsonBodyCodec(type(sent))
    answer = java.call("echoBody", **{"class": type(sent).__name__, "body": codec.encode(sent).hex()})
    assert (codec.decode(bytes.fromhex(answer)) == sent) is not java.is_4
