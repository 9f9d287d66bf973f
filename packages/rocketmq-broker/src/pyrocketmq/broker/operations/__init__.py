"""The operations, each written once as a plan; the clients lift them into their methods."""

from pyrocketmq.broker.operations import group, offset, pull, send, topic, transaction

__all__ = ["group", "offset", "pull", "send", "topic", "transaction"]
