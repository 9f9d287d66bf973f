"""What the members of both faces do, told once: the methods of the sync and of the asyncio client are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrocketmq.model.enums import ConsumeFromWhere, ConsumeType, MessageModel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from typing import TypeAlias, Unpack

    from pyrocketmq.broker.context import ClientContext
    from pyrocketmq.broker.outgoing import SendOptions
    from pyrocketmq.model import MessageExt, MessageQueue, TransactionState
    from pyrocketmq.model.bodies import ConsumerRunningInfo, SubscriptionData
    from pyrocketmq.model.enums import CMResult

    TransactionChecker: TypeAlias = Callable[[MessageExt], TransactionState]


class Member:
    """A client that belongs to groups. The methods of an asyncio client have to be awaited."""

    _context: ClientContext

    @property
    def client_id(self) -> str:
        """Id that brokers know this client by."""
        return self._context.client_id

    def register_producer(self, producer_group: str, timeout: float | None = None) -> Awaitable[None] | None:
        """Join a producer group by heartbeat (HEART_BEAT, 34), and stay in it until `disconnect`.

        Sends need no membership. It is what lets the broker ask about open transactions and hand over replies.

        Args:
            producer_group: The group.
            timeout: Seconds for the first heartbeat; by default the client's.

        Raises:
            BrokerConnectionError: the connection failed.
            BrokerTimeoutError: no answer to the first heartbeat in time.
            ValueError: the name is not allowed.

        Example:
            ```python
            client.register_producer("shop")
            ```
        """
        raise NotImplementedError  # abstract

    def unregister_producer(self, producer_group: str, timeout: float | None = None) -> Awaitable[None] | None:
        """Leave a producer group (UNREGISTER_CLIENT, 35); nothing happens where the client is not in it.

        Args:
            producer_group: The group.
            timeout: Seconds for the whole call; by default the client's.

        Raises:
            BrokerConnectionError: the connection failed; the broker takes a lost client out by itself.
            BrokerTimeoutError: no answer in time.

        Example:
            ```python
            client.unregister_producer("shop")
            ```
        """
        raise NotImplementedError  # abstract

    def register_consumer(
        self,
        consumer_group: str,
        subscriptions: Mapping[str, str] | Iterable[SubscriptionData],
        *,
        on_ids_changed: Callable[[str], object] | None = None,
        on_offset_reset: Callable[[str, dict[MessageQueue, int]], object] | None = None,
        consume_directly: Callable[[MessageExt], CMResult] | None = None,
        consumer_status: Callable[[str], Mapping[MessageQueue, int]] | None = None,
        running_info: Callable[[], ConsumerRunningInfo] | None = None,
        consume_type: ConsumeType = ConsumeType.CONSUME_PASSIVELY,
        message_model: MessageModel = MessageModel.CLUSTERING,
        consume_from_where: ConsumeFromWhere = ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET,
        timeout: float | None = None,
    ) -> Awaitable[None] | None:
        """Join a consumer group by heartbeat (HEART_BEAT, 34), and stay in it until `disconnect`.

        Pulls need no membership. It is what lets the members of a group know of each other and divide the queues. All
        members have to give the same subscriptions; calling this again replaces them, and the callbacks.

        The callbacks of a sync client run on threads of the connection, several at a time. Those of an asyncio client
        may be coroutine functions, and each call runs in a task of its own. What they raise is logged, and the broker
        is told that the client failed.

        Args:
            consumer_group: The group.
            subscriptions: Tag expressions by topic (`"*"` for all messages), or what `subscription_data` returns.
                Members that do not broadcast subscribe the group's retry topic besides.
            on_ids_changed: Called with the group whenever a member has come or gone, also for this client itself
                (NOTIFY_CONSUMER_IDS_CHANGED, 40): time to look at `get_consumer_list` again.
            on_offset_reset: Called with a topic and the offset of each queue when somebody resets the offsets of the
                group (RESET_CONSUMER_CLIENT_OFFSET, 220; 4.9).
            consume_directly: Called with a message that this member is told to consume
                (CONSUME_MESSAGE_DIRECTLY, 309). Without it the broker hears that nobody does.
            consumer_status: Called with a topic; returns the offset of each queue of it that this member consumes
                (GET_CONSUMER_STATUS_FROM_CLIENT, 221). Without it there are none.
            running_info: Returns what this member tells of itself (GET_CONSUMER_RUNNING_INFO, 307). Without it that
                is its settings and subscriptions.
            consume_type: How this client gets its messages; only shown to others.
            message_model: Who of the group gets a message.
            consume_from_where: Where a new group starts; only shown to others.
            timeout: Seconds for the first heartbeat; by default the client's.

        Raises:
            BrokerConnectionError: the connection failed.
            BrokerTimeoutError: no answer to the first heartbeat in time.
            ValueError: a name is not allowed.

        Example:
            ```python
            client.register_consumer("billing", {"orders": "paid || shipped"}, on_ids_changed=rebalance)
            ```
        """
        raise NotImplementedError  # abstract

    def unregister_consumer(self, consumer_group: str, timeout: float | None = None) -> Awaitable[None] | None:
        """Leave a consumer group (UNREGISTER_CLIENT, 35); nothing happens where the client is not in it.

        Args:
            consumer_group: The group.
            timeout: Seconds for the whole call; by default the client's.

        Raises:
            BrokerConnectionError: the connection failed; the broker takes a lost client out by itself.
            BrokerTimeoutError: no answer in time.

        Example:
            ```python
            client.unregister_consumer("billing")
            ```
        """
        raise NotImplementedError  # abstract

    def register_transaction_checker(self, producer_group: str, checker: TransactionChecker) -> Awaitable[None] | None:
        """Answer the broker's questions about transactions whose end stayed away (CHECK_TRANSACTION_STATE, 39).

        Joins the producer group by heartbeat, without which brokers ask nothing, and stays in it until `disconnect`.

        Args:
            producer_group: The group that sends the half messages.
            checker: Says how the transaction of a half message ends; called on a thread of its own, and by an asyncio
                client in a task of its own, where it may be a coroutine function. Where it raises, the error is
                logged and the answer is `UNKNOWN`, so that the broker asks again later.

        Raises:
            BrokerConnectionError: the connection failed.
            BrokerTimeoutError: no answer to the first heartbeat in time.
            ValueError: the name is not allowed.

        Example:
            ```python
            client.register_transaction_checker("shop", lambda message: TransactionState.COMMIT)
            ```
        """
        raise NotImplementedError  # abstract

    def request(
        self,
        producer_group: str,
        body: bytes,
        mq: MessageQueue,
        properties: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **options: Unpack[SendOptions],
    ) -> MessageExt | Awaitable[MessageExt]:
        """Send a message and wait for the reply to it (SEND_MESSAGE_V2, 310, and PUSH_REPLY_MESSAGE_TO_CLIENT, 326).

        Whoever gets the message replies with `send_reply_message`. Joins the producer group by heartbeat, since the
        broker hands replies to its members, and stays in it until `disconnect`.

        Args:
            producer_group: The producer's group.
            body: The content, 1 byte to 4 MiB.
            mq: The queue; with `queue_id` -1 the broker chooses one.
            properties: Properties of the message; names and values must not be empty.
            timeout: Seconds for sending and for the reply together; by default the client's.
            options: See `SendOptions`.

        Returns:
            The reply. It was not pulled from a queue: both of its offsets are 0.

        Raises:
            BrokerResponseError: the broker refused the message.
            BrokerConnectionError: the connection failed while the message was sent.
            BrokerTimeoutError: no reply in time; the message may be stored.
            ValueError: the broker would not take the message.

        Example:
            ```python
            price = client.request("shop", b"apples", MessageQueue("questions", "broker-a", 0), timeout=10).body
            ```
        """
        raise NotImplementedError  # abstract
