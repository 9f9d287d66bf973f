"""Request-reply."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from pyrocketmq.broker import BrokerResponseError, BrokerTimeoutError, create_broker_client
from pyrocketmq.broker.reply_message import reply_message
from pyrocketmq.model import MessageExt, MessageQueue, PropertyName
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.requests import PushReplyMessageToClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faces import Face
    from pyrocketmq.broker import BrokerClient
    from real_rocketmq.pytest_plugin import Server

pytestmark = pytest.mark.real


class Replier:
    """Somebody else who replies to every message of a queue; what fails it, `stop` raises."""

    def __init__(self, client: BrokerClient, mq: MessageQueue, reply: Callable[[BrokerClient, MessageExt], object]):
        self._client = client
        self._mq = mq
        self._reply = reply
        self.asked: list[MessageExt] = []
        self.refused: list[BrokerResponseError] = []
        self._end = threading.Event()
        self._executor = ThreadPoolExecutor(1)
        client.create_topic(mq.topic, 1)
        self._outcome = self._executor.submit(self._run)

    def _run(self) -> None:
        offset = 0
        while not self._end.is_set():
            result = self._client.pull_message("replier", self._mq.topic, 0, offset)
            offset = result.next_begin_offset
            for message in result.messages:
                self.asked.append(message)
                try:
                    self._reply(self._client, message)
                except BrokerResponseError as error:
                    self.refused.append(error)
            self._end.wait(0.02)

    def stop(self) -> None:
        self._end.set()
        with self._executor:
            self._outcome.result(30)


@pytest.fixture
def replying(server: Server, mq: MessageQueue) -> Iterator[Callable[[Callable[..., object]], Replier]]:
    repliers: list[Replier] = []
    with create_broker_client(server.broker_address) as client:

        def start(reply: Callable[[BrokerClient, MessageExt], object]) -> Replier:
            repliers.append(Replier(client, mq, reply))
            return repliers[-1]

        yield start
        for replier in repliers:
            replier.stop()


def echo(client: BrokerClient, message: MessageExt) -> None:
    client.send_reply_message("repliers", b"re: " + message.body, message, {"mood": "good"}, tags="answer")


async def test_a_request_gets_its_reply(client: Any, replying: Any, group: str, mq: MessageQueue) -> None:
    replier = replying(echo)
    reply = await client.request(group, b"question", mq, timeout=20, keys=["17"])
    assert reply.body == b"re: question"
    assert (reply.properties["mood"], reply.tags) == ("good", "answer")
    (asked,) = replier.asked
    assert asked.keys == ["17"]
    assert asked.properties[PropertyName.REPLY_TO_CLIENT] == client.client_id
    assert 19_000 < int(asked.properties[PropertyName.TTL]) <= 20_000
    assert reply.properties[PropertyName.CORRELATION_ID] == asked.properties[PropertyName.CORRELATION_ID]
    assert reply.topic.endswith("_REPLY_TOPIC")
    assert reply.born_host[0] == "127.0.0.1"


async def test_each_request_gets_its_own_reply(client: Any, replying: Any, group: str, mq: MessageQueue) -> None:
    replier = replying(echo)
    requests = (client.request(group, b"%d" % index, mq, timeout=20) for index in range(10))
    replies = await asyncio.gather(*requests, return_exceptions=True)
    assert not replier.refused
    assert [getattr(reply, "body", reply) for reply in replies] == [b"re: %d" % index for index in range(10)]


async def test_no_reply_is_a_timeout(client: Any, group: str, mq: MessageQueue) -> None:
    with pytest.raises(BrokerTimeoutError, match=r"^request at .*: no reply within 0\.5 s$") as raised:
        await client.request(group, b"question", mq, timeout=0.5)
    assert raised.value.may_have_arrived
    assert raised.value.operation == "request"


async def test_a_late_reply_harms_nobody(client: Any, replying: Any, group: str, mq: MessageQueue) -> None:
    replying(echo)
    with pytest.raises(BrokerTimeoutError):
        await client.request(group, b"hurry", mq, timeout=0.001)
    assert (await client.request(group, b"take your time", mq, timeout=20)).body == b"re: take your time"


async def test_a_reply_to_somebody_who_has_gone_is_refused(
    client: Any, face: Face, server: Server, replying: Any, group: str, mq: MessageQueue
) -> None:
    async with await face.client(server.broker_address) as gone:
        with pytest.raises(BrokerTimeoutError):
            await gone.request(group, b"question", mq, timeout=1.0)
    replier = replying(echo)
    for _ in range(500):
        if replier.refused:
            break
        await asyncio.sleep(0.02)
    (refused,) = replier.refused
    assert refused.operation == "send_reply_message"
    assert "not found" in (refused.remark or "")


async def test_only_requests_can_be_replied_to(client: Any, group: str, mq: MessageQueue) -> None:
    await client.sync_send_message(group, b"x", mq)
    result = await client.pull_message(group, mq.topic, 0, 0, suspend_timeout=5)
    with pytest.raises(ValueError, match="asks for no reply"):
        await client.send_reply_message(group, b"re", result.messages[0])


@pytest.mark.parametrize("host", ["", "10.0.0.1", "/10.0.0.1:http"])
def test_a_pushed_reply_of_a_bad_host(host: str) -> None:
    push = PushReplyMessageToClient(
        producer_group="shop",
        topic="questions",
        default_topic="TBW102",
        default_topic_queue_nums=4,
        queue_id=0,
        sys_flag=0,
        flag=0,
        born_timestamp=0,
        store_timestamp=0,
        born_host=host,
        store_host=host,
        body=b"answer",
    )
    with pytest.raises(ProtocolError, match="as the address of a host"):
        reply_message(push)
