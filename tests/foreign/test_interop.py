"""Messages of every kind from foreign clients are read right by ours, and ours by them."""

from __future__ import annotations

import ipaddress
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest
from clients import CLIENTS, JAVA_4, JAVA_5
from theatre import Stage

from pyrocketmq.broker import create_broker_client
from pyrocketmq.broker.trace_topic import TraceTopic
from pyrocketmq.model import MessageQueue
from pyrocketmq.model.compression import Compression
from real_rocketmq import RealRocketMQ
from real_rocketmq.pytest_plugin import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients import Client
    from theatre import Theatre

    from pyrocketmq.broker import BrokerClient
    from pyrocketmq.model import MessageExt
    from real_rocketmq.pytest_plugin import ServerKind

PATIENCE: Final = 100.0
LONG: Final = " ".join(["repetition"] * 2_000)
OUR_CODECS: Final = [Compression.ZLIB, Compression.LZ4, Compression.ZSTD]

pytestmark = [pytest.mark.foreign, pytest.mark.timeout(PATIENCE + 60)]


@pytest.fixture
def case(client: Client, server: Server, request: pytest.FixtureRequest, record_property: Any) -> Stage:
    """A stage, and the case's place in the report."""
    record_property("scenario", request.node.originalname.removeprefix("test_").replace("_", " "))
    record_property("client", str(client))
    record_property("server", f"{'real' if server.is_real else 'fake'} {server.version}")
    return Stage(server)


@pytest.mark.parametrize("client", [JAVA_4, JAVA_5], ids=str, indirect=True)
def test_we_read_theirs(client: Client, case: Stage, theatre: Theatre) -> None:
    codecs = [] if client.is_old else ["ZLIB", "LZ4", "ZSTD"]
    unique_id = theatre.call(client, case, "Interop.produce", codecs=codecs).result(PATIENCE)
    with create_broker_client(case.server.broker_address) as ours:
        messages = pull(ours, case, 5 + len(codecs))
    whole, long, *compressed, first, second, delayed = messages
    assert whole.body.decode() == "every property"
    assert (whole.tags, whole.keys, whole.flag, whole.msg_id) == ("TagA", ["key1", "key2"], 7, unique_id)
    expected = {"colour": "grün, 绿", "BUYER_ID": "buyer", "INSTANCE_ID": "instance"}
    assert expected.items() <= whole.properties.items()
    assert (long.body.decode(), len(long.raw_body) < 2_000) == (LONG, True)
    assert [(message.tags, message.body.decode()) for message in compressed] == [(codec, LONG) for codec in codecs]
    assert [(each.tags, each.body.decode()) for each in (first, second)] == [
        ("TagB", "first of a batch"),
        (None, "second of a batch"),
    ]
    assert (delayed.body.decode(), delayed.properties["DELAY"]) == ("delayed", "1")
    assert delayed.store_timestamp - delayed.born_timestamp >= 1_000


@pytest.mark.parametrize("client", CLIENTS, ids=str, indirect=True)
def test_they_read_ours(client: Client, case: Stage, theatre: Theatre) -> None:
    mq = MessageQueue(case.topic, case.server.broker_name, 0)
    # The 4.9 client and the Go client know zlib alone, whatever a message says of its codec.
    codecs = OUR_CODECS if client == JAVA_5 else OUR_CODECS[:1]
    with create_broker_client(case.server.broker_address) as ours:
        ours.sync_send_message(
            case.group, b"every property", mq, {"colour": "grün"}, tags="TagA", keys=["key1", "key2"], flag=7
        )
        ours.sync_batch_send_message(case.group, [b"first of a batch", b"second"], mq)
        ours.sync_send_message(case.group, b"delayed", mq, delay_level=1)
        pull(ours, case, 4)
    for codec in codecs:
        with create_broker_client(case.server.broker_address, compress_above=1_000, compression=codec) as compressing:
            compressing.sync_send_message(case.group, LONG.encode(), mq, tags=codec.name)
    operation = "read" if client.language == "go" else "Interop.read"
    read = theatre.call(client, case, operation, count=4 + len(codecs)).result(PATIENCE)
    whole = read[0]
    assert whole["body"] == "every property"
    assert whole.get("flag", 7) == 7  # the Go client does not show it
    assert {"TAGS": "TagA", "KEYS": "key1 key2", "colour": "grün"}.items() <= whole["properties"].items()
    assert [each["body"] for each in read[1:4]] == ["first of a batch", "second", "delayed"]
    assert [(each["properties"]["TAGS"], each["body"]) for each in read[4:]] == [(codec.name, LONG) for codec in codecs]


