"""Results of sends and pulls."""

from __future__ import annotations

import pytest

from pyrocketmq.model import MessageQueue, PullMessageResult, PullStatus, SendMessageResult, SendStatus
from pyrocketmq.model.requests import PullMessage, SendMessageV2
from pyrocketmq.model.result_data import SEND_STATUS


def test_every_result_of_a_request_has_a_status() -> None:
    assert SEND_STATUS.keys() == SendMessageV2.RESULTS
    assert set(SEND_STATUS.values()) == set(SendStatus)
    assert {PullStatus.of(code) for code in PullMessage.RESULTS} == set(PullStatus)


@pytest.mark.parametrize(
    ("code", "status"),
    [(0, "SEND_OK"), (10, "FLUSH_DISK_TIMEOUT"), (11, "SLAVE_NOT_AVAILABLE"), (12, "FLUSH_SLAVE_TIMEOUT")],
)
def test_status_of_a_send(code: int, status: str) -> None:
    assert SEND_STATUS[code].name == status


@pytest.mark.parametrize(
    ("code", "status"), [(0, "FOUND"), (19, "NO_NEW_MSG"), (20, "NO_MATCHED_MSG"), (21, "OFFSET_ILLEGAL")]
)
def test_status_of_a_pull(code: int, status: str) -> None:
    assert PullStatus.of(code).name == status


def test_repr() -> None:
    sent = SendMessageResult(SendStatus.SEND_OK, "id", "offset id", MessageQueue("orders", "broker-a", 0), 7)
    assert repr(sent) == (
        "SendMessageResult(SEND_OK, msg_id='id', "
        "message_queue=MessageQueue(topic='orders', broker_name='broker-a', queue_id=0), queue_offset=7)"
    )
    pulled = PullMessageResult(PullStatus.FOUND, [], 1, 0, 9)
    assert pulled.message_count == 0
    assert repr(pulled) == (
        "PullMessageResult(FOUND, message_count=0, next_begin_offset=1, min_offset=0, max_offset=9)"
    )
