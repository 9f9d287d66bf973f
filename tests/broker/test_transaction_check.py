"""Transactions whose end stays away: the broker asks, the client's checker answers."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import eventually, pull_all
from faces import AsyncFace
from pyrocketmq.model import MessageExt, MessageQueue, TransactionState

if TYPE_CHECKING:
    from collections.abc import Callable

    from faces import Face
    from real_rocketmq.pytest_plugin import Server

pytestmark = [pytest.mark.real, pytest.mark.timeout(90)]

WAIT = 60.0
BETWEEN = 5.0
# Seconds: brokers look every five, for what is older than three.


class Checker:
    """Answers in turn, the last answer again and again, and keeps what it was asked about.

    A broker that asks often may ask once more before it has handled the answer.
    """

    def __init__(self, *answers: TransactionState | Exception | None) -> None:
        self.answers = list(answers)
        self.expected = len(answers)
        self.asked: list[MessageExt] = []

    def __call__(self, message: MessageExt) -> TransactionState:
        self.asked.append(message)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]  # a checker that answers nonsense is among the cases

    async def wait(self, skip_time: Callable[[float], None]) -> None:
        for count in range(1, self.expected + 1):
            skip_time(BETWEEN)
            await eventually(self._count, lambda asked, count=count: asked >= count, WAIT)

    async def _count(self) -> int:
        return len(self.asked)


async def bodies(client: Any, group: str, mq: MessageQueue, count: int) -> list[bytes]:
    return [message.body for message in await pull_all(client, group, mq.topic, count, seconds=WAIT)]


async def test_a_checker_commits_after_it_failed(
    face: Face,
    server: Server,
    group: str,
    topic: str,
    skip_time: Callable[[float], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    mq = MessageQueue(topic, "broker-a", 0)
    checker = Checker(RuntimeError("database is down"), TransactionState.COMMIT)
    with caplog.at_level(logging.ERROR, logger="pyrocketmq"):
        async with await face.client(server.broker_address) as client:
            await client.register_transaction_checker(group, checker)
            half = await client.send_transaction_message(group, b"half", mq, tags="t")
            await checker.wait(skip_time)
            assert await bodies(client, group, mq, 1) == [b"half"]
    first, second, *_ = checker.asked
    assert (first.body, first.topic, first.queue_id, first.tags) == (b"half", topic, 0, "t")
    assert first.msg_id == second.msg_id == half.msg_id
    assert "database is down" in caplog.text


async def test_a_checker_rolls_back(
    face: Face, server: Server, group: str, topic: str, skip_time: Callable[[float], None]
) -> None:
    mq = MessageQueue(topic, "broker-a", 0)
    checker = Checker(TransactionState.ROLLBACK)
    async with await face.client(server.broker_address) as client:
        await client.register_transaction_checker(group, checker)
        await client.send_transaction_message(group, b"half", mq)
        await checker.wait(skip_time)
        await client.sync_send_message(group, b"after", mq)
        assert await bodies(client, group, mq, 1) == [b"after"]


async def test_what_is_left_open_is_asked_about(
    face: Face, server: Server, group: str, topic: str, skip_time: Callable[[float], None]
) -> None:
    mq = MessageQueue(topic, "broker-a", 0)
    checker = Checker(TransactionState.UNKNOWN, TransactionState.COMMIT)
    async with await face.client(server.broker_address) as client:
        await client.register_transaction_checker(group, checker)
        half = await client.send_transaction_message(group, b"half", mq)
        await client.end_transaction(group, half, TransactionState.UNKNOWN)
        await checker.wait(skip_time)
        assert await bodies(client, group, mq, 1) == [b"half"]


async def test_a_coroutine_may_check(
    server: Server, group: str, topic: str, skip_time: Callable[[float], None]
) -> None:
    asked = asyncio.Event()

    async def check(message: MessageExt) -> TransactionState:
        await asyncio.sleep(0)
        asked.set()
        return TransactionState.COMMIT

    mq = MessageQueue(topic, "broker-a", 0)
    async with await AsyncFace().client(server.broker_address) as client:
        await client.register_transaction_checker(group, check)
        await client.send_transaction_message(group, b"half", mq)
        skip_time(BETWEEN)
        await asyncio.wait_for(asked.wait(), WAIT)
        assert await bodies(client, group, mq, 1) == [b"half"]
