"""The store without sockets: messages, queues, offsets, topics, groups, locks, routes."""

from __future__ import annotations

import pytest

from pyrocketmq.model.bodies.data_version import DataVersion
from pyrocketmq.model.bodies.subscription_group import SubscriptionGroupConfig
from pyrocketmq.model.bodies.topic import TopicConfig
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.testkit import VirtualClock
from pyrocketmq.testkit.store.consume_queue import ConsumeQueue
from pyrocketmq.testkit.store.errors import IllegalMessageError
from pyrocketmq.testkit.store.groups import GroupTable
from pyrocketmq.testkit.store.locks import LockTable
from pyrocketmq.testkit.store.message_store import MessageStore
from pyrocketmq.testkit.store.messages import NewMessage, StoredMessage
from pyrocketmq.testkit.store.offsets import OffsetTable
from pyrocketmq.testkit.store.reader import ReadLimits, read_queue
from pyrocketmq.testkit.store.routes import RouteTable
from pyrocketmq.testkit.store.topic_attributes import AttributeChangeError, changed_attributes
from pyrocketmq.testkit.store.topics import TopicTable, describe

UNLIMITED = ReadLimits(1000, 1 << 30)


def make_store(limit: int = 1 << 20, clock: VirtualClock | None = None) -> MessageStore:
    return MessageStore(clock or VirtualClock(start=1_000), ("127.0.0.1", 10911), limit=limit, ends_properties=True)


def new(topic: str = "t", body: bytes = b"x", **properties: str) -> NewMessage:
    return NewMessage(topic, 0, body, dict(properties), born_timestamp=5, born_host=("127.0.0.1", 9))


def put(store: MessageStore, *bodies: bytes, **properties: str) -> list[StoredMessage]:
    return [store.append(new(body=body, **properties)) for body in bodies]


def test_records_lie_one_after_the_other() -> None:
    store = make_store()
    first, second = put(store, b"one", b"three")
    assert (first.physical_offset, second.physical_offset) == (0, len(first.record))
    assert (first.queue_offset, second.queue_offset) == (0, 1)
    assert store.at(second.physical_offset) is second
    assert store.at(1) is None
    view = second.view()
    assert (view.body, view.topic, view.queue_offset, view.store_timestamp) == (b"three", "t", 1, 1_000)
    assert view.store_host == ("127.0.0.1", 10911)


def test_the_oldest_messages_go_when_the_store_is_full() -> None:
    store = make_store(limit=2_000)
    messages = put(store, *[bytes(100)] * 20, KEYS="k")
    queue = store.queue("t", 0)
    assert queue.max_offset == 20
    assert 0 < queue.min_offset < 20
    assert store.min_physical_offset == messages[queue.min_offset].physical_offset
    assert store.max_physical_offset - store.min_physical_offset <= 2_000
    assert store.at(0) is None
    assert queue.at(queue.min_offset) is messages[queue.min_offset]
    assert len(list(store.with_key("t", "k"))) == 20 - queue.min_offset


def test_a_message_larger_than_the_store_is_kept_alone() -> None:
    store = make_store(limit=100)
    put(store, b"a", bytes(500))
    assert store.queue("t", 0).min_offset == 1


def test_messages_are_found_by_each_key_and_the_unique_id() -> None:
    store = make_store()
    first = store.append(new(KEYS="a b", UNIQ_KEY="U"))
    second = store.append(new(KEYS="b"))
    assert list(store.with_key("t", "b")) == [second, first]
    assert list(store.with_key("t", "U")) == [first]
    assert list(store.with_key("other", "a")) == []
    store.delete_topic("t")
    assert list(store.with_key("t", "a")) == []
    assert store.queue("t", 0).max_offset == 0
    assert store.at(first.physical_offset) is first


def test_properties_have_a_limit() -> None:
    store = make_store()
    store.append(new(k="v" * 32_764))
    with pytest.raises(IllegalMessageError):
        store.append(new(k="v" * 32_765))
    with pytest.raises(IllegalMessageError):
        store.append(new(k="é" * 17_000))


def test_what_no_queue_points_at_is_stored_all_the_same() -> None:
    store = make_store()
    stored = store.append(new(), in_queue=False)
    assert store.queue("t", 0).max_offset == 0
    assert store.at(stored.physical_offset) is stored


def queue_of(count: int, first: int = 0) -> ConsumeQueue:
    clock = VirtualClock(start=1_000)
    store = make_store(clock=clock)
    for number in range(first + count):
        put(store, b"%d" % number, TAGS="odd" if number % 2 else "even")
        clock.advance(seconds=0.01)
    queue = store.queue("t", 0)
    message = queue.at(first)
    queue.drop_below(message.physical_offset if message else 0)
    return queue


