"""Messages as they are handed out, where that differs from the stored record."""

from __future__ import annotations

from pyrocketmq.model import MessageExt


class DeliveredMessage(MessageExt):
    """A message under another name for its topic, or with another number of tries, than its record says.

    Args:
        message: The message.
        topic: The topic that the application knows; by default the message's.
        reconsume_times: How often the message was tried before; by default what the message says.
    """

    __slots__ = ()

    def __init__(self, message: MessageExt, *, topic: str | None = None, reconsume_times: int | None = None) -> None:
        for name in MessageExt.__slots__:
            setattr(self, name, getattr(message, name))
        if topic is not None:
            self.topic = topic
        if reconsume_times is not None:
            self.reconsume_times = reconsume_times
