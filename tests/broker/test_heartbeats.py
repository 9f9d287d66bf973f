"""When a client tells the broker of its groups, and what it does where that fails; on the fake, which can misbehave."""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import eventually
from pyrocketmq.broker import (
    BrokerError,
    BrokerSystemError,
    BrokerTimeoutError,
    create_async_broker_client,
    create_broker_client,
    membership,
)
from pyrocketmq.broker.membership import HEARTBEAT_PERIOD, RETRY_PERIOD, HeartbeatSchedule
from pyrocketmq.model import MessageQueue, RequestCode, TransactionState
from pyrocketmq.model.bodies import ConsumerRunningInfo
from pyrocketmq.model.requests import HeartBeat
from pyrocketmq.remote import Address
from pyrocketmq.testkit import FakeBroker, Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from faces import Face
    from pyrocketmq.broker import AsyncBrokerClient
    from pyrocketmq.remote import Call

HERE, THERE = Address("127.0.0.1", 1), Address("127.0.0.1", 2)


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with FakeBroker() as broker:
        yield broker


@pytest.fixture
def mq(broker: FakeBroker) -> MessageQueue:
    return MessageQueue(topic="questions", broker_name=broker.broker_name, queue_id=0)


@pytest.fixture
async def client(face: Face, broker: FakeBroker) -> AsyncIterator[Any]:
    async with await face.client(broker.address, timeout=1.0) as client:
        yield client


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(membership, "monotonic", clock)
    return clock


def test_a_heartbeat_is_due_from_time_to_time(clock: Clock) -> None:
    schedule = HeartbeatSchedule()
    schedule.note_sent(HERE)
    clock.now += HEARTBEAT_PERIOD - 1
    assert not schedule.is_due(HERE)
    clock.now += 1
    assert schedule.is_due(HERE)


@pytest.mark.parametrize("connection", [None, THERE])
def test_a_heartbeat_is_due_on_another_connection(clock: Clock, connection: Address | None) -> None:
    schedule = HeartbeatSchedule()
    schedule.note_sent(HERE)
    assert schedule.is_due(connection)


def test_a_heartbeat_that_failed_is_due_soon(clock: Clock) -> None:
    schedule = HeartbeatSchedule()
    schedule.note_sent(HERE)
    schedule.note_failed()
    assert not schedule.is_due(None)
    clock.now += RETRY_PERIOD
    assert schedule.is_due(None)


async def heartbeats(broker: FakeBroker) -> int:
    return len(broker.requests.where(code=RequestCode.HEART_BEAT))


async def test_a_lost_connection_is_replaced_and_the_groups_joined_again(client: Any, broker: FakeBroker) -> None:
    await client.register_consumer("billing", {"orders": "*"})
    broker.faults.add(Fault.close_after_reading().on(code=RequestCode.GET_MAX_OFFSET).times(1))
    assert await client.get_max_offset("orders", 0) == 0  # over a new connection
    await eventually(lambda: heartbeats(broker), lambda count: count >= 2, 10.0)
    assert await client.get_consumer_list("billing") == [client.client_id]


async def test_a_first_heartbeat_that_fails_joins_nothing(client: Any, broker: FakeBroker) -> None:
    broker.faults.add(Fault.delay(5.0).on(code=RequestCode.HEART_BEAT).times(1))
    with pytest.raises(BrokerTimeoutError):
        await client.register_producer("shop", timeout=0.1)
    await client.register_producer("mail")
    (exchange,) = broker.requests.where(code=RequestCode.HEART_BEAT)[1:]
    data = HeartBeat.from_command(exchange.command).heartbeat_data
    assert [group.group_name for group in data.producer_data_set] == ["mail"]


async def test_of_two_that_join_at_once_one_may_fail(client: Any, broker: FakeBroker) -> None:
    broker.faults.add(Fault.delay(5.0).on(code=RequestCode.HEART_BEAT).nth(1))
    late = client.register_producer("shop", timeout=0.5)
    results = await asyncio.gather(late, client.register_producer("shop"), return_exceptions=True)
    assert [type(result) for result in results].count(BrokerTimeoutError) == 1
    await client.register_producer("mail")
    data = HeartBeat.from_command(broker.requests.where(code=RequestCode.HEART_BEAT)[-1].command).heartbeat_data
    assert sorted(group.group_name for group in data.producer_data_set) == ["mail", "shop"]


async def test_no_request_is_sent_before_the_broker_knows_the_client(
    client: Any, broker: FakeBroker, mq: MessageQueue
) -> None:
    """Brokers refuse replies to a client whose heartbeat they have not taken yet."""
    broker.faults.add(Fault.reply(1, "not yet").on(code=RequestCode.HEART_BEAT).times(3))
    requests = (client.request("shop", b"question", mq, timeout=0.3) for _ in range(3))
    results = await asyncio.gather(*requests, return_exceptions=True)
    assert [type(result) for result in results] == [BrokerSystemError] * 3
    assert not broker.requests.where(code=RequestCode.SEND_MESSAGE_V2)