@pytest.mark.parametrize(
    ("offset", "status", "next_offset"),
    [
        (-1, "OFFSET_TOO_SMALL", 2),
        (1, "OFFSET_TOO_SMALL", 2),
        (2, "FOUND", 5),
        (5, "OFFSET_OVERFLOW_ONE", 5),
        (6, "OFFSET_OVERFLOW_BADLY", 5),
    ],
)
def test_reading_at_any_offset(offset: int, status: str, next_offset: int) -> None:
    result = read_queue(queue_of(3, first=2), offset, 10, UNLIMITED)
    assert (result.status, result.next_offset, result.min_offset, result.max_offset) == (status, next_offset, 2, 5)


def test_reading_a_queue_that_never_had_a_message() -> None:
    assert read_queue(ConsumeQueue(), 7, 10, UNLIMITED)[:4] == ("NO_MESSAGE_IN_QUEUE", 0, 0, 0)


def test_reading_stops_at_limits_but_gives_one_message() -> None:
    queue = queue_of(10)
    size = len(queue.between(0, 1)[0].record)
    assert len(read_queue(queue, 0, 0, UNLIMITED).messages) == 1
    assert len(read_queue(queue, 0, 4, UNLIMITED).messages) == 4
    assert len(read_queue(queue, 0, 99, ReadLimits(3, 1 << 30)).messages) == 3
    assert len(read_queue(queue, 0, 99, ReadLimits(99, 2 * size)).messages) == 2
    assert len(read_queue(queue, 0, 99, ReadLimits(99, 1)).messages) == 1


def test_reading_passes_what_does_not_match() -> None:
    queue = queue_of(6)
    result = read_queue(queue, 0, 10, UNLIMITED, lambda message: message.queue_offset == 1)
    assert ([message.queue_offset for message in result.messages], result.next_offset) == ([1], 6)
    nothing = read_queue(queue, 0, 10, UNLIMITED, lambda message: False)
    assert (nothing.status, nothing.next_offset) == ("NO_MATCHED_MESSAGE", 6)


def test_a_scan_without_a_match_ends_after_800_entries() -> None:
    queue = queue_of(900)
    assert read_queue(queue, 0, 32, UNLIMITED, lambda message: False).next_offset == 800


def test_offsets_by_time() -> None:
    queue = queue_of(3)  # stored at 1000, 1010 and 1020
    assert [queue.first_not_before(time) for time in (0, 1_000, 1_001, 1_020, 1_021)] == [0, 0, 1, 2, 3]
    assert [queue.last_not_after(time) for time in (0, 1_000, 1_019, 1_020, 9_999)] == [0, 0, 1, 2, 2]


def test_offsets_of_groups() -> None:
    table = OffsetTable()
    assert table.committed("g", "t", 0) == -1
    table.commit("g", "t", 0, 7)
    table.commit("g", "t", 0, 3)
    assert table.committed("g", "t", 0) == 3
    assert (table.topics_of("g"), table.groups_of("t")) == (["t"], ["g"])
    table.clone("g", "h", "t")
    table.delete_group("g")
    assert (table.committed("g", "t", 0), table.committed("h", "t", 0)) == (-1, 3)
    table.reset("h", "t", 0, 9)
    assert (table.pending_reset("h", "t", 0), table.take_reset("h", "t", 0), table.take_reset("h", "t", 0)) == (
        9,
        9,
        None,
    )
    table.delete_topic("t")
    assert table.all() == {}


def test_topics_and_their_versions() -> None:
    clock = VirtualClock(start=0)
    table = TopicTable(clock, has_attributes=True)
    changes: list[int] = []
    table.on_change.append(lambda: changes.append(1))
    table.create("t", 4)
    assert table.create("t", 9).write_queue_nums == 4
    assert (table.data_version().counter, changes) == (1, [1])
    table.delete("none")
    table.delete("t")
    assert (table.data_version().counter, table.get("t")) == (2, None)
    assert table.is_system("rmq_sys_x")
    assert not table.is_system("x")


def test_a_topic_as_java_prints_it() -> None:
    config = TopicConfig(topic_name="t", read_queue_nums=1, write_queue_nums=2, perm=3, attributes={"a": "b"})
    assert describe(config) == (
        "TopicConfig [topicName=t, readQueueNums=1, writeQueueNums=2, perm=-WX, topicFilterType=SINGLE_TAG, "
        "topicSysFlag=0, order=false, attributes={a=b}]"
    )


