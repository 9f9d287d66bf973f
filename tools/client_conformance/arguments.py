"""From a declared request to the arguments of the public call that sends it.

Most follow from names: a parameter is an attribute of the request, or a member of its body, of the same name or of one
that `_ALIASES` tells. What is left is written out here.
"""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyrocketmq.model import Message, MessageQueue, SendMessageResult, SendStatus, TransactionState
from pyrocketmq.model.batch import decode_batch
from pyrocketmq.model.declaration import JsonBody
from pyrocketmq.model.message_ext import decode_messages, encode_message
from pyrocketmq.model.message_id import offset_message_id
from pyrocketmq.model.names import RETRY_PREFIX
from pyrocketmq.model.properties import decode_properties
from pyrocketmq.model.sys_flag import MessageSysFlag, PullSysFlag
from pyrocketmq.testkit.conformance.frames import properties_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyrocketmq.model.declaration.header import Request

_CLOCKS_APART: Final = 600.0
# Seconds.

Arguments = dict[str, Any]  # each parameter has a type of its own


class Site(NamedTuple):
    """What calls need to know of the server beside the request.

    Attributes:
        broker_name: The broker's name.
        broker: Its address.
        cluster_name: Its cluster.
    """

    broker_name: str
    broker: str
    cluster_name: str

    def offset_id(self, commit_log_offset: int) -> str:
        """Return the id of a message that the broker stores."""
        host, _, port = self.broker.rpartition(":")
        return offset_message_id(host, int(port), commit_log_offset)


_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "boundary": ("boundary_type",),
    "client_id": ("client_addr",),
    "cluster": ("cluster_name",),
    "consumer_group": ("group", "group_name"),
    "data": ("heartbeat_data",),
    "expression_type": ("exp_type",),
    "jstack": ("jstack_enable",),
    "mqs": ("mq_set",),
    "offset_msg_id": ("msg_id",),
    "sub_expression": ("subscription", "exp"),
    "subscription": ("subscription_data",),
}
"""By parameter of a public call, what requests call the same."""

_SECONDS: Final[Mapping[str, str]] = {
    "poll_time": "poll_time",
    "invisible_time": "invisible_time",
    "suspend_timeout": "suspend_timeout_millis",
}
"""By parameter in seconds, the attribute in milliseconds."""


