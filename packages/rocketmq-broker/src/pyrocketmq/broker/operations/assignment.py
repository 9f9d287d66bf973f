"""Who consumes which queues, and how: the broker's own division of queues (5.x)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.broker.plan import call
from pyrocketmq.broker.retry import REPEAT_READS, RESEND_UNSENT, RetryPolicy
from pyrocketmq.model.bodies import QueryAssignmentRequestBody, SetMessageRequestModeRequestBody
from pyrocketmq.model.enums import MessageModel, MessageRequestMode
from pyrocketmq.model.requests import GetAllMessageRequestMode, QueryAssignment, SetMessageRequestMode

if TYPE_CHECKING:
    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.plan import Plan
    from pyrocketmq.model.bodies import MessageQueueAssignment


def query_assignment(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    timeout: float | None = None,
    *,
    strategy_name: str = "AVG",
    message_model: MessageModel = MessageModel.CLUSTERING,
    client_id: str | None = None,
    retry: RetryPolicy | None = REPEAT_READS,
) -> Plan[list[MessageQueueAssignment]]:
    """Ask which queues a client should consume (QUERY_ASSIGNMENT, 400; from 5.0.0 on).

    Args:
        consumer_group: The group.
        topic: The topic.
        timeout: Seconds for the whole call; by default the client's.
        strategy_name: `"AVG"` for runs of queues, `"AVG_BY_CIRCLE"` for every n-th queue.
        message_model: Who of the group gets a message; clients that broadcast get every queue.
        client_id: The client, a connected member of the group; by default this one, see `register_consumer`.
        retry: What to repeat; `None` for nothing.

    Returns:
        The queues, each with the mode to consume it in; queue -1 stands for all of a broker. Empty where the broker
        does not know the client as a member, or the strategy, or the topic.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        for assignment in client.query_assignment("billing", "orders"):
            print(assignment.message_queue, assignment.mode)
        ```
    """
    body = QueryAssignmentRequestBody(
        topic=topic,
        consumer_group=consumer_group,
        client_id=client_id or context.client_id,
        strategy_name=strategy_name,
        message_model=message_model,
    )
    reply = yield from call(context, QueryAssignment(assignment=body), timeout, retry)
    return reply.assignment.message_queue_assignments


def set_message_request_mode(
    context: ClientContext,
    consumer_group: str,
    topic: str,
    mode: MessageRequestMode,
    pop_share_queue_num: int = 0,
    timeout: float | None = None,
    *,
    retry: RetryPolicy | None = RESEND_UNSENT,
) -> Plan[None]:
    """Tell whether a group pulls or pops a topic (SET_MESSAGE_REQUEST_MODE, 401; from 5.0.0 on).

    Args:
        consumer_group: The group.
        topic: The topic; not a retry topic.
        mode: The mode that `query_assignment` tells the members.
        pop_share_queue_num: How many queues members share when they pop; 0 for all.
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat. By default only what cannot have reached the broker.

    Raises:
        AuthorizationError: it is a retry topic, or the user may not do this.
        BrokerResponseError: there is no such topic.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        client.set_message_request_mode("billing", "orders", MessageRequestMode.POP)
        ```
    """
    body = SetMessageRequestModeRequestBody(
        topic=topic, consumer_group=consumer_group, mode=mode, pop_share_queue_num=pop_share_queue_num
    )
    yield from call(context, SetMessageRequestMode(mode=body), timeout, retry)


def get_message_request_modes(
    context: ClientContext, timeout: float | None = None, *, retry: RetryPolicy | None = REPEAT_READS
) -> Plan[dict[str, dict[str, SetMessageRequestModeRequestBody]]]:
    """Ask for all request modes that were set (GET_ALL_MESSAGE_REQUEST_MODE, 402; from 5.0.0 on).

    Args:
        timeout: Seconds for the whole call; by default the client's.
        retry: What to repeat; `None` for nothing.

    Returns:
        The modes by topic, then by group.

    Raises:
        BrokerSystemError: the broker failed.
        BrokerConnectionError: the connection failed.
        BrokerTimeoutError: no answer in time.

    Example:
        ```python
        mode = client.get_message_request_modes()["orders"]["billing"].mode
        ```
    """
    reply = yield from call(context, GetAllMessageRequestMode(), timeout, retry)
    return reply.modes.message_request_mode_map
