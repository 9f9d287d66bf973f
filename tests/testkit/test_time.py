"""What happens later: long polling, delays, timers, transactions, pops, locks, expiry; all by the virtual clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from requests_of import decide, half, heartbeat, pop, pull, send
from wire_client import WireClient

from pyrocketmq.model.bodies.pop import BatchAck, BatchAckMessageRequestBody
from pyrocketmq.model.enums import RequestCode, ResponseCode, TransactionState
from pyrocketmq.model.message_ext import MessageExt, decode_messages
from pyrocketmq.model.message_id import decode_offset_message_id
from pyrocketmq.model.requests import (
    AckMessage,
    BatchAckMessage,
    ChangeMessageInvisibletime,
    CheckTransactionState,
    GetConsumerListByGroup,
    Notification,
    PollingInfo,
    QueryConsumerOffset,
    QuerySubscriptionByConsumer,
    RecallMessage,
    SendMessageReply,
)
from pyrocketmq.testkit import FakeBroker, RealClock, VirtualClock
from real_rocketmq.jars import VERSIONS

if TYPE_CHECKING:
    from pyrocketmq.model.requests import PopMessageReply


def now() -> int:
    return RealClock().now()


def bodies(messages: list[MessageExt]) -> list[bytes]:
    return [message.body for message in messages]


# Long polling.


def test_a_held_pull_ends_at_the_first_check_after_its_time(
    broker: FakeBroker, clock: VirtualClock, client: WireClient
) -> None:
    broker.put("t", b"x")
    opaque = client.start(pull(offset=1, wait=7_000))
    broker.settle()
    clock.advance(seconds=9.9)
    assert not client.has_answer(opaque)
    clock.advance(seconds=0.2)
    assert client.answer(opaque).remark == "OFFSET_OVERFLOW_ONE"


def test_a_message_that_does_not_match_wakes_a_pull_at_the_next_check(
    broker: FakeBroker, clock: VirtualClock, client: WireClient
) -> None:
    broker.put("t", b"x")
    opaque = client.start(pull(offset=1, wait=60_000, tags="wanted"))
    broker.settle()
    broker.put("t", b"x", tags="other")
    assert not client.has_answer(opaque)
    clock.advance(seconds=5)
    answer = client.answer(opaque)
    assert (answer.code, answer.remark) == (ResponseCode.PULL_RETRY_IMMEDIATELY, "NO_MATCHED_MESSAGE")


def test_a_held_pull_of_a_closed_connection_is_dropped(broker: FakeBroker, clock: VirtualClock) -> None:
    broker.put("t", b"x")
    with WireClient(broker.address) as client:
        client.start(pull(offset=1, wait=1_000))
        broker.settle()
    broker.settle()
    clock.advance(seconds=10)
    assert broker.requests.where(code=RequestCode.PULL_MESSAGE)[0].answer is None


def test_what_a_pull_asked_for_is_remembered_for_ten_minutes(
    broker: FakeBroker, clock: VirtualClock, client: WireClient
) -> None:
    def subscribed() -> str | None:
        with WireClient(broker.address) as asking:  # an idle connection would not last as long
            found = asking.reply(QuerySubscriptionByConsumer(group="g", topic="t")).subscription.subscription_data
        return None if found is None else found.sub_string

    client.call(send())
    client.call(pull(tags="a || b"))
    clock.advance(seconds=600)
    assert subscribed() == "a || b"
    clock.advance(seconds=11)
    assert subscribed() is None


def test_short_polling(clock: VirtualClock) -> None:
    with (
        FakeBroker(clock=clock, properties={"longPollingEnable": False}) as broker,
        WireClient(broker.address) as client,
    ):
        broker.put("t", b"x")
        opaque = client.start(pull(offset=1, wait=60_000))
        broker.settle()
        clock.advance(seconds=5)
        assert client.answer(opaque).code == ResponseCode.PULL_NOT_FOUND


# Delays, timers, recall.


@pytest.mark.parametrize("version", VERSIONS)
def test_delay_levels(version: str, clock: VirtualClock) -> None:
    levels = {"messageDelayLevel": "3s 2m"}
    with FakeBroker(version=version, clock=clock, properties=levels) as broker:
        broker.put("t", b"short", properties={"DELAY": "1"})
        broker.put("t", b"long", properties={"DELAY": "9"})
        assert len(broker.messages("SCHEDULE_TOPIC_XXXX")) == 2
        clock.advance(seconds=2.9)
        assert broker.messages("t") == []
        clock.advance(seconds=0.2)
        assert bodies(broker.messages("t")) == [b"short"]
        clock.advance(seconds=120)
        assert bodies(broker.messages("t")) == [b"short", b"long"]


@pytest.mark.parametrize(
    "properties",
    [{"TIMER_DELAY_SEC": "10"}, {"TIMER_DELAY_MS": "10000"}, {"TIMER_DELIVER_MS": "later"}],
    ids=lambda properties: next(iter(properties)),
)
def test_timers_never_come_early(broker: FakeBroker, clock: VirtualClock, properties: dict[str, str]) -> None:
    began = clock.now()
    broker.put(
        "t",
        b"x",
        properties={name: str(now() + 10_000) if value == "later" else value for name, value in properties.items()},
    )
    clock.advance(seconds=9.5)
    assert broker.messages("t") == []
    clock.advance(seconds=1.6)
    (message,) = broker.messages("t")
    assert 9_900 <= message.store_timestamp - began <= 11_000
    assert int(message.properties["TIMER_OUT_MS"]) % 1000 == 0
    assert message.properties.keys() >= {"TIMER_ENQUEUE_MS", "TIMER_DEQUEUE_MS", "REAL_TOPIC", "REAL_QID"}


def test_timers_that_are_off() -> None:
    with FakeBroker(properties={"timerWheelEnable": False}) as broker, WireClient(broker.address) as client:
        answer = client.call(send(properties={"TIMER_DELAY_SEC": "1"}))
        assert answer.remark == "accurate timer message is not enabled, timerWheelEnable is false"


def test_a_recalled_message_is_never_delivered(clock: VirtualClock) -> None:
    with (
        FakeBroker(clock=clock, properties={"recallMessageEnable": True}) as broker,
        WireClient(broker.address) as client,
    ):
        sent = client.reply(send(properties={"TIMER_DELAY_SEC": "60", "UNIQ_KEY": "U1"}))
        recall = RecallMessage(topic="t", recall_handle=sent.recall_handle or "")
        assert client.reply(recall).msg_id == "U1"
        clock.advance(seconds=70)
        assert broker.messages("t") == []
        assert client.call(recall).remark == "recall failed, timestamp invalid"


# Transactions.


def positions(sent: SendMessageReply) -> dict[str, int]:
    return {
        "queue_offset": sent.queue_offset,
        "physical_offset": decode_offset_message_id(sent.msg_id).commit_log_offset,
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_an_undecided_transaction_is_checked_until_it_is_put_aside(version: str, clock: VirtualClock) -> None:
    settings = {"transactionTimeOut": 3000, "transactionCheckInterval": 5000, "transactionCheckMax": 2}
    with FakeBroker(version=version, clock=clock, properties=settings) as broker, WireClient(broker.address) as client:
        client.call(heartbeat(producer="pg"))
        client.call(half())
        clock.advance(seconds=5)
        first = client.push(RequestCode.CHECK_TRANSACTION_STATE)
        assert first.is_oneway
        assert ("bname" in (first.ext_fields or {})) == (version == "5.4.0")
        check = CheckTransactionState.from_command(first)
        assert (check.message.topic, check.message.properties["TRANSACTION_CHECK_TIMES"]) == ("t", "1")
        clock.advance(seconds=5)
        (message,) = decode_messages(client.push(RequestCode.CHECK_TRANSACTION_STATE).body)
        assert message.properties["TRANSACTION_CHECK_TIMES"] == "2"
        clock.advance(seconds=60)
        assert len(broker.messages("TRANS_CHECK_MAX_TIME_TOPIC")) == 1
        assert len(broker.pushes.where(code=RequestCode.CHECK_TRANSACTION_STATE)) == 2


def test_a_check_is_answered_with_its_own_offsets(broker: FakeBroker, clock: VirtualClock, client: WireClient) -> None:
    client.call(heartbeat(producer="pg"))
    client.call(half())
    clock.advance(seconds=30)
    check = CheckTransactionState.from_command(client.push(RequestCode.CHECK_TRANSACTION_STATE))
    answer = client.call(
        decide(
            TransactionState.COMMIT,
            queue_offset=check.tran_state_table_offset,
            physical_offset=check.commit_log_offset,
        )
    )
    assert answer.code == 0
    (message,) = broker.messages("t")
    assert (message.body, message.prepared_transaction_offset) == (b"half", check.commit_log_offset)
    clock.advance(seconds=120)
    assert len(broker.pushes.where(code=RequestCode.CHECK_TRANSACTION_STATE)) == 1


def test_checks_go_round_the_members_of_the_group(broker: FakeBroker, clock: VirtualClock) -> None:
    with WireClient(broker.address) as one, WireClient(broker.address) as other:
        one.call(heartbeat("one", producer="pg"))
        other.call(heartbeat("other", producer="pg"))
        one.call(half())
        clock.advance(seconds=60)
        assert one.push(RequestCode.CHECK_TRANSACTION_STATE)
        assert other.push(RequestCode.CHECK_TRANSACTION_STATE)


def test_a_message_may_be_immune_to_checks_for_a_while(
    broker: FakeBroker, clock: VirtualClock, client: WireClient
) -> None:
    client.call(heartbeat(producer="pg"))
    client.call(half(born_timestamp=now(), properties={"CHECK_IMMUNITY_TIME_IN_SECONDS": "45"}))
    clock.advance(seconds=44)
    assert broker.pushes.where(code=RequestCode.CHECK_TRANSACTION_STATE) == []
    clock.advance(seconds=17)
    assert len(broker.pushes.where(code=RequestCode.CHECK_TRANSACTION_STATE)) == 1


def test_a_rolled_back_transaction_is_forgotten(broker: FakeBroker, clock: VirtualClock, client: WireClient) -> None:
    client.call(heartbeat(producer="pg"))
    client.call(decide(TransactionState.ROLLBACK, **positions(client.reply(half()))))
    clock.advance(seconds=90)
    assert broker.messages("t") == []
    assert broker.pushes.where(code=RequestCode.CHECK_TRANSACTION_STATE) == []


def test_a_delayed_half_message_is_lost(broker: FakeBroker, clock: VirtualClock, client: WireClient) -> None:
    client.call(heartbeat(producer="pg"))
    client.call(half(properties={"DELAY": "1"}))
    clock.advance(seconds=90)
    assert broker.messages("RMQ_SYS_TRANS_HALF_TOPIC") == []
    assert broker.pushes.where(code=RequestCode.CHECK_TRANSACTION_STATE) == []


# Pop.


def ack_of(reply: PopMessageReply, offset: int = 0, topic: str = "t") -> AckMessage:
    handle = f"0 {reply.pop_time} {reply.invisible_time} {reply.revive_qid} 0 broker-a 0 {offset}"
    return AckMessage(consumer_group="g", topic=topic, queue_id=0, extra_info=handle, offset=offset)


def test_a_popped_message_comes_back_from_the_retry_topic(
    broker: FakeBroker, clock: VirtualClock, client: WireClient
) -> None:
    broker.put("t", b"x", keys=["k"])
    assert bodies(client.reply(pop(born_time=now(), invisible_time=3_000)).messages) == [b"x"]
    clock.advance(seconds=2.9)
    assert client.reply(pop(born_time=now())).code == ResponseCode.POLLING_TIMEOUT
    clock.advance(seconds=5)
    again = client.reply(pop(born_time=now()))
    (message,) = again.messages
    assert (message.topic, message.reconsume_times) == ("t", 1)
    assert message.properties["POP_CK"].startswith(f"0 {again.pop_time} 10000")
    handle = message.properties["POP_CK"]
    ack = AckMessage(consumer_group="g", topic="%RETRY%g_t", queue_id=0, extra_info=handle, offset=0)
    assert client.call(ack).code == 0
    clock.advance(seconds=60)
    assert client.reply(pop(born_time=now())).messages == []


def test_acknowledgements_do_not_move_the_group(broker: FakeBroker, clock: VirtualClock, client: WireClient) -> None:
    def committed() -> int:
        return client.reply(QueryConsumerOffset(consumer_group="g", topic="t", queue_id=0)).offset

    for body in (b"0", b"1", b"2"):
        broker.put("t", body)
    reply = client.reply(pop(born_time=now()))
    assert (reply.start_offset_info, reply.msg_offset_info) == ("0 0 0", "0 0 0,1,2")
    assert committed() == 3
    client.call(ack_of(reply, 1))
    ack = BatchAck(
        consumer_group="g",
        topic="t",
        start_offset=0,
        queue_id=0,
        revive_queue_id=reply.revive_qid,
        pop_time=reply.pop_time,
        invisible_time=reply.invisible_time,
        bit_set=BatchAck.bits_of([0]),
    )
    client.call(BatchAckMessage(batch_ack=BatchAckMessageRequestBody(broker_name="broker-a", acks=[ack])))
    assert committed() == 3
    clock.advance(seconds=60)
    assert bodies(client.reply(pop(born_time=now())).messages) == [b"2"]


def test_an_acknowledgement_comes_too_late(broker: FakeBroker, clock: VirtualClock, client: WireClient) -> None:
    broker.put("t", b"x")
    reply = client.reply(pop(born_time=now(), invisible_time=1_000))
    clock.advance(seconds=10)
    assert client.call(ack_of(reply)).code == 0
    assert bodies(client.reply(pop(born_time=now())).messages) == [b"x"]


def test_a_message_is_hidden_for_longer(broker: FakeBroker, clock: VirtualClock, client: WireClient) -> None:
    broker.put("t", b"x")
    reply = client.reply(pop(born_time=now(), invisible_time=2_000))
    ack = ack_of(reply)
    clock.advance(seconds=1)
    changed = client.reply(
        ChangeMessageInvisibletime(
            consumer_group="g", topic="t", queue_id=0, extra_info=ack.extra_info, offset=0, invisible_time=30_000
        )
    )
    assert changed.pop_time == clock.now()
    clock.advance(seconds=20)
    assert client.reply(pop(born_time=now())).messages == []
    client.call(ack)  # with the old handle, which is void
    clock.advance(seconds=20)
    assert bodies(client.reply(pop(born_time=now())).messages) == [b"x"]


def test_an_orderly_pop_blocks_its_queue(broker: FakeBroker, clock: VirtualClock, client: WireClient) -> None:
    for body in (b"0", b"1"):
        broker.put("t", body)
    first = client.reply(pop(born_time=now(), order=True, max_msg_nums=1, invisible_time=5_000, attempt_id="A"))
    assert (first.revive_qid, first.order_count_info) == (999, "0 0 0")
    assert client.reply(pop(born_time=now(), order=True)).messages == []
    same = client.reply(pop(born_time=now(), order=True, max_msg_nums=1, invisible_time=5_000, attempt_id="A"))
    assert bodies(same.messages) == [b"0"]
    clock.advance(seconds=6)
    again = client.reply(pop(born_time=now(), order=True, max_msg_nums=1))
    assert bodies(again.messages) == [b"0"]
    assert again.order_count_info == "0 qo0%0 2;0 0 2"
    waiting = client.start(pop(born_time=now(), order=True, poll_time=60_000))
    broker.settle()
    client.call(ack_of(again))
    assert client.answer(waiting).code == 0


def test_a_pop_waits_for_a_message(broker: FakeBroker, clock: VirtualClock, client: WireClient) -> None:
    broker.create_topic("t")
    waiting = client.start(pop(born_time=now(), poll_time=20_000, queue_id=-1, invisible_time=60_000))
    broker.settle()
    info = client.reply(PollingInfo(consumer_group="g", topic="t", queue_id=-1))
    assert info.polling_num == 1
    clock.advance(seconds=10)
    broker.put("t", b"late", queue_id=2)
    assert bodies(decode_messages(client.answer(waiting).body)) == [b"late"]
    in_vain = client.start(pop(born_time=now(), poll_time=20_000))
    broker.settle()
    clock.advance(seconds=20)
    assert client.answer(in_vain).code == ResponseCode.POLLING_TIMEOUT


def test_a_notification_waits_for_a_message(broker: FakeBroker, clock: VirtualClock, client: WireClient) -> None:
    def ask() -> Notification:
        return Notification(consumer_group="g", topic="t", queue_id=-1, poll_time=20_000, born_time=now())

    broker.create_topic("t")
    waiting = client.start(ask())
    broker.settle()
    broker.put("t", b"x")
    assert (client.answer(waiting).ext_fields or {})["hasMsg"] == "true"
    client.reply(pop(born_time=now(), invisible_time=60_000))
    in_vain = client.start(ask())
    broker.settle()
    clock.advance(seconds=20)
    assert (client.answer(in_vain).ext_fields or {})["hasMsg"] == "false"


# Clients.


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_without_heartbeats_is_forgotten(version: str, clock: VirtualClock) -> None:
    with FakeBroker(version=version, clock=clock) as broker, WireClient(broker.address) as client:
        client.call(heartbeat(consumer="g", producer="pg"))
        for _ in range(12):
            clock.advance(seconds=10)
            client.call(GetConsumerListByGroup(consumer_group="g"))
        clock.advance(seconds=11)
        assert client.is_closed_within()
        with WireClient(broker.address) as other:
            assert other.call(GetConsumerListByGroup(consumer_group="g")).code == ResponseCode.SYSTEM_ERROR
