"""Fields that many requests have in common."""

from __future__ import annotations

from pyrocketmq.model.declaration import Request, wire
from pyrocketmq.model.declaration.header import ReplyT


class RpcRequest(Request[ReplyT]):
    """A request that may say whom it is for. All of it is optional, and 4.9 knows the first field only.

    Attributes:
        broker_name: Name of the broker that should serve the request.
        namespace: Namespace of the names in the request, where those do not contain it (5.x).
        namespaced: Whether the names in the request contain the namespace already (5.x).
        oneway: Whether no answer is expected, for requests that one broker relays to another (5.x).
    """

    broker_name: str | None = wire("bname", default=None)
    namespace: str | None = wire("ns", default=None)
    namespaced: bool | None = wire("nsd", default=None)
    oneway: bool | None = wire("oway", default=None)


class TopicRequest(RpcRequest[ReplyT]):
    """A request about a topic or one of its queues.

    Attributes:
        logical: Whether queue ids and offsets of a static topic are logical ones; the default is true (5.x).
    """

    logical: bool | None = wire("lo", default=None)
