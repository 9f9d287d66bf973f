"""The text of an answer's fields: the generated writers beside the plain way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrocketmq.model import requests
from pyrocketmq.model.declaration import Reply
from pyrocketmq.model.declaration.header import REGISTRY
from pyrocketmq.model.enums import SerializeType
from pyrocketmq.testkit.answer import _RESPONSE, _fields_of, _json_frame, _writer_of, answer_frame

TEXTS = ("0", "-7", "1764288000000", "true", "", 'a "quoted" \\ text\n\x01', "主题\u2028😀")


assert requests.__all__, "importing them fills the registry"
REPLIES = sorted(
    {request.REPLY for request in REGISTRY.values() if request.REPLY.wires()}, key=lambda reply: reply.__name__
)


def accepted(kind: Any) -> list[Any]:
    """The values that some texts have for a kind of field."""
    values = []
    for text in TEXTS:
        try:
            values.append(kind.load(text))
        except (ValueError, TypeError, OverflowError):
            continue
    return values


@pytest.mark.parametrize("cls", REPLIES, ids=lambda cls: cls.__name__)
@settings(max_examples=20)
@given(data=st.data())
def test_generated_writers_write_the_same(cls: type[Reply], data: st.DataObject) -> None:
    reply = object.__new__(cls)
    reply.received_fields = None
    for row in cls.wires():
        value = st.sampled_from(accepted(row.kind))
        setattr(reply, row.name, data.draw(value if row.required else st.none() | value, row.name))
    reply.code, reply.remark = data.draw(st.sampled_from([0, 11])), data.draw(st.none() | st.sampled_from(TEXTS))
    body = cls.body_field()
    if body is not None:
        setattr(reply, body.name, None)
    plain = _json_frame(reply.code, reply.remark, _fields_of(reply), reply.encode_body(), 7, 475, _RESPONSE)
    assert _writer_of(cls)(reply, 7, 475) == plain


def test_keys_are_sorted_and_text_is_no_ascii() -> None:
    cls = next(each for each in REPLIES if len(each.wires()) > 2)
    values = {row.name: accepted(row.kind)[0] for row in cls.wires()}
    frame = answer_frame(cls(**values), 1, 1, SerializeType.JSON)
    header = frame[8 : 8 + int.from_bytes(frame[5:8], "big")]
    fields = json.loads(header)["extFields"]
    assert list(fields) == sorted(fields)
    assert b" " not in header
