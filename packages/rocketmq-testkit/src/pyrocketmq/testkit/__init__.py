"""A fake RocketMQ broker and NameServer for test suites, speaking the real wire protocol on real sockets."""

from pyrocketmq.testkit.broker import FakeBroker
from pyrocketmq.testkit.clock import Clock, RealClock, VirtualClock
from pyrocketmq.testkit.cluster import ClusterBroker, FakeCluster
from pyrocketmq.testkit.exchange import Exchange
from pyrocketmq.testkit.faults import Fault, Faults, UnusedFaultError
from pyrocketmq.testkit.journal import Journal

__all__ = [
    "Clock",
    "ClusterBroker",
    "Exchange",
    "FakeBroker",
    "FakeCluster",
    "Fault",
    "Faults",
    "Journal",
    "RealClock",
    "UnusedFaultError",
    "VirtualClock",
]