def by_name(operation: Callable[..., object], request: Request[Any], site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments whose names, or aliases, are attributes of the request or members of its body."""
    given: Arguments = dict(request._items())
    field = request.body_field()
    content = None if field is None else getattr(request, field.name)
    if isinstance(content, JsonBody):
        given |= dict(content._items())
    given["wait"] = not is_oneway
    if given.get("broker_name") is None:
        given["broker_name"] = site.broker_name
    arguments: Arguments = {}
    for name in inspect.signature(operation).parameters:
        if name in _SECONDS and given.get(_SECONDS[name]) is not None:
            arguments[name] = given[_SECONDS[name]] / 1000
            continue
        for source in (name, *_ALIASES.get(name, ())):
            if given.get(source) is not None:
                arguments[name] = given[source]
                break
    return arguments


def of_message(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments that a send of one message shares with that of a batch."""
    del operation, is_oneway
    arguments: Arguments = {
        "producer_group": request.producer_group,
        "body": request.body,
        "mq": MessageQueue(request.topic, site.broker_name, request.queue_id),
        "properties": decode_properties(request.properties or ""),
    }
    for name, default in _OPTIONS.items():
        if getattr(request, name) != default:
            arguments[name] = getattr(request, name)
    if not request.topic.startswith(RETRY_PREFIX):
        arguments.pop("max_reconsume_times", None)
    if is_now(request.born_timestamp):
        del arguments["born_timestamp"]
    return arguments


_OPTIONS: Final[Mapping[str, object]] = {
    "flag": 0,
    "sys_flag": 0,
    "default_topic": "TBW102",
    "default_topic_queue_nums": 4,
    "unit_mode": False,
    "reconsume_times": 0,
    "max_reconsume_times": None,
    "born_timestamp": None,
}
"""Options of a send that are fields of its request, with the values of those that need not be given."""


def of_half(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments that send a half message: the call adds what makes it one."""
    arguments = of_message(operation, request, site, is_oneway=is_oneway)
    for name in ("TRAN_MSG", "PGROUP"):
        arguments["properties"].pop(name, None)
    arguments["sys_flag"] &= ~MessageSysFlag.TRANSACTION_PREPARED
    return arguments


def of_batch(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments that send a batch, message by message."""
    arguments = of_message(operation, request, site, is_oneway=is_oneway)
    arguments["body"] = [
        Message(request.topic, record.body, properties=decode_properties(record.properties), flag=record.flag)
        for record in decode_batch(request.body)
    ]
    return arguments


def of_reply(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments that reply to a message with the properties that the reply repeats."""
    arguments = of_message(operation, request, site, is_oneway=is_oneway)
    del arguments["mq"]
    properties = {"CLUSTER": site.cluster_name, **arguments.pop("properties")}
    arguments["request"] = stored_message("questions", properties, 0)
    return arguments


def of_pull(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments of a pull: without its flag, the request carries no subscription."""
    arguments = by_name(operation, request, site, is_oneway=is_oneway)
    if request.sys_flag & PullSysFlag.SUBSCRIPTION:
        arguments["sub_expression"] = request.subscription or ""
    else:
        arguments["sub_expression"] = None
    return arguments


def of_send_back(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments that send a message back."""
    arguments = by_name(operation, request, site, is_oneway=is_oneway)
    properties = {"UNIQ_KEY": request.origin_msg_id} if request.origin_msg_id else {}
    arguments["message"] = stored_message(request.origin_topic, properties, request.offset)
    return arguments


def of_end(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments that end a transaction."""
    del operation, is_oneway
    result = SendMessageResult(
        SendStatus.SEND_OK,
        request.msg_id or "",
        site.offset_id(request.commit_log_offset),
        MessageQueue(request.topic or "", site.broker_name, 0),
        request.tran_state_table_offset,
        request.transaction_id,
    )
    state = TransactionState(request.commit_or_rollback)
    return {"producer_group": request.producer_group, "result": result, "state": state}


def of_view(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments that read the message at a commit log offset."""
    del operation, is_oneway
    return {"offset_msg_id": site.offset_id(request.offset), "topic": request.topic}


def of_handle(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments of a call about a popped message."""
    arguments = by_name(operation, request, site, is_oneway=is_oneway)
    arguments["receipt_handle"] = request.extra_info
    return arguments


def of_new_topic(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments that create a topic."""
    arguments = by_name(operation, request, site, is_oneway=is_oneway)
    arguments.pop("attributes", None)
    return {**arguments, "queues": request.write_queue_nums}


def of_forbidden(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments that keep a group from a topic, or ask whether it is kept."""
    arguments = by_name(operation, request, site, is_oneway=is_oneway)
    if request.readable is not None:
        arguments["forbidden"] = not request.readable
    return arguments


def of_deletion(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments that delete a group; each line of servers has its own name for the offsets."""
    arguments = by_name(operation, request, site, is_oneway=is_oneway)
    return {**arguments, "clean_offset": bool(request.clean_offset or request.remove_offset)}


def of_unique_key(operation: Callable[..., object], request: Any, site: Site, *, is_oneway: bool) -> Arguments:
    """Return the arguments that find a message by its unique key."""
    del operation, site, is_oneway
    return {"topic": request.topic, "msg_id": request.key}


def is_now(timestamp: int) -> bool:
    """Whether a time is as near as the clocks of two machines, or that of a fake that runs ahead."""
    return abs(timestamp / 1000 - time.time()) < _CLOCKS_APART


def stored_message(topic: str, properties: Mapping[str, str], commit_log_offset: int) -> Any:
    """Return a message as a pull would have brought it."""
    record = encode_message(
        topic=topic, body=b"-", properties=properties_text(properties), commit_log_offset=commit_log_offset
    )
    return decode_messages(record)[0]
