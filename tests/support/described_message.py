"""What descriptions of messages in JSON have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyrocketmq.model.declaration.record import camel_case

if TYPE_CHECKING:
    from pyrocketmq.model import MessageExt

_NAMES: Final = (
    "topic",
    "properties",
    "queue_id",
    "flag",
    "queue_offset",
    "commit_log_offset",
    "sys_flag",
    "born_timestamp",
    "store_timestamp",
    "reconsume_times",
    "prepared_transaction_offset",
    "store_size",
    "offset_msg_id",
)


def plain_fields(message: MessageExt) -> dict[str, Any]:
    """Return the fields that descriptions have as they are, under the names that Java has for them."""
    return {camel_case(name): getattr(message, name) for name in _NAMES}
