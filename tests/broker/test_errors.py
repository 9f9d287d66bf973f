"""Every response code, by every kind of request, becomes the error that the page `docs/errors.md` promises."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import pyrocketmq.broker
from pyrocketmq.broker import (
    AuthorizationError,
    BrokerBusyError,
    BrokerError,
    BrokerResponseError,
    BrokerSystemError,
    MessagePullError,
    OffsetError,
)
from pyrocketmq.broker.errors import refusal
from pyrocketmq.model import RemotingCommand, RequestCode, ResponseCode
from pyrocketmq.model.declaration.header import REGISTRY

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
ACL = "org.apache.rocketmq.acl.common.AclException: Check signature failed for accessKey=x"

PULLS = {"PULL_MESSAGE", "LITE_PULL_MESSAGE", "PEEK_MESSAGE", "POP_MESSAGE"}
OFFSETS = {
    "QUERY_CONSUMER_OFFSET",
    "UPDATE_CONSUMER_OFFSET",
    "SEARCH_OFFSET_BY_TIMESTAMP",
    "GET_MAX_OFFSET",
    "GET_MIN_OFFSET",
    "GET_EARLIEST_MSG_STORETIME",
    "INVOKE_BROKER_TO_RESET_OFFSET",
}
SENDS = {
    "SEND_MESSAGE",
    "SEND_MESSAGE_V2",
    "SEND_BATCH_MESSAGE",
    "SEND_REPLY_MESSAGE",
    "SEND_REPLY_MESSAGE_V2",
    "CONSUMER_SEND_MSG_BACK",
    "END_TRANSACTION",
    "RECALL_MESSAGE",
}
NEWEST = 10_000
# A version number above all releases: whatever is refused by it is not refused for its age.


def promised(request: str, code: int, remark: str) -> type[BrokerError]:
    """Return the class by the order of precedence that the page tells."""
    if code == 16 or (code == 1 and remark == ACL):
        return AuthorizationError
    if code in {2, 215}:
        return BrokerBusyError
    if request in PULLS:
        return MessagePullError
    if request in OFFSETS:
        return OffsetError
    if request in SENDS:
        return BrokerResponseError
    return BrokerSystemError if code == 1 else BrokerResponseError


def requests() -> list[Any]:
    return sorted(REGISTRY.values(), key=lambda request: request.CODE)


@pytest.mark.parametrize("remark", ["something is wrong", ACL, ""], ids=["plain", "acl", "none"])
def test_every_code_of_every_request(remark: str) -> None:
    for kind in requests():
        for code in ResponseCode:
            answer = RemotingCommand(int(code), version=NEWEST, remark=remark)
            error = refusal(kind, answer, "127.0.0.1:10911", 0.1)
            name = RequestCode(kind.CODE).name
            assert type(error) is promised(name, int(code), remark), (name, code)
            line = str(error)
            assert f"answered {int(code)} {code.name}" in line
            assert "127.0.0.1:10911" in line
            assert "\n" not in line
            assert (error.request_code, error.response_code, error.remark) == (kind.CODE, code, remark)


def test_a_server_that_is_too_old_is_told_so() -> None:
    too_new = [kind for kind in requests() if (kind.SINCE or "").startswith("5")]
    assert too_new
    for kind in too_new:
        answer = RemotingCommand(int(ResponseCode.REQUEST_CODE_NOT_SUPPORTED), version=407, remark="not supported")
        error = refusal(kind, answer, "127.0.0.1:10911", 0.1)
        assert type(error) is BrokerResponseError
        assert f"this needs RocketMQ {kind.SINCE} or later, the server is 4.9.7" in str(error)


def test_the_page_tells_of_every_error_and_every_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    classes = {
        name
        for name in pyrocketmq.broker.__all__
        if isinstance(kind := getattr(pyrocketmq.broker, name), type) and issubclass(kind, BrokerError)
    }
    assert set(re.findall(r"^## `(\w+)`", page, re.MULTILINE)) == classes
    codes = {int(code): name for code, name in re.findall(r"^\| (-?\d+) \| `(\w+)`", page, re.MULTILINE)}
    assert codes == {int(code): code.name for code in ResponseCode if code is not ResponseCode.SUCCESS}
