"""What two servers that are asked the same have to answer alike: all but what `VOLATILE` names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pyrocketmq.model.cli.describe import Describer

if TYPE_CHECKING:
    from pyrocketmq.model.cli.plain import Plain
    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.model.declaration.header import Request

VOLATILE = frozenset(
    (
        "1ST_POP_TIME",  # times of the server
        "born_host",  # the port of each client's connection
        "client_addr",
        "consume_tps",  # a rate
        "commit_log_offset",  # what else was stored before
        "last_timestamp",
        "last_update_timestamp",
        "msg_id_in_header",  # address and commit log offset of the server
        "offset_msg_id",
        "pop_time",
        "POP_CK",  # handles hold times and the queue that revives
        "prepared_transaction_offset",
        "revive_qid",
        "store_host",
        "store_timestamp",
        "extra_info",
        "timestamp",
        "topic_put_tps",  # a rate
        "TRAN_PREPARED_QUEUE_OFFSET",  # of a topic that all sequences share
        "sub_version",  # a time of the server, where it comes from a pull
        "version",  # of the table of groups or topics, likewise shared
        "data_version",
    )
)

UNORDERED = frozenset(("consumer_id_list", "connection_set", "group_list"))
"""Lists of Java maps' keys or sets, which have no order."""


def normalised(request: Request[Any], answer: RemotingCommand) -> Plain:
    """Return everything that an answer says, without what may differ."""
    describer = Describer()
    describer.describe(request.to_frame(answer.opaque))
    described = describer.describe(answer.encode())
    fields: dict[str, Plain] = {
        ("msg_id_in_header" if row.name == "msg_id" else row.name): row.value for row in described.fields
    }
    problem = None if described.problem is None else str(described.problem)
    return _stable(
        {
            "code": int(answer.code),
            "remark": answer.remark,
            "fields": fields,
            "body": described.body,
            "problem": problem,
        }
    )


def _stable(value: Plain) -> Plain:
    if isinstance(value, dict):
        stable = {name: _stable(member) for name, member in sorted(value.items()) if name not in VOLATILE}
        for name in UNORDERED & stable.keys():
            stable[name] = sorted(cast("list[Plain]", stable[name] or []), key=repr)
        return stable
    if not isinstance(value, list):
        return value
    items = [_stable(item) for item in value]
    if all(
        isinstance(item, dict) and item.keys() in ({"key", "value"}, {"topic", "broker_name", "queue_id"})
        for item in items
    ):
        return sorted(items, key=repr)  # of a Java map or set, which have no order
    return items
