"""Going through a queue with `for` and `async for`."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import eventually, send_visibly
from faces import AsyncFace
from pyrocketmq.broker import BrokerConnectionError, BrokerError, MessagePullError, RetryPolicy, plan
from pyrocketmq.broker.retry import REPEAT_READS
from pyrocketmq.model import MessageQueue, RequestCode
from pyrocketmq.model.requests import PullMessage
from pyrocketmq.testkit import FakeBroker, Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from faces import Face
    from real_rocketmq.pytest_plugin import Server

MQ = MessageQueue("orders", "broker-a", 0)


class Iteration:
    """Either face's iterator behind `async for`."""

    def __init__(self, client: Any, *arguments: Any, **options: Any) -> None:
        self._iterator = getattr(client, "target", client).iter_messages(*arguments, **options)

    def __aiter__(self) -> Iteration:
        return self

    async def __anext__(self) -> Any:
        if hasattr(self._iterator, "__anext__"):
            return await anext(self._iterator)
        found = await asyncio.to_thread(next, self._iterator, None)
        if found is None:
            raise StopAsyncIteration
        return found

    async def close(self) -> None:
        if hasattr(self._iterator, "aclose"):
            await self._iterator.aclose()
        else:
            await asyncio.to_thread(self._iterator.close)


def in_flight(client: Any) -> int:
    """Pulls that an iteration has left behind."""
    calls: int = client.metrics.calls.in_flight
    return calls


@pytest.fixture
async def client(face: Face, server: Server) -> AsyncIterator[Any]:
    async with await face.client(server.broker_address) as client:
        yield client


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with FakeBroker(topics={"orders": 1}) as broker:
        yield broker


@pytest.mark.real
@pytest.mark.parametrize("prefetch", [False, True])
async def test_all_messages_come_in_order(client: Any, group: str, mq: MessageQueue, prefetch: bool) -> None:
    sent = [b"%d" % index for index in range(100)]
    await client.sync_batch_send_message(group, sent[:-1], mq)
    await send_visibly(client, group, sent[-1], mq)
    found = [
        message.body
        async for message in Iteration(client, group, mq.topic, 0, stop_at="end", prefetch=prefetch, max_msg_nums=8)
    ]
    assert found == sent
    assert in_flight(client) == 0


@pytest.mark.real
async def test_an_iteration_stops_where_it_is_told(client: Any, group: str, mq: MessageQueue) -> None:
    await client.sync_batch_send_message(group, [b"%d" % index for index in range(10)], mq)
    await send_visibly(client, group, b"last", mq)
    offsets = [message.queue_offset async for message in Iteration(client, group, mq.topic, 0, 3, stop_at=7)]
    assert offsets == [3, 4, 5, 6]
    assert [message async for message in Iteration(client, group, mq.topic, 0, 7, stop_at=7)] == []


@pytest.mark.real
async def test_an_iteration_that_waits_for_nothing_ends_with_the_queue(
    client: Any, group: str, mq: MessageQueue
) -> None:
    await client.sync_batch_send_message(group, [b"%d" % index for index in range(5)], mq)
    await send_visibly(client, group, b"last", mq)
    for stop_at, count in ((4, 4), (6, 6), (1000, 6)):
        found = Iteration(client, group, mq.topic, 0, stop_at=stop_at, suspend_timeout=0)
        assert [message.queue_offset async for message in found] == list(range(count))
    assert [message async for message in Iteration(client, group, mq.topic, 0, 6, stop_at=9, suspend_timeout=0)] == []


@pytest.mark.real
async def test_an_iteration_of_some_tags(client: Any, group: str, mq: MessageQueue) -> None:
    for tag in ("a", "b", "a", "c"):
        await send_visibly(client, group, tag.encode(), mq, tags=tag)
    found = Iteration(client, group, mq.topic, 0, stop_at="end", sub_expression="a || c")
    assert [message.body async for message in found] == [b"a", b"a", b"c"]


@pytest.mark.real
async def test_an_empty_queue_has_an_end(client: Any, group: str, mq: MessageQueue) -> None:
    await client.create_topic(mq.topic)
    assert [message async for message in Iteration(client, group, mq.topic, 0, stop_at="end")] == []


@pytest.mark.real
async def test_an_iteration_waits_for_messages(client: Any, server: Server, group: str, mq: MessageQueue) -> None:
    await send_visibly(client, group, b"first", mq)
    iteration = Iteration(client, group, mq.topic, 0, suspend_timeout=10.0)
    assert (await anext(iteration)).body == b"first"
    waiting = asyncio.create_task(anext(iteration))
    async with await AsyncFace().client(server.broker_address) as other:
        await other.sync_send_message(group, b"second", mq)
    assert (await waiting).body == b"second"
    await iteration.close()
    assert in_flight(client) == 0


@pytest.mark.real
async def test_an_offset_beyond_the_queue_is_corrected(
    client: Any, group: str, mq: MessageQueue, caplog: pytest.LogCaptureFixture
) -> None:
    await send_visibly(client, group, b"x", mq)
    assert [message async for message in Iteration(client, group, mq.topic, 0, 99, stop_at="end")] == []
    assert f"queue 0 of topic {mq.topic} has no offset 99" in caplog.text


@pytest.mark.real
async def test_a_refused_pull_ends_it(client: Any, group: str) -> None:
    with pytest.raises(MessagePullError) as raised:
        await anext(Iteration(client, group, "no_such_topic", 0))
    assert raised.value.operation == "iter_messages"
    assert in_flight(client) == 0


async def test_endless_iterations_have_to_wait(client: Any, group: str) -> None:
    with pytest.raises(ValueError, match="suspend_timeout"):
        Iteration(client, group, "orders", 0, suspend_timeout=0)


