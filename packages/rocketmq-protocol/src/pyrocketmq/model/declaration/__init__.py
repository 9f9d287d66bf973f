"""How requests, replies and bodies are declared.

A declaration is a class whose annotated attributes are the fields. Everything else follows from it: the constructor,
both wire directions, the reference page and the property tests. `record` has what all of them share, `header`
the requests and replies, `prepared` those that are sent over and over, `json_body` and `body_codec` the bodies.
"""

from pyrocketmq.model.declaration.body_codec import BodyCodec
from pyrocketmq.model.declaration.header import Reply, Request
from pyrocketmq.model.declaration.json_body import JsonBody
from pyrocketmq.model.declaration.kind import Long
from pyrocketmq.model.declaration.prepared import Preparation
from pyrocketmq.model.declaration.record import Record, body, wire

__all__ = ["BodyCodec", "JsonBody", "Long", "Preparation", "Record", "Reply", "Request", "body", "wire"]