async def test_a_heartbeat_that_fails_is_logged_and_sent_again(
    client: Any, broker: FakeBroker, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "RETRY_PERIOD", 0.1)
    await client.register_producer("shop")
    broker.faults.add(Fault.close_after_reading().on(code=RequestCode.GET_MAX_OFFSET).times(1))
    broker.faults.add(Fault.reply(1, "no").on(code=RequestCode.HEART_BEAT).times(1))
    with caplog.at_level(logging.WARNING, logger="pyrocketmq"):
        await client.get_max_offset("orders", 0)
        await eventually(lambda: heartbeats(broker), lambda count: count >= 3, 10.0)
    assert "heartbeat failed" in caplog.text


async def test_a_lent_client_leaves_its_groups_and_keeps_the_connection(face: Face, broker: FakeBroker) -> None:
    async with await face.manager(broker.address) as manager:
        async with manager.connection("broker-a") as client:
            await client.register_producer("shop")
            assert len(await client.get_producer_connections("shop")) == 1
            await client.disconnect()
        async with manager.connection("broker-a") as client:
            with pytest.raises(BrokerError):
                await client.get_producer_connections("shop")


async def test_heartbeats_go_on_after_a_hook_has_raised(
    face: Face, broker: FakeBroker, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "HEARTBEAT_PERIOD", 0.0)
    monkeypatch.setattr(membership, "RETRY_PERIOD", 0.0)
    called = 0

    @contextmanager
    def hook(call: Call) -> Iterator[None]:
        nonlocal called
        called += 1
        if called == 2:
            raise LookupError("of the application")
        yield

    async with await face.client(broker.address, call_hooks=(hook,)) as client:
        await client.register_producer("shop")
        await eventually(lambda: heartbeats(broker), lambda count: count >= 2, 10.0)
    assert "heartbeat failed: of the application" in caplog.text
    assert called >= 3


async def test_a_lent_connection_answers_no_more_where_joining_failed(face: Face, broker: FakeBroker) -> None:
    broker.faults.add(Fault.reply(1, "no").on(code=RequestCode.HEART_BEAT))
    async with await face.manager(broker.address) as manager:
        async with manager.connection("broker-a") as client:
            with pytest.raises(BrokerSystemError):
                await client.register_producer("shop")
            remote = client._remote
        assert not remote._handlers


async def test_what_answers_stays_where_joining_anew_fails(client: Any, face: Face, broker: FakeBroker) -> None:
    def info_of(name: str) -> dict[str, Any]:
        return {"running_info": lambda: ConsumerRunningInfo(properties={"name": name})}

    await client.register_consumer("billing", {"orders": "*"}, **info_of("first"))
    broker.faults.add(Fault.reply(1, "no").on(code=RequestCode.HEART_BEAT))
    for group in ("billing", "mail"):
        with pytest.raises(BrokerSystemError):
            await client.register_consumer(group, {"bills": "*"}, **info_of("second"))
    info = client._callbacks._consumers["billing"].running_info()
    assert info.properties == {"name": "first"}
    assert "mail" not in client._callbacks._consumers
    with pytest.raises(BrokerSystemError):
        await client.register_transaction_checker("shop", lambda message: TransactionState.COMMIT)
    assert client._callbacks._checkers == {}


def test_an_interrupted_disconnect_closes_the_connection(broker: FakeBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    client = create_broker_client(broker.address)
    client.register_producer("shop")
    monkeypatch.setattr(client, "unregister_client", interrupt)
    with pytest.raises(KeyboardInterrupt):
        client.disconnect()
    assert not client._remote.is_connected


async def test_a_cancelled_disconnect_closes_the_connection(broker: FakeBroker) -> None:
    client = await create_async_broker_client(broker.address)
    await client.register_producer("shop")
    broker.faults.add(Fault.silence().on(code=RequestCode.UNREGISTER_CLIENT))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.disconnect()
    assert not client._remote.is_connected


def test_heartbeats_begin_again_in_another_event_loop(broker: FakeBroker) -> None:
    async def join() -> AsyncBrokerClient:
        client = await create_async_broker_client(broker.address)
        await client.register_producer("shop")
        await client._remote.close()
        return client

    async def join_again(client: AsyncBrokerClient) -> None:
        await client.connect()
        await client.register_producer("mail")
        assert client._heartbeats is not None
        assert not client._heartbeats.done()
        await client.disconnect()

    client = asyncio.run(join())
    asyncio.run(join_again(client))


def test_disconnecting_does_not_wait_for_a_task_of_another_event_loop(broker: FakeBroker) -> None:
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    with closing(first), closing(second):
        client = first.run_until_complete(create_async_broker_client(broker.address))
        first.run_until_complete(client.register_producer("shop"))
        with pytest.raises(RuntimeError, match="is open on another event loop"):
            second.run_until_complete(asyncio.wait_for(client.disconnect(), 5.0))
        first.run_until_complete(client.disconnect())
