"""What goes wrong on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from requests_of import send
from wire_client import WireClient

from pyrocketmq.model.enums import RequestCode, ResponseCode
from pyrocketmq.model.requests import GetMaxOffset, NotifyConsumerIdsChanged
from pyrocketmq.testkit import FakeBroker, Fault, UnusedFaultError

if TYPE_CHECKING:
    from pyrocketmq.testkit import VirtualClock

ASK = GetMaxOffset(topic="t", queue_id=0)
CODE = RequestCode.GET_MAX_OFFSET
QUIET = 0.05


def test_a_refusal_instead_of_handling(broker: FakeBroker, client: WireClient) -> None:
    fault = broker.faults.add(Fault.reply(ResponseCode.SYSTEM_BUSY, "[busy]", {"a": "b"}).times(2))
    answers = [client.call(send()) for _ in range(3)]
    assert [answer.code for answer in answers] == [2, 2, 0]
    assert (answers[0].remark, answers[0].ext_fields) == ("[busy]", {"a": "b"})
    assert fault.hits == 2
    assert len(broker.messages("t")) == 1


def test_a_late_answer_follows_the_clock(broker: FakeBroker, clock: VirtualClock, client: WireClient) -> None:
    broker.faults.add(Fault.delay(3.0).on(code=CODE))
    opaque = client.start(ASK)
    broker.settle()
    clock.advance(seconds=2.9)
    assert not client.has_answer(opaque)
    clock.advance(seconds=0.2)
    assert client.answer(opaque).code == 0


@pytest.mark.parametrize(("handled", "stored"), [(True, 1), (False, 0)])
def test_silence(broker: FakeBroker, client: WireClient, handled: bool, stored: int) -> None:
    broker.faults.add(Fault.silence(handled=handled).on(code=RequestCode.SEND_MESSAGE_V2))
    opaque = client.start(send())
    broker.settle()
    assert not client.has_answer(opaque)
    assert len(broker.messages("t")) == stored


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_closed_before_anything_is_read(broker: FakeBroker, reset: bool) -> None:
    broker.faults.add(Fault.close_on_connect(reset=reset).on(server="broker-a").times(1))
    with pytest.raises(ConnectionError), WireClient(broker.address) as client:
        client.call(ASK)
    with WireClient(broker.address) as client:
        assert client.call(ASK).code == 0


@pytest.mark.parametrize(("handled", "stored"), [(True, 1), (False, 0)])
@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_closed_after_reading(
    broker: FakeBroker, client: WireClient, reset: bool, handled: bool, stored: int
) -> None:
    broker.faults.add(Fault.close_after_reading(reset=reset, handled=handled))
    client.start(send())
    assert client.is_closed_within()
    assert len(broker.messages("t")) == stored


def test_a_connection_closed_after_answering(broker: FakeBroker, client: WireClient) -> None:
    broker.faults.add(Fault.close_after_answering())
    assert client.call(ASK).code == 0
    assert client.is_closed_within()


def test_a_half_closed_connection(broker: FakeBroker, client: WireClient) -> None:
    broker.faults.add(Fault.half_close().times(1))
    assert client.call(ASK).code == 0
    assert client.is_closed_within()
    client.start(send())
    broker.settle()
    assert len(broker.messages("t")) == 1


def test_an_answer_in_slices(broker: FakeBroker, client: WireClient) -> None:
    broker.faults.add(Fault.slices(3))
    assert client.call(ASK).ext_fields == {"offset": "0"}


def test_an_answer_that_breaks_off(broker: FakeBroker, client: WireClient) -> None:
    broker.faults.add(Fault.cut(10))
    client.start(ASK)
    assert client.is_closed_within()
    assert client.frames == []


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.flip(-1), lambda frame: frame[:-1] + bytes([frame[-1] ^ 0xFF])),
        (Fault.wrong_length(5), lambda frame: (int.from_bytes(frame[:4], "big") + 5).to_bytes(4, "big") + frame[4:]),
        (Fault.answer_twice(), lambda frame: frame + frame),
    ],
    ids=["flip", "length", "twice"],
)
def test_changed_bytes(broker: FakeBroker, client: WireClient, fault: Fault, expected) -> None:
    broker.faults.add(fault)
    client.start(ASK)
    broker.settle()
    intact = broker.requests.where(code=CODE)[0].answer_frame
    assert client.socket.recv(65536) == expected(intact)


def test_the_answer_to_a_request_that_nobody_made(broker: FakeBroker, client: WireClient) -> None:
    broker.faults.add(Fault.wrong_opaque(7))
    opaque = client.start(ASK)
    client.receive_until(lambda: opaque + 7 in client.answers)


def test_two_answers_in_the_wrong_order(broker: FakeBroker, client: WireClient) -> None:
    broker.faults.add(Fault.swap_answers())
    first, second = client.start(ASK), client.start(ASK)
    client.receive_until(lambda: len(client.answers) == 2)
    assert list(client.answers) == [second, first]


def test_a_request_that_nobody_asked_for(broker: FakeBroker, client: WireClient) -> None:
    broker.faults.add(Fault.unasked_request(NotifyConsumerIdsChanged(consumer_group="g")))
    assert client.call(ASK).code == 0
    assert client.push(RequestCode.NOTIFY_CONSUMER_IDS_CHANGED).ext_fields == {"consumerGroup": "g"}


def test_conditions(broker: FakeBroker, client: WireClient) -> None:
    def codes(fault: Fault, *topics: str) -> list[int]:
        broker.faults.add(fault)
        answers = [client.call(GetMaxOffset(topic=topic, queue_id=1)).code for topic in topics]
        broker.faults.remove(fault)
        return answers

    def refusal() -> Fault:
        return Fault.reply(9)

    assert codes(refusal().on(topic="a"), "a", "b") == [9, 0]
    assert codes(refusal().on(queue_id=2), "a") == [0]
    assert codes(refusal().on(group="g"), "a") == [0]
    assert codes(refusal().on(server="namesrv"), "a") == [0]
    assert codes(refusal().on(matching=lambda exchange: exchange.fields["topic"] == "b"), "a", "b") == [0, 9]
    assert codes(refusal().nth(2), "a", "a", "a") == [0, 9, 0]
    chances = codes(refusal().probability(0.5, seed=3), *["a"] * 30)
    assert 5 < chances.count(9) < 25
    assert chances == codes(refusal().probability(0.5, seed=3), *["a"] * 30)


def test_the_first_fault_that_strikes_counts(broker: FakeBroker, client: WireClient) -> None:
    broker.faults.add(Fault.reply(8).times(1))
    broker.faults.add(Fault.reply(9).times(1))
    assert [client.call(ASK).code for _ in range(3)] == [8, 9, 0]


def test_a_fault_that_never_happened_fails_the_test() -> None:
    with (
        pytest.raises(UnusedFaultError, match=r"never happened: <fault Reply on code=30: 0 hits>"),
        FakeBroker() as fake,
    ):
        fake.faults.add(Fault.reply(1).on(code=30))


def test_unless_it_is_optional_or_was_taken_away() -> None:
    with FakeBroker() as fake:
        fake.faults.add(Fault.reply(1).optional())
        fake.faults.remove(fake.faults.add(Fault.reply(1)))
    with FakeBroker() as fake:
        fake.faults.add(Fault.reply(1))
        fake.faults.clear()
