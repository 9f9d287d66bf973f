"""Starts and stops a real Apache RocketMQ on this machine, from the jars on Maven Central.

For tests on Linux and macOS. Needs Java 8 or later, and Maven the first time a version is used.
From a shell: ``python -m real_rocketmq``.
"""

from __future__ import annotations

from real_rocketmq.errors import PortTakenError, PrerequisiteError, RealRocketMQError, StartError
from real_rocketmq.jars import VERSIONS, Role, fetch_jars
from real_rocketmq.server import Broker, NameServer, RealRocketMQ

__all__ = [
    "VERSIONS",
    "Broker",
    "NameServer",
    "PortTakenError",
    "PrerequisiteError",
    "RealRocketMQ",
    "RealRocketMQError",
    "Role",
    "StartError",
    "fetch_jars",
]
