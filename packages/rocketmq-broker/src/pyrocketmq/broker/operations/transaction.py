"""Transactional messages: the half message, its end, and what the broker asks in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.message_telemetry import sends
from pyrocketmq.broker.operations.send import send_result
from pyrocketmq.broker.outgoing import SendOptions, outgoing_message
from pyrocketmq.broker.plan import call, tell
from pyrocketmq.broker.retry import RESEND_UNSENT, RetryPolicy
from pyrocketmq.model import MessageQueue, SendMessageResult, TransactionState
from pyrocketmq.model.message_id import decode_offset_message_id
from pyrocketmq.model.requests import EndTransaction, SendMessageV2
from pyrocketmq.model.sys_flag import MessageSysFlag

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan


@sends
def send_transaction_message(
    context: ClientContext,
    producer_group: str,
    body: bytes,
    mq: MessageQueue,
    properties: Mapping[str, str] | None = None,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = RESEND_UNSENT,
    **options: Unpack[SendOptions],
) -> Plan[SendMessageResult]:
    """Send the half message of a transaction (SEND_MESSAGE_V2, 310).

    Consumers do not see it until `end_transaction` commits it. Where the end stays away, the broker asks the
    producers of the group, see `register_transaction_checker`.

    Args:
        producer_group: The producer's group; the broker asks its members.
        body: The content, 1 byte to 4 MiB.
        mq: The queue that the message will be in once committed.
        properties: Properties of the message; names and values must not be empty.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat. By default only what cannot have reached the broker.
        options: See `SendOptions`; a transactional message cannot be delayed.

    Returns:
        What `end_transaction` needs.

    Raises:
        BrokerResponseError: the broker refused.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time; an undecided half message may be stored.
        ValueError: the broker would not take the message.

    Example:
        ```python
        half = client.send_transaction_message("shop", b"order 17", mq)
        client.end_transaction("shop", half, TransactionState.COMMIT)
        ```
    """
    made = {**(properties or {}), "TRAN_MSG": "true", "PGROUP": producer_group}
    options["sys_flag"] = options.get("sys_flag", 0) | MessageSysFlag.TRANSACTION_PREPARED
    unique_id, request = outgoing_message(SendMessageV2, context, producer_group, body, mq, made, options)
    reply = yield from call(context, request, timeout, retry)
    result = send_result(unique_id, mq, reply)
    result.transaction_id = result.transaction_id or unique_id  # 4.9 leaves it out
    return result


def end_transaction(
    context: ClientContext,
    producer_group: str,
    result: SendMessageResult,
    state: TransactionState,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = RESEND_UNSENT,
) -> Plan[None]:
    """End a transaction, or leave it open (END_TRANSACTION, 37).

    Commit and rollback wait for the broker's confirmation. Brokers do not answer `UNKNOWN`, which is sent one-way
    and leaves the decision to a later check.

    Args:
        producer_group: The group that sent the half message.
        result: What `send_transaction_message` returned.
        state: How it ends.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat. By default only what cannot have reached the broker; a repeated commit delivers the
            message twice.

    Raises:
        BrokerResponseError: the broker refused: it does not have such a half message any more.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time; the end may have been carried out.

    Example:
        ```python
        client.end_transaction("shop", half, TransactionState.ROLLBACK)
        ```
    """
    request = EndTransaction(
        producer_group=producer_group,
        tran_state_table_offset=result.queue_offset,
        commit_log_offset=decode_offset_message_id(result.offset_msg_id).commit_log_offset,
        commit_or_rollback=state,
        from_transaction_check=False,
        msg_id=result.msg_id,
        transaction_id=result.transaction_id,
        topic=result.message_queue.topic,
        broker_name=result.message_queue.broker_name or None,
    )
    if state is TransactionState.UNKNOWN:
        yield from tell(context, request, timeout)
    else:
        yield from call(context, request, timeout, retry)