async def pulls(broker: FakeBroker) -> int:
    return len(broker.requests.where(code=RequestCode.PULL_MESSAGE))


@pytest.mark.parametrize("prefetch", [False, True])
async def test_no_more_is_pulled_than_told(face: Face, broker: FakeBroker, prefetch: bool) -> None:
    for _ in range(50):
        broker.put("orders", b"x")
    async with await face.client(broker.address) as client:
        iteration = Iteration(client, "billing", "orders", 0, prefetch=prefetch, max_msg_nums=2)
        for _ in range(2):
            await anext(iteration)
        await eventually(lambda: pulls(broker), lambda count: count == 1 + prefetch)
        await iteration.close()
        assert await pulls(broker) == 1 + prefetch
        assert in_flight(client) == 0


async def pulled_at(broker: FakeBroker) -> list[int]:
    """Offsets at which pulls began."""
    return [
        PullMessage.from_command(exchange.command).queue_offset
        for exchange in broker.requests.where(code=RequestCode.PULL_MESSAGE)
    ]


async def test_where_pulls_bring_the_same_two_are_ahead(face: Face, broker: FakeBroker) -> None:
    for _ in range(50):
        broker.put("orders", b"x")
    async with await face.client(broker.address) as client:
        iteration = Iteration(client, "billing", "orders", 0, stop_at=9, max_msg_nums=2)
        found = [(await anext(iteration)).queue_offset for _ in range(3)]
        await eventually(lambda: pulled_at(broker), lambda offsets: offsets == [0, 2, 4, 6])
        found += [message.queue_offset async for message in iteration]
        assert found == list(range(9))
        assert await pulled_at(broker) == [0, 2, 4, 6, 8]
        assert in_flight(client) == 0


async def test_nobody_guesses_beyond_the_end(face: Face, broker: FakeBroker) -> None:
    for _ in range(6):
        broker.put("orders", b"x")
    async with await face.client(broker.address) as client:
        iteration = Iteration(client, "billing", "orders", 0, max_msg_nums=2)
        assert [(await anext(iteration)).queue_offset for _ in range(6)] == list(range(6))
        await eventually(lambda: pulled_at(broker), lambda offsets: offsets == [0, 2, 4, 6])
        await iteration.close()


async def test_an_answer_to_a_wrong_guess_is_dropped(face: Face, broker: FakeBroker) -> None:
    for tag in "aaaabbaaaaaa":
        broker.put("orders", b"x", tags=tag)
    async with await face.client(broker.address) as client:
        iteration = Iteration(client, "billing", "orders", 0, stop_at="end", max_msg_nums=2, sub_expression="a")
        assert [message.queue_offset async for message in iteration] == [0, 1, 2, 3, 6, 7, 8, 9, 10, 11]
        assert sorted(await pulled_at(broker)) == [0, 2, 4, 6, 8, 10]  # the pull at 6 was a guess, and in vain
        assert in_flight(client) == 0


@pytest.mark.real
async def test_big_messages_among_small_ones_come_in_order(client: Any, group: str, mq: MessageQueue) -> None:
    # A pull brings no more than 256 KiB, so that some bring fewer messages than the ones before.
    sent = [b"%d" % index + bytes(100_000 if index % 25 == 22 else 10) for index in range(100)]
    for body in sent[:-1]:
        await client.sync_send_message(group, body, mq)
    await send_visibly(client, group, sent[-1], mq)
    found = [message.body async for message in Iteration(client, group, mq.topic, 0, stop_at="end", max_msg_nums=8)]
    assert found == sent
    assert in_flight(client) == 0


async def test_an_iteration_that_is_dropped_leaves_nothing(face: Face, broker: FakeBroker) -> None:
    for _ in range(10):
        broker.put("orders", b"x")
    async with await face.client(broker.address) as client:
        async for _ in Iteration(client, "billing", "orders", 0, max_msg_nums=2):
            break

        async def left() -> int:
            return in_flight(client)

        await eventually(left, lambda calls: calls == 0)


async def test_an_error_of_a_pull_ahead_comes_in_its_turn(face: Face, broker: FakeBroker) -> None:
    for _ in range(4):
        broker.put("orders", b"x")
    async with await face.client(broker.address) as client:
        iteration = Iteration(client, "billing", "orders", 0, max_msg_nums=2, retry=None)
        first = await anext(iteration)
        await eventually(lambda: pulls(broker), lambda count: count == 2)
        broker.faults.add(Fault.reply(1, "no").on(code=RequestCode.PULL_MESSAGE))
        rest = [await anext(iteration) for _ in range(3)]
        assert [message.queue_offset for message in (first, *rest)] == [0, 1, 2, 3]
        with pytest.raises(BrokerError):
            await anext(iteration)
        assert in_flight(client) == 0


@pytest.mark.parametrize("retry", [REPEAT_READS, None])
async def test_a_connection_that_is_lost_while_a_message_is_worked_on(
    face: Face, broker: FakeBroker, retry: RetryPolicy | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        broker.put("orders", b"x")
    broker.faults.add(Fault.close_after_reading().on(code=RequestCode.PULL_MESSAGE).nth(2))
    async with await face.client(broker.address) as client:
        iteration = Iteration(client, "billing", "orders", 0, max_msg_nums=2, stop_at="end", retry=retry)
        first = await anext(iteration)
        monkeypatch.setattr(plan, "monotonic", lambda: monotonic() + 60)  # longer than all that a pull may take
        if retry is None:
            with pytest.raises(BrokerConnectionError):
                [await anext(iteration) for _ in range(2)]
        else:
            rest = [await anext(iteration) for _ in range(5)]
            assert [message.queue_offset for message in (first, *rest)] == [0, 1, 2, 3, 4, 5]
