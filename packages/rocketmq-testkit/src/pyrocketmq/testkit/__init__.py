"""A fake RocketMQ broker and NameServer for test suites, speaking the real wire protocol on real sockets."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyrocketmq.testkit.access import Account
    from pyrocketmq.testkit.broker import FakeBroker
    from pyrocketmq.testkit.cassette import (
        Cassette,
        CassetteError,
        CassettePlayer,
        CassetteRecorder,
        UnexpectedRequestError,
    )
    from pyrocketmq.testkit.clock import Clock, RealClock, VirtualClock
    from pyrocketmq.testkit.cluster import ClusterBroker, FakeCluster
    from pyrocketmq.testkit.exchange import Exchange
    from pyrocketmq.testkit.faults import Fault, Faults, UnusedFaultError
    from pyrocketmq.testkit.journal import Journal
    from pyrocketmq.testkit.tls import TlsMode

__all__ = [
    "Account",
    "Cassette",
    "CassetteError",
    "CassettePlayer",
    "CassetteRecorder",
    "Clock",
    "ClusterBroker",
    "Exchange",
    "FakeBroker",
    "FakeCluster",
    "Fault",
    "Faults",
    "Journal",
    "RealClock",
    "TlsMode",
    "UnexpectedRequestError",
    "UnusedFaultError",
    "VirtualClock",
]

_MODULES = {
    "Account": "access",
    "Cassette": "cassette",
    "CassetteError": "cassette",
    "CassettePlayer": "cassette",
    "CassetteRecorder": "cassette",
    "Clock": "clock",
    "ClusterBroker": "cluster",
    "Exchange": "exchange",
    "FakeBroker": "broker",
    "FakeCluster": "cluster",
    "Fault": "faults",
    "Faults": "faults",
    "Journal": "journal",
    "RealClock": "clock",
    "TlsMode": "tls",
    "UnexpectedRequestError": "cassette",
    "UnusedFaultError": "faults",
    "VirtualClock": "clock",
}


def __getattr__(name: str) -> object:
    """Import a name on first use: every pytest run imports this package for its plugin, few use it."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
