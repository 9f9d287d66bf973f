"""Several brokers, replicas and NameServers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from requests_of import decide, half, heartbeat, pull, send
from wire_client import WireClient

from pyrocketmq.model.requests import (
    GetBrokerClusterInfo,
    GetConsumerListByGroup,
    GetMaxOffset,
    GetRouteinfoByTopic,
    UpdateAndCreateTopic,
)
from pyrocketmq.testkit import FakeCluster, VirtualClock
from real_rocketmq.jars import VERSIONS

if TYPE_CHECKING:
    from pyrocketmq.model.bodies.route import TopicRouteData


def route_of(cluster: FakeCluster, topic: str, namesrv: int = 0) -> TopicRouteData | None:
    with WireClient(cluster.namesrv_addresses[namesrv]) as client:
        answer = client.call(GetRouteinfoByTopic(topic=topic))
        return None if answer.code else GetRouteinfoByTopic.REPLY.from_command(answer).route  # type: ignore[attr-defined]


def test_every_namesrv_knows_every_broker() -> None:
    with FakeCluster(brokers=2, replicas=1, namesrvs=2, topics={"t": 3}) as cluster:
        assert cluster.namesrv_address == ";".join(cluster.namesrv_addresses)
        for address in cluster.namesrv_addresses:
            with WireClient(address) as client:
                info = client.reply(GetBrokerClusterInfo()).cluster_info
            assert {name: data.broker_addrs for name, data in info.broker_addr_table.items()} == {
                name: {broker.broker_id: broker.address for broker in group} for name, group in cluster.brokers.items()
            }
        route = route_of(cluster, "t")
        assert route is not None
        assert [(queue.broker_name, queue.read_queue_nums) for queue in route.queue_datas] == [
            ("broker-a", 3),
            ("broker-b", 3),
        ]


def test_masters_keep_their_own_messages() -> None:
    with FakeCluster(brokers=2) as cluster:
        one, other = cluster.masters
        one.put("t", b"1")
        with WireClient(other.address) as client:
            assert client.reply(GetMaxOffset(topic="t", queue_id=0)).offset == 0
        assert [len(master.messages("t")) for master in cluster.masters] == [1, 0]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_replica_takes_nothing(version: str) -> None:
    with FakeCluster(brokers=1, replicas=1, version=version) as cluster:
        master, replica = cluster.brokers["broker-a"]
        with WireClient(replica.address) as client, WireClient(master.address) as at_master:
            refused = client.call(send())
            if version == "5.4.0":
                assert (refused.code, refused.remark) == (
                    2,
                    "[REJECTREQUEST]system busy, start flow control for a while",
                )
                assert client.call(pull()).code == 2
            else:
                assert refused.code == 14
            sent = at_master.reply(half())
            assert client.call(decide(8, queue_offset=sent.queue_offset, physical_offset=0)).code == 11
            client.call(heartbeat(consumer="g"))
            assert client.reply(GetConsumerListByGroup(consumer_group="g")).consumer_list.consumer_id_list == ["c1"]


def test_a_replica_gives_what_it_has() -> None:
    clock = VirtualClock()
    with FakeCluster(brokers=1, replicas=1, clock=clock, properties={"slaveReadEnable": True}) as cluster:
        master, replica = cluster.brokers["broker-a"]
        master.put("t", b"1")
        with WireClient(replica.address) as client:
            assert client.call(pull()).code == 17  # its copy of the topics is not that fresh
            clock.advance(seconds=10)
            assert client.reply(pull()).messages[0].body == b"1"
            beyond = client.reply(pull(offset=5))
            assert (beyond.code, beyond.remark, beyond.next_begin_offset) == (20, "OFFSET_OVERFLOW_BADLY", 5)
            assert client.call(pull(offset=1, wait=15_000)).code == 19  # at once
            master.stop()
            assert client.reply(pull()).messages[0].body == b"1"


def test_brokers_come_and_go() -> None:
    with FakeCluster(brokers=2, topics={"t": 1}) as cluster:
        first = cluster.masters[0]
        assert first.is_running
        first.stop()
        assert not first.is_running
        route = route_of(cluster, "t")
        assert route is not None
        assert [data.broker_name for data in route.broker_datas] == ["broker-b"]
        with pytest.raises(ConnectionRefusedError):
            WireClient(first.address)
        first.start()
        WireClient(first.address).close()
        added = cluster.add_broker(replicas=1)
        assert added.broker_name == "broker-c"
        added.create_topic("t", queues=1)
        cluster.remove_broker("broker-b")
        route = route_of(cluster, "t")
        assert route is not None
        assert sorted(data.broker_name for data in route.broker_datas) == ["broker-a", "broker-c"]


def test_a_broker_that_may_not_be_written_shows_it_in_routes() -> None:
    with FakeCluster(brokers=1, topics={"t": 1}) as cluster:

        def perm() -> int:
            route = route_of(cluster, "t")
            assert route is not None
            return route.queue_datas[0].perm

        master = cluster.masters[0]
        master.set_writable(writable=False)
        assert perm() == 4
        master.set_writable(writable=True)
        assert perm() == 6


def test_a_namesrv_learns_everything_again() -> None:
    clock = VirtualClock()
    with FakeCluster(brokers=1, namesrvs=2, clock=clock, topics={"t": 1}) as cluster:
        address = cluster.namesrv_addresses[0]
        cluster.stop_namesrv(0)
        with pytest.raises(ConnectionRefusedError):
            WireClient(address)
        cluster.start_namesrv(0)
        assert route_of(cluster, "t") is None
        assert route_of(cluster, "t", namesrv=1) is not None
        clock.advance(seconds=30)
        assert route_of(cluster, "t") is not None


def test_ports_can_be_chosen() -> None:
    with FakeCluster(brokers=1) as cluster:
        ports = [int(address.rpartition(":")[2]) for address in (cluster.namesrv_address, cluster.masters[0].address)]
    with FakeCluster(brokers=1, namesrv_ports=ports[:1], broker_ports=ports[1:]) as again:
        assert again.masters[0].address.endswith(f":{ports[1]}")
        assert again.namesrv_address.endswith(f":{ports[0]}")


def test_an_address_in_use_is_an_error() -> None:
    with FakeCluster(brokers=1) as cluster:
        port = int(cluster.masters[0].address.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            FakeCluster(brokers=1, broker_ports=[port])


def test_a_change_on_one_master_is_that_masters_alone() -> None:
    with FakeCluster(brokers=2) as cluster:
        with WireClient(cluster.masters[0].address) as client:
            assert client.call(UpdateAndCreateTopic(topic="own", read_queue_nums=1, write_queue_nums=1)).code == 0
        route = route_of(cluster, "own")
        assert route is not None
        assert [queue.broker_name for queue in route.queue_datas] == ["broker-a"]
