"""The RocketMQ remoting protocol, typed, in both directions, without I/O: frames, commands, messages, models.

The names here are what most programs need. Requests are in `pyrocketmq.model.requests`, JSON bodies in
`pyrocketmq.model.bodies`, the smaller codecs in modules of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.compression import Compression
from pyrocketmq.model.enums import (
    CommandFlag,
    LanguageCode,
    RequestCode,
    ResponseCode,
    SerializeType,
    TransactionState,
)
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.frame import FrameDecoder
from pyrocketmq.model.message import Message, MessageQueue
from pyrocketmq.model.message_ext import MessageExt, decode_messages, encode_message
from pyrocketmq.model.properties import PropertyName
from pyrocketmq.model.result_data import PullMessageResult, PullStatus, SendMessageResult, SendStatus
from pyrocketmq.model.sys_flag import MessageSysFlag, PullSysFlag

if TYPE_CHECKING:
    from pyrocketmq.model.request_factory import RemotingRequestFactory

__all__ = [
    "CommandFlag",
    "Compression",
    "FrameDecoder",
    "LanguageCode",
    "Message",
    "MessageExt",
    "MessageQueue",
    "MessageSysFlag",
    "PropertyName",
    "ProtocolError",
    "PullMessageResult",
    "PullStatus",
    "PullSysFlag",
    "RemotingCommand",
    "RemotingRequestFactory",
    "RequestCode",
    "ResponseCode",
    "SendMessageResult",
    "SendStatus",
    "SerializeType",
    "TransactionState",
    "decode_messages",
    "encode_message",
]


def __getattr__(name: str) -> object:
    """Import the request factory on first use; it brings every request along, which takes longer than the rest."""
    if name == "RemotingRequestFactory":
        from pyrocketmq.model.request_factory import RemotingRequestFactory

        globals()[name] = RemotingRequestFactory
        return RemotingRequestFactory
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
