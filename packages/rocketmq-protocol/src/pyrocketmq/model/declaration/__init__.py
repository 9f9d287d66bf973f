"""How requests, replies and bodies are declared.

A declaration is a class whose annotated attributes are the fields. Everything else follows from it: the constructor,
both wire directions, the reference page and the property tests. See `record`, `header` and `body` for the three steps.
"""

from pyrocketmq.model.declaration.body_codec import BodyCodec
from pyrocketmq.model.declaration.header import Reply, Request
from pyrocketmq.model.declaration.record import Record, body, wire

__all__ = ["BodyCodec", "Record", "Reply", "Request", "body", "wire"]
