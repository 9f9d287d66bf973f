"""The operations of a NameServer, each written once as a plan; the clients lift them into their methods."""

from pyrocketmq.nameserver.operations import kv_config, nameserver, route, topic, write_perm

__all__ = ["kv_config", "nameserver", "route", "topic", "write_perm"]
