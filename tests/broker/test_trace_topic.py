"""RocketMQ's own traces: what is written, and that sending never waits for it or fails because of it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from broker_helpers import eventually, pull_all
from pyrocketmq.broker import BrokerResponseError
from pyrocketmq.broker.trace_topic import TraceTopic
from pyrocketmq.model import MessageQueue
from pyrocketmq.model.names import TRACE_TOPIC
from pyrocketmq.model.trace import PubTrace, SubAfterTrace, SubBeforeTrace, TraceContext, decode_trace
from pyrocketmq.testkit import FakeBroker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faces import Face
    from pyrocketmq.remote import Call
    from real_rocketmq.pytest_plugin import Server


async def traces_of(client: Any, key: str) -> list[TraceContext]:
    """Find traces as the tools of other clients do: by the id of the message, in the index of the trace topic."""
    found = await eventually(lambda: client.query_message(TRACE_TOPIC, key))
    return [context for message in found for context in decode_trace(message.body) if context.msg_id == key]


@pytest.mark.real
async def test_a_message_has_its_traces(face: Face, server: Server, group: str, topic: str, mq: MessageQueue) -> None:
    traces = TraceTopic(server.broker_address)
    async with await face.client(server.broker_address, message_telemetry=traces) as client:
        sent = await client.sync_send_message(group, b"hello", mq, tags="t", keys=["k1", "k2"])
        (message,) = await pull_all(client, group, topic, 1)
        with traces.consuming(message, group):
            pass
        with pytest.raises(LookupError), traces.consuming(message, group):
            raise LookupError
        traces.close()
        assert traces.dropped == 0
        found = await traces_of(client, sent.msg_id)
        assert await traces_of(client, "k1") == []  # found by the key, too, but each is of the message's id
    (pub,) = [context for context in found if isinstance(context, PubTrace)]
    assert pub == pub._replace(
        region_id="DefaultRegion",
        group=group,
        topic=topic,
        tags="t",
        keys="k1 k2",
        store_host=server.broker_address,
        body_length=5,
        msg_type=0,
        offset_msg_id=sent.offset_msg_id,
        success=True,
    )
    before = [context for context in found if isinstance(context, SubBeforeTrace)]
    after = [context for context in found if isinstance(context, SubAfterTrace)]
    assert [context.request_id for context in before] == [context.request_id for context in after]
    assert sorted(context.success for context in after) == [False, True]


async def test_a_send_that_fails_is_traced(face: Face, server: Server, group: str, topic: str) -> None:
    with TraceTopic(server.broker_address) as traces:
        async with await face.client(server.broker_address, message_telemetry=traces) as client:
            nowhere = MessageQueue(topic, server.broker_name, 99)
            with pytest.raises(BrokerResponseError):
                await client.sync_send_message(group, b"x", nowhere, {"UNIQ_KEY": topic})
            traces.close()
            (pub,) = await traces_of(client, topic)
            assert isinstance(pub, PubTrace)
            assert not pub.success


async def test_sends_do_not_care_what_becomes_of_traces(
    face: Face, server: Server, group: str, mq: MessageQueue, closed_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="pyrocketmq"):
        with TraceTopic(f"127.0.0.1:{closed_port}", max_waiting=1) as traces:
            async with await face.client(server.broker_address, message_telemetry=traces) as client:
                for _ in range(20):
                    await client.sync_send_message(group, b"x", mq)
    assert traces.dropped == 20
    assert [record.message for record in caplog.records if "dropped traces" in record.message] != []


async def test_a_hook_that_raises_costs_its_traces_alone(
    face: Face, server: Server, group: str, mq: MessageQueue, caplog: pytest.LogCaptureFixture
) -> None:
    called = 0

    @contextmanager
    def hook(call: Call) -> Iterator[None]:
        nonlocal called
        called += 1
        if called == 1:
            raise LookupError("of the application")
        yield

    async def dropped() -> int:
        return traces.dropped

    with TraceTopic(server.broker_address, call_hooks=(hook,)) as traces:
        async with await face.client(server.broker_address, message_telemetry=traces) as client:
            await client.sync_send_message(group, b"lost", mq)
            await eventually(dropped)
            sent = await client.sync_send_message(group, b"traced", mq)
            traces.close()
            assert await traces_of(client, sent.msg_id)
    assert traces.dropped == 1
    assert "dropped traces: of the application" in caplog.text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_writes_its_own_traces() -> None:
    script = """
import os, sys, warnings
from pyrocketmq.broker import create_broker_client
from pyrocketmq.broker.trace_topic import TraceTopic
from pyrocketmq.model import MessageQueue

warnings.simplefilter("ignore")  # newer Pythons advise against forking with threads
mq = MessageQueue("orders", "broker-a", 0)
traces = TraceTopic(sys.argv[1])
child = os.fork()
with create_broker_client(sys.argv[1], message_telemetry=traces) as client:
    client.sync_send_message("shop", b"parent" if child else b"child", mq)
traces.close()
if child == 0:
    os._exit(traces.dropped)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == traces.dropped == 0
"""
    with FakeBroker(properties={"traceTopicEnable": "true"}) as broker:
        done = subprocess.run(
            [sys.executable, "-c", script, broker.address], capture_output=True, text=True, timeout=30, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        traced = [context for message in broker.messages(TRACE_TOPIC) for context in decode_trace(message.body)]
    assert sorted(context.body_length for context in traced if isinstance(context, PubTrace)) == [5, 6]