@pytest.mark.parametrize(
    ("attributes", "changes", "result"),
    [
        (None, "+message.type=FIFO", {"message.type": "FIFO"}),
        ({"message.type": "FIFO"}, "-message.type", {}),
        ({}, "+reserve.time=-1,+message.type=DELAY", {"reserve.time": "-1", "message.type": "DELAY"}),
        ({"queue.type": "SimpleCQ"}, "+queue.type=SimpleCQ", {"queue.type": "SimpleCQ"}),
        (None, "", {}),
    ],
)
def test_attributes_change(attributes: dict[str, str] | None, changes: str, result: dict[str, str]) -> None:
    assert changed_attributes(attributes, changes) == result


@pytest.mark.parametrize(
    ("attributes", "changes", "reason"),
    [
        (None, "+nope=1", "unsupported key: nope"),
        (None, "-message.type", "only add attribute is supported while creating topic. key: message.type"),
        ({}, "+queue.type=BatchCQ", "attempt to update an unchangeable attribute. key: queue.type"),
        ({}, "+message.type=BAD", "value is not in set: "),
        ({}, "message.type=FIFO", "add/alter attribute format is wrong: message.type"),
        ({}, "+reserve.time=x", 'For input string: "x"'),
    ],
)
def test_attributes_that_cannot_be(attributes: dict[str, str] | None, changes: str, reason: str) -> None:
    with pytest.raises(AttributeChangeError) as caught:
        changed_attributes(attributes, changes)
    assert str(caught.value).startswith(reason)


def test_groups() -> None:
    clock = VirtualClock(start=0)
    strict = GroupTable(clock, checks_names=True, has_extended_settings=True)
    assert strict.get_or_create("a b", auto_create=True) is None
    assert strict.get_or_create("g", auto_create=False) is None
    made = strict.get_or_create("g", auto_create=True)
    assert made is not None
    assert (made.consume_timeout_minute, made.attributes) == (15, {})
    old = GroupTable(clock, checks_names=False, has_extended_settings=False)
    old.put(SubscriptionGroupConfig(group_name="a b", consume_timeout_minute=3))
    kept = old.get("a b")
    assert kept is not None
    assert kept.consume_timeout_minute is None


def test_locks_end_with_their_time() -> None:
    clock = VirtualClock(start=0)
    table = LockTable(clock)
    queue = MessageQueue("t", "b", 0)
    assert table.lock("g", "a", [queue]) == [queue]
    clock.advance(seconds=50)
    assert table.lock("g", "a", [queue]) == [queue]
    clock.advance(seconds=60)
    assert table.lock("g", "b", [queue]) == []
    assert table.is_locked("g")
    clock.advance(seconds=0.001)
    assert not table.is_locked("g")
    assert table.lock("g", "b", [queue]) == [queue]
    table.unlock("g", "a", [queue])
    assert table.is_locked("g")
    table.unlock("g", "b", [queue])
    assert not table.is_locked("g")


def register(
    table: RouteTable, broker_id: int = 0, *, counter: int = 1, perm: int = 6, connection: object = None
) -> None:
    table.register_broker(
        cluster="c",
        broker_name="b",
        broker_id=broker_id,
        address=f"127.0.0.1:{broker_id + 1}",
        topics={"t": TopicConfig(topic_name="t", perm=perm)},
        version=DataVersion(counter=counter),
        connection=connection,
    )


def perm_of(table: RouteTable) -> int:
    route = table.route("t")
    assert route is not None
    return route.queue_datas[0].perm


def test_routes() -> None:
    clock = VirtualClock(start=0)
    table = RouteTable(clock, shows_acting_master=True)
    register(table)
    register(table, 1)
    assert table.broker_datas()["b"].broker_addrs == {0: "127.0.0.1:1", 1: "127.0.0.1:2"}
    assert table.set_writable("b", writable=False) == 1
    register(table)
    assert perm_of(table) == 4
    register(table, counter=2)
    assert perm_of(table) == 6
    table.unregister_broker("b", 0)
    assert table.route("t") is not None
    clock.advance(seconds=121)
    table.drop_expired()
    assert table.route("t") is None


def test_a_broker_goes_with_its_connection() -> None:
    table = RouteTable(VirtualClock(start=0), shows_acting_master=False)
    connection = object()
    register(table, connection=connection)
    table.disconnect(object())
    assert table.topics() == ["t"]
    table.disconnect(connection)
    assert (table.topics(), table.clusters()) == ([], {})