@pytest.mark.parametrize("client", [JAVA_4, JAVA_5], ids=str, indirect=True)
def test_their_tool_finds_our_traces(client: Client, case: Stage, theatre: Theatre) -> None:
    address = case.server.broker_address
    with TraceTopic(address) as traces:
        with create_broker_client(address, message_telemetry=traces) as ours:
            mq = MessageQueue(case.topic, case.server.broker_name, 0)
            sent = ours.sync_send_message(case.group, b"traced", mq, tags="TagA", keys=["traced-key"])
            (message,) = pull(ours, case, 1)
        with traces.consuming(message, case.group):
            pass
        with pytest.raises(LookupError), traces.consuming(message, case.group):
            raise LookupError
    command = f"queryMsgTraceById -i {sent.msg_id}"
    deadline = time.monotonic() + PATIENCE
    while "failed" not in (said := theatre.call(client, case, "Admin.command", command=command).result(PATIENCE)):
        assert time.monotonic() < deadline, said
    rows = [line.split() for line in said.splitlines() if line.startswith(("Pub", "Sub"))]
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        ("Pub", case.group, "success"),
        ("Sub", case.group, "success"),
        ("Sub", case.group, "failed"),
    ]


@pytest.mark.parametrize("client", [JAVA_5], ids=str, indirect=True)
@pytest.mark.real(only=True)
def test_we_read_their_inner_batches(client: Client, case: Stage, theatre: Theatre) -> None:
    # Queues that keep batches whole came with 5.x; before, every broker takes them apart.
    attributes = {} if case.server.version.startswith("4.") else {"queue.type": "BatchCQ"}
    with create_broker_client(case.server.broker_address) as ours:
        ours.delete_topic(case.topic)
        ours.create_topic(case.topic, 1, attributes=attributes)
        theatre.call(client, case, "Interop.produceBatch").result(PATIENCE)
        messages = pull(ours, case, 3)
    assert [(each.queue_offset, each.tags, each.keys, each.body) for each in messages] == [
        (0, "Tag-one", ["one"], b"one"),
        (1, "Tag-two", ["two"], b"two"),
        (2, "Tag-three", ["three"], b"three"),
    ]


@pytest.mark.parametrize("client", [JAVA_4, JAVA_5], ids=str, indirect=True)
@pytest.mark.real(only=True)
def test_messages_sent_over_ipv6(client: Client, server_kind: ServerKind, theatre: Theatre) -> None:
    with listening_everywhere(server_kind) as server:
        stage = Stage(server)
        port = server.broker_address.rpartition(":")[2]
        with create_broker_client(f"[::1]:{port}") as ours:
            ours.sync_send_message(stage.group, b"over IPv6", MessageQueue(stage.topic, server.broker_name, 0))
            (message,) = pull(ours, stage, 1)
        assert (message.body, message.born_host[0]) == (b"over IPv6", "::1")
        read = theatre.call(client, stage, "Interop.readHosts").result(PATIENCE)
    assert ipaddress.ip_address(read.pop("bornHost").partition("%")[0]) == ipaddress.ip_address("::1")
    assert read == {"body": "over IPv6", "isV6": True}


@contextmanager
def listening_everywhere(kind: ServerKind) -> Iterator[Server]:
    """Start a server that takes connections by IPv4 and IPv6."""
    with RealRocketMQ(kind.version, properties={"bindAddress": "::"}) as real:
        yield Server(
            real.namesrv_address, real.broker_address, real.broker_name, real.cluster_name, kind.version, is_real=True
        )


def pull(client: BrokerClient, stage: Stage, count: int) -> list[MessageExt]:
    """Pull so many messages from the start of queue 0."""
    messages: list[MessageExt] = []
    deadline = time.monotonic() + PATIENCE
    offset = 0
    while len(messages) < count:
        assert time.monotonic() < deadline, f"{len(messages)} of {count} messages within {PATIENCE} s"
        result = client.pull_message(stage.group, stage.topic, 0, offset, suspend_timeout=1.0, timeout=10.0)
        messages += result.messages
        offset = result.next_begin_offset
    return messages
