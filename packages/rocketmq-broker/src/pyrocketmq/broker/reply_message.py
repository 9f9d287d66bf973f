"""Replies to requests, as brokers push them to the client that asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.errors import BrokerTimeoutError
from pyrocketmq.model import MessageExt, RequestCode, decode_messages, encode_message
from pyrocketmq.model.errors import ProtocolError

if TYPE_CHECKING:
    from pyrocketmq.model.message_id import Host
    from pyrocketmq.model.requests import PushReplyMessageToClient


def reply_message(push: PushReplyMessageToClient) -> MessageExt:
    """Return the message that a push stands for. It has no place in a queue: both of its offsets are 0.

    Raises:
        ProtocolError: an address is none.
    """
    record = encode_message(
        topic=push.topic,
        body=push.body,
        properties=push.properties or "",
        queue_id=push.queue_id,
        sys_flag=push.sys_flag,
        flag=push.flag,
        born_timestamp=push.born_timestamp,
        born_host=_host(push.born_host),
        store_timestamp=push.store_timestamp,
        store_host=_host(push.store_host),
        reconsume_times=push.reconsume_times or 0,
    )
    (message,) = decode_messages(record, check_crc=False)
    return message


def _host(text: str) -> Host:
    address, _, port = text.removeprefix("/").rpartition(":")
    try:
        return address.strip("[]"), int(port)
    except ValueError as error:
        raise ProtocolError(f"a pushed reply names {text!r} as the address of a host") from error


def no_reply(broker_addr: str, seconds: float) -> BrokerTimeoutError:
    """Return the error of a request whose reply did not come in time."""
    return BrokerTimeoutError(
        f"no reply within {seconds:g} s",
        broker_addr=broker_addr,
        operation="request",
        request_code=RequestCode.SEND_MESSAGE_V2,
        elapsed=seconds,
        may_have_arrived=True,
    )
