"""What a client puts on the wire, and what it makes of servers that misbehave; on the fake, which can misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from pyrocketmq.broker import (
    BrokerBusyError,
    BrokerConnectionError,
    BrokerProtocolError,
    BrokerTimeoutError,
    RetryPolicy,
)
from pyrocketmq.model import CommandFlag, MessageQueue, PullSysFlag, RequestCode, ResponseCode, TransactionState
from pyrocketmq.testkit import FakeBroker, Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from faces import Face

MQ = MessageQueue("orders", "broker-a", 0)


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with FakeBroker(topics={"orders": 4}) as broker:
        yield broker


@pytest.fixture
async def client(face: Face, broker: FakeBroker) -> AsyncIterator[Any]:
    async with await face.client(broker.address) as client:
        yield client


async def test_one_way_requests_are_one_way(client: Any, broker: FakeBroker) -> None:
    await client.oneway_send_message("shop", b"x", MQ)
    await client.oneway_batch_send_message("shop", [b"x"], MQ)
    await client.pull_message("billing", "orders", 0, 0)
    await client.update_consumer_offset("billing", "orders", 0, 1)
    half = await client.send_transaction_message("shop", b"half", MQ)
    await client.end_transaction("shop", half, TransactionState.UNKNOWN)
    for code in (
        RequestCode.SEND_MESSAGE_V2,
        RequestCode.SEND_BATCH_MESSAGE,
        RequestCode.UPDATE_CONSUMER_OFFSET,
        RequestCode.END_TRANSACTION,
    ):
        exchange = (await asyncio.to_thread(broker.requests.wait_for, code=code))[0]
        assert exchange.command.flag == CommandFlag.ONEWAY
        assert exchange.answer_frame is None


async def test_confirmed_offsets_are_not_one_way(client: Any, broker: FakeBroker) -> None:
    await client.pull_message("billing", "orders", 0, 0)
    await client.update_consumer_offset("billing", "orders", 0, 1, wait=True)
    (exchange,) = broker.requests.where(code=RequestCode.UPDATE_CONSUMER_OFFSET)
    assert exchange.command.flag == 0
    assert broker.committed_offset("billing", "orders") == 1


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        ({}, PullSysFlag.SUBSCRIPTION),
        ({"suspend_timeout": 0.01}, PullSysFlag.SUBSCRIPTION | PullSysFlag.SUSPEND),
        ({"commit_offset": 1}, PullSysFlag.SUBSCRIPTION | PullSysFlag.COMMIT_OFFSET),
        ({"sys_flag": 5, "suspend_timeout": 3.0}, 5),
    ],
)
async def test_pull_flags(client: Any, broker: FakeBroker, arguments: dict[str, Any], flag: int) -> None:
    broker.put("orders", b"x")
    await client.pull_message("billing", "orders", 0, 0, **arguments)
    (exchange,) = broker.requests.where(code=RequestCode.PULL_MESSAGE)
    assert exchange.command.ext_fields["sysFlag"] == str(int(flag))


async def test_a_busy_broker_is_pulled_from_again(client: Any, broker: FakeBroker) -> None:
    broker.put("orders", b"x")
    busy = Fault.reply(ResponseCode.SYSTEM_BUSY, "[TIMEOUT_CLEAN_QUEUE]").on(code=RequestCode.PULL_MESSAGE).times(2)
    broker.faults.add(busy)
    assert (await client.pull_message("billing", "orders", 0, 0)).message_count == 1
    assert busy.hits == 2


async def test_a_busy_broker_is_not_sent_to_again(client: Any, broker: FakeBroker) -> None:
    broker.faults.add(Fault.reply(ResponseCode.SYSTEM_BUSY, "[OVERLOAD]").on(code=RequestCode.SEND_MESSAGE_V2))
    with pytest.raises(BrokerBusyError, match=r"SYSTEM_BUSY: \[OVERLOAD\]"):
        await client.sync_send_message("shop", b"x", MQ)
    assert len(broker.requests.where(code=RequestCode.SEND_MESSAGE_V2)) == 1


async def test_a_busy_broker_is_sent_to_again_where_asked(client: Any, broker: FakeBroker) -> None:
    broker.faults.add(Fault.reply(ResponseCode.SYSTEM_BUSY).on(code=RequestCode.SEND_MESSAGE_V2).times(1))
    policy = RetryPolicy(max_attempts=2, backoff=0.01, repeat_arrived=True)
    assert (await client.sync_send_message("shop", b"x", MQ, retry=policy)).queue_offset == 0


async def test_a_lost_connection_fails_the_call_at_once_and_the_next_one_reconnects(
    client: Any, broker: FakeBroker
) -> None:
    broker.faults.add(Fault.close_after_reading().on(code=RequestCode.SEND_MESSAGE_V2).times(1))
    started = time.monotonic()
    with pytest.raises(BrokerConnectionError) as raised:
        await client.sync_send_message("shop", b"x", MQ)
    assert time.monotonic() - started < 2.0
    assert raised.value.may_have_arrived
    assert (await client.sync_send_message("shop", b"y", MQ)).queue_offset == 0


async def test_a_pull_goes_on_after_a_lost_connection(client: Any, broker: FakeBroker) -> None:
    broker.put("orders", b"x")
    broker.faults.add(Fault.close_after_reading(reset=True).on(code=RequestCode.PULL_MESSAGE).times(2))
    assert (await client.pull_message("billing", "orders", 0, 0)).message_count == 1


async def test_no_answer_is_a_timeout_and_its_late_answer_harms_nobody(client: Any, broker: FakeBroker) -> None:
    broker.faults.add(Fault.delay(0.3).on(code=RequestCode.SEND_MESSAGE_V2).times(1))
    with pytest.raises(BrokerTimeoutError) as raised:
        await client.sync_send_message("shop", b"x", MQ, timeout=0.1)
    assert raised.value.may_have_arrived
    for offset in range(1, 4):
        assert (await client.sync_send_message("shop", b"y", MQ)).queue_offset == offset


@pytest.mark.parametrize(
    "fault",
    [Fault.flip(9), Fault.wrong_length(1 << 26), Fault.flip(4)],
    ids=["header", "length", "serialize type"],
)
async def test_bytes_that_are_no_answer(face: Face, broker: FakeBroker, fault: Fault) -> None:
    broker.faults.add(fault.on(code=RequestCode.GET_MAX_OFFSET))
    async with await face.client(broker.address) as client:
        with pytest.raises((BrokerProtocolError, BrokerConnectionError)):
            await client.get_max_offset("orders", 0, timeout=2.0, retry=None)


async def test_an_answer_in_slices_is_an_answer(client: Any, broker: FakeBroker) -> None:
    broker.put("orders", b"x" * 3000)
    broker.faults.add(Fault.slices(100).on(code=RequestCode.PULL_MESSAGE))
    (message,) = (await client.pull_message("billing", "orders", 0, 0)).messages
    assert message.body == b"x" * 3000


async def test_a_restarted_broker_is_found_again(client: Any, broker: FakeBroker) -> None:
    await client.sync_send_message("shop", b"x", MQ)
    broker.restart()
    # The first call may meet the dead connection; whatever it says, the next ones work.
    with contextlib.suppress(BrokerConnectionError):
        await client.get_max_offset("orders", 0)
    assert await client.get_max_offset("orders", 0) == 1


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"),
        (b"\x15\x03\x03\x00\x02\x02\x0a", "TLS"),
        (b"\x01\x00\x00\x01\x00\x00\x00\x00", "16777217|limit"),
    ],
    ids=["HTTP", "TLS", "oversized frame"],
)
async def test_a_port_that_speaks_something_else(face: Face, greeting: bytes, said: str) -> None:
    def greet() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(greeting)
            connection.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet)
        thread.start()
        client = await face.client(f"127.0.0.1:{listener.getsockname()[1]}")
        try:
            with pytest.raises(BrokerProtocolError, match=said) as raised:
                await client.get_max_offset("orders", 0, timeout=5.0)
        finally:
            await client.disconnect()
            await asyncio.to_thread(thread.join)
    assert "\n" not in str(raised.value)
