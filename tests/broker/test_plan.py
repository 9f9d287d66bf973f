"""Calls, deadlines and repetitions, driven by hand: no broker, no clock that runs, no sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyrocketmq.broker import (
    AuthorizationError,
    BrokerBusyError,
    BrokerConnectionError,
    BrokerProtocolError,
    BrokerResponseError,
    BrokerSystemError,
    BrokerTimeoutError,
    ClientConfig,
    MessagePullError,
    OffsetError,
    RetryPolicy,
)
from pyrocketmq.broker.context import ClientContext
from pyrocketmq.broker.plan import Exchange, Oneway, Sleep, call, tell
from pyrocketmq.model import RemotingCommand, ResponseCode
from pyrocketmq.model.requests import (
    GetBrokerClusterInfo,
    PullMessage,
    QueryConsumerOffset,
    SendMessageV2,
    UpdateConsumerOffset,
)
from pyrocketmq.remote import Address, RemoteConnectionError, RemoteProtocolError, RemoteTimeoutError

if TYPE_CHECKING:
    from pyrocketmq.model.declaration import Request

ADDRESS = Address("127.0.0.1", 10911)
OFFSET = QueryConsumerOffset(consumer_group="g", topic="t", queue_id=0)
SEND = SendMessageV2(producer_group="g", topic="t", queue_id=0, born_timestamp=0, body=b"x")
PULL = PullMessage(consumer_group="g", topic="t", queue_id=0, queue_offset=0)
EAGER = RetryPolicy(max_attempts=3, backoff=0.001, jitter=0)


@pytest.fixture
def context() -> ClientContext:
    return ClientContext(str(ADDRESS), 5.0, ClientConfig())


def answer(code: int = 0, remark: str | None = None, **fields: str) -> RemotingCommand:
    return RemotingCommand(code, flag=1, remark=remark, ext_fields=fields, version=493)


def drive(plan: Any, *outcomes: RemotingCommand | Exception) -> tuple[Any, list[Any]]:
    """Give a plan its outcomes, one per exchange; return its result and the effects that it yielded."""
    effects = []
    remaining = list(outcomes)
    effect = plan.send(None)
    while True:
        effects.append(effect)
        try:
            if isinstance(effect, Sleep):
                effect = plan.send(None)
            elif isinstance(outcome := remaining.pop(0), Exception):
                effect = plan.throw(outcome)
            else:
                effect = plan.send(outcome)
        except StopIteration as done:
            assert not remaining
            return done.value, effects


def test_reads_the_reply_and_learns_the_version(context: ClientContext) -> None:
    reply, effects = drive(call(context, OFFSET), answer(offset="7"))
    assert reply.offset == 7
    assert effects == [Exchange(OFFSET, 5.0)]
    assert context.server_version == 493


def test_hold_extends_the_default_deadline_only(context: ClientContext) -> None:
    _, effects = drive(call(context, OFFSET, hold=20.0), answer(offset="7"))
    assert effects == [Exchange(OFFSET, 25.0, 20.0)]
    _, effects = drive(call(context, OFFSET, 3.0, hold=20.0), answer(offset="7"))
    assert effects == [Exchange(OFFSET, 3.0, 20.0)]


def test_tell_sends_one_way(context: ClientContext) -> None:
    request = UpdateConsumerOffset(consumer_group="g", topic="t", queue_id=0, commit_offset=1)
    result, effects = drive(tell(context, request, 2.0), answer())
    assert result is None
    assert effects == [Oneway(request, 2.0)]


@pytest.mark.parametrize(
    ("request_", "code", "remark", "expected"),
    [
        (OFFSET, ResponseCode.QUERY_NOT_FOUND, "Not found", OffsetError),
        (OFFSET, ResponseCode.SYSTEM_ERROR, "oops", OffsetError),
        (OFFSET, ResponseCode.SYSTEM_BUSY, "[OVERLOAD]", BrokerBusyError),
        (OFFSET, ResponseCode.NO_PERMISSION, "no", AuthorizationError),
        (PULL, ResponseCode.TOPIC_NOT_EXIST, "no topic", MessagePullError),
        (PULL, ResponseCode.FLOW_CONTROL, "slow down", BrokerBusyError),
        (SEND, ResponseCode.SYSTEM_ERROR, "oops", BrokerResponseError),
        (SEND, ResponseCode.MESSAGE_ILLEGAL, "too large", BrokerResponseError),
        (SEND, ResponseCode.NO_PERMISSION, "denied", AuthorizationError),
        (
            SEND,
            ResponseCode.SYSTEM_ERROR,
            "org.apache.rocketmq.acl.common.AclException: No accessKey is configured",
            AuthorizationError,
        ),
        (GetBrokerClusterInfo(), ResponseCode.SYSTEM_ERROR, "oops", BrokerSystemError),
        (GetBrokerClusterInfo(), ResponseCode.REQUEST_CODE_NOT_SUPPORTED, "no", BrokerResponseError),
        (GetBrokerClusterInfo(), 31337, None, BrokerResponseError),
    ],
)
def test_refusals(context: ClientContext, request_: Request[Any], code: int, remark: str, expected: type) -> None:
    with pytest.raises(expected) as raised:
        drive(call(context, request_, retry=None), answer(code, remark))
    error = raised.value
    assert type(error) is expected
    assert (error.response_code, error.remark, error.request_code) == (code, remark, request_.CODE)
    assert error.broker_addr == str(ADDRESS)
    assert "\n" not in str(error)
    assert str(code) in str(error)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (RemoteConnectionError("refused", address=ADDRESS), BrokerConnectionError),
        (RemoteTimeoutError("no answer", address=ADDRESS, opaque=7, elapsed=5.0, written=True), BrokerTimeoutError),
        (RemoteProtocolError("speaks HTTP", address=ADDRESS), BrokerProtocolError),
    ],
)
def test_transport_failures(context: ClientContext, cause: Any, expected: type) -> None:
    with pytest.raises(expected) as raised:
        drive(call(context, OFFSET, retry=None), cause)
    error = raised.value
    assert type(error) is expected
    assert error.__cause__ is cause
    assert (error.opaque, error.elapsed, error.may_have_arrived) == (cause.opaque, cause.elapsed, cause.written)


def test_an_answer_that_does_not_decode_is_a_protocol_error(context: ClientContext) -> None:
    with pytest.raises(BrokerProtocolError, match="offset"):
        drive(call(context, OFFSET), answer(offset="many"))


def test_sends_are_repeated_only_while_unsent(context: ClientContext) -> None:
    unsent = RemoteConnectionError("reset", address=ADDRESS, written=False)
    _, effects = drive(call(context, SEND), unsent, answer(msgId="1", queueId="0", queueOffset="0"))
    assert [type(effect) for effect in effects] == [Exchange, Sleep, Exchange]
    assert context.retries == 1
    for failure in (
        RemoteConnectionError("reset", address=ADDRESS, written=True),
        RemoteTimeoutError("late", address=ADDRESS, written=True),
    ):
        with pytest.raises((BrokerConnectionError, BrokerTimeoutError)):
            drive(call(context, SEND), failure)
    with pytest.raises(BrokerBusyError):
        drive(call(context, SEND), answer(ResponseCode.SYSTEM_BUSY))


def test_repeating_what_may_have_arrived_is_opt_in(context: ClientContext) -> None:
    policy = RetryPolicy(max_attempts=2, backoff=0.001, retry_on=(BrokerTimeoutError,), repeat_arrived=True)
    late = RemoteTimeoutError("late", address=ADDRESS, written=True)
    reply, _ = drive(call(context, SEND, retry=policy), late, answer(msgId="1", queueId="0", queueOffset="0"))
    assert reply.queue_offset == 0


def test_what_one_attempt_may_have_done_stays_possible(context: ClientContext) -> None:
    policy = RetryPolicy(max_attempts=2, backoff=0.001, repeat_arrived=True)
    lost = RemoteConnectionError("reset", address=ADDRESS, written=True)
    refused = RemoteConnectionError("refused", address=ADDRESS, written=False)
    with pytest.raises(BrokerConnectionError, match="refused") as raised:
        drive(call(context, SEND, retry=policy), lost, refused)
    assert raised.value.may_have_arrived


def test_gives_up_after_the_last_attempt_and_says_how_many(context: ClientContext) -> None:
    lost = [RemoteConnectionError("refused", address=ADDRESS) for _ in range(3)]
    with pytest.raises(BrokerConnectionError, match=r"after 3 attempts") as raised:
        drive(call(context, OFFSET, retry=EAGER), *lost)
    assert raised.value.attempts == 3
    assert raised.value.__cause__ is lost[-1]


def test_never_waits_beyond_the_deadline(context: ClientContext) -> None:
    slow = RetryPolicy(max_attempts=9, backoff=10.0, max_backoff=10.0, jitter=0)
    with pytest.raises(BrokerConnectionError):
        drive(call(context, OFFSET, 5.0, slow), RemoteConnectionError("refused", address=ADDRESS))


def test_backoff_doubles_up_to_its_limit() -> None:
    policy = RetryPolicy(max_attempts=9, backoff=0.1, max_backoff=0.5, jitter=0)
    error = BrokerConnectionError("lost")
    waits = [policy.wait_after(attempt, error) for attempt in range(1, 6)]
    assert waits == pytest.approx([0.1, 0.2, 0.4, 0.5, 0.5])


def test_jitter_takes_its_part() -> None:
    policy = RetryPolicy(max_attempts=9, backoff=0.1, jitter=0.5)
    waits = [policy.wait_after(1, BrokerConnectionError("lost")) for _ in range(200)]
    assert all(wait is not None and 0.05 <= wait <= 0.1 for wait in waits)
    assert len(set(waits)) > 1


@pytest.mark.parametrize("wrong", [{"max_attempts": 0}, {"backoff": 3.0}, {"jitter": 1.5}, {"backoff": -1}])
def test_policies_refuse_values_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RetryPolicy(**wrong)
