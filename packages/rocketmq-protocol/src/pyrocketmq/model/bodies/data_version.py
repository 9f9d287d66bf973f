"""Versions of the tables that brokers and NameServers keep."""

from __future__ import annotations

from pyrocketmq.model.declaration import JsonBody, Long


class DataVersion(JsonBody):
    """Version of a table.

    Attributes:
        counter: Changes so far.
        timestamp: When the last one was made, in milliseconds.
        state_version: Version of the replicas' agreement (5.x).
    """

    counter: Long = 0
    timestamp: Long = 0
    state_version: Long | None = None
