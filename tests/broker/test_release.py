"""Names of releases, and what a client says of a server that is too old."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyrocketmq.broker import BrokerResponseError
from pyrocketmq.broker.release import is_older, release_name
from pyrocketmq.testkit import FakeBroker, Fault

if TYPE_CHECKING:
    from faces import Face


@pytest.mark.parametrize(
    ("version", "name"),
    [
        (213, "4.0.0"),
        (333, "4.6.0"),
        (355, "4.7.1"),
        (407, "4.9.7"),
        (412, "5.0.0-SNAPSHOT"),
        (413, "5.0.0"),
        (441, "5.1.4"),
        (479, "5.3.3"),
        (493, "5.4.0"),
        (494, "5.4.1-SNAPSHOT"),
        (121, "before 4.0.0 (version number 121)"),
    ],
)
def test_names(version: int, name: str) -> None:
    assert release_name(version) == name


@pytest.mark.parametrize(
    ("version", "release", "expected"),
    [(407, "5.0.0", True), (412, "5.0.0", True), (413, "5.0.0", False), (475, "5.3.2", True), (407, None, False)],
)
def test_is_older(version: int, release: str | None, expected: bool) -> None:
    assert is_older(version, release) is expected


async def test_a_server_that_is_too_old(face: Face) -> None:
    with FakeBroker(version="4.9.7") as broker:
        async with await face.client(broker.address) as client:
            with pytest.raises(BrokerResponseError) as raised:
                await client.get_topic_config("orders")
    assert raised.value.reason == (
        "answered 3 REQUEST_CODE_NOT_SUPPORTED: this needs RocketMQ 5.0.0 or later, the server is 4.9.7"
    )
    assert raised.value.response_code == 3
    assert raised.value.remark == " request type 351 not supported"


async def test_a_server_that_is_new_enough_and_refuses_speaks_for_itself(face: Face) -> None:
    with FakeBroker() as broker:
        broker.faults.add(Fault.reply(3, " request type 351 not supported"))
        async with await face.client(broker.address) as client:
            with pytest.raises(BrokerResponseError, match="request type 351 not supported"):
                await client.get_topic_config("orders")
