"""`Session`: correlation without a socket."""

from __future__ import annotations

import gc
from types import MethodType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.errors import FrameTooLargeError, ProtocolError
from pyrocketmq.remote.metrics import Counters
from pyrocketmq.remote.session import Received, Session


def session(first_opaque: int | None = None, **options: int) -> Session[str]:
    return Session(Counters(), first_opaque=first_opaque, **options)


def reply(opaque: int) -> RemotingCommand:
    return RemotingCommand(0, opaque=opaque, flag=1)


def test_answer_reaches_its_waiter_once() -> None:
    s = session()
    first, second = s.open("first"), s.open("second")
    assert s.receive(reply(second)) == "second"
    assert s.receive(reply(second)) is Received.LATE
    assert s.receive(reply(first)) == "first"
    assert not s.waiters


def test_opaque_wraps_around() -> None:
    s = session(2**31 - 2)
    assert [s.open("x") for _ in range(4)] == [2**31 - 2, 2**31 - 1, -(2**31), -(2**31) + 1]


def test_opaque_of_a_waiting_call_is_not_given_again() -> None:
    s = session(5)
    for _ in range(3):
        s.open("x")
    s.receive(reply(6))
    s._next = 5
    assert s.next_opaque() == 6
    assert s.next_opaque() == 8
    s._next = 2**31 - 1
    s.waiters[2**31 - 1] = "x"
    assert s.next_opaque() == -(2**31)


def test_opaques_start_anywhere() -> None:
    assert len({session().next_opaque() for _ in range(20)}) > 15


def test_request_with_the_opaque_of_a_call_is_a_push() -> None:
    s = session(7)
    s.open("x")
    assert s.receive(RemotingCommand(40, opaque=7, flag=2)) is Received.PUSHED
    assert s.receive(RemotingCommand(307, opaque=7)) is Received.PUSHED
    assert s.receive(reply(7)) == "x"


def test_abandoned_call() -> None:
    s = session()
    opaque = s.open("x")
    assert s.abandon(opaque) == "x"
    assert s.abandon(opaque) is None
    assert s.receive(reply(opaque)) is Received.LATE


def test_fail_all() -> None:
    s = session()
    opaques = [s.open(name) for name in "abc"]
    s.receive(reply(opaques[1]))
    assert s.fail_all() == {opaques[0]: "a", opaques[2]: "c"}
    assert s.fail_all() == {}


def test_three_timeouts_in_a_row() -> None:
    s = session()
    assert not s.time_out(s.open("a"), started=0.0, now=1.0)
    assert not s.time_out(s.open("b"), started=1.0, now=2.0)
    assert s.time_out(s.open("c"), started=2.0, now=3.0)
    assert not s.waiters


def test_overlapping_timeouts_count_once() -> None:
    s = session()
    assert not any(s.time_out(s.open("a"), started=0.0, now=1.0 + n / 100) for n in range(10))


def test_anything_received_ends_the_row() -> None:
    s = session()
    s.time_out(s.open("a"), started=0.0, now=1.0)
    s.time_out(s.open("b"), started=1.0, now=2.0)
    s.receive(RemotingCommand(40, flag=2))
    assert not s.time_out(s.open("c"), started=2.0, now=3.0)


def feed(s: Session[str], data: bytes, *, lends_always: bool = False) -> list[tuple[object, RemotingCommand]]:
    found = []
    while data:
        buffer = s.get_buffer() if lends_always else s.rest_buffer()
        size = len(data) if buffer is None else min(len(buffer), len(data))
        if buffer is not None:
            buffer[:size] = data[:size]
            buffer.release()
        frames = s.frames(size) if lends_always else s.take(data if buffer is None else size)
        for frame in frames:
            command = RemotingCommand.decode(frame)
            found.append((s.receive(command), command))
        data = data[size:]
    return found


def test_a_session_that_has_ended_does_not_hold_itself() -> None:
    unused, used = session(), session(5)
    used.open("x")
    feed(used, reply(5).encode())
    for s in (unused, used):
        s.fail_all()
        assert not any(isinstance(holder, MethodType) for holder in gc.get_referrers(s))


@pytest.mark.parametrize("lends_always", [False, True])
@given(data=st.data())
def test_bytes_in_any_pieces(data: st.DataObject, *, lends_always: bool) -> None:
    s = session(10)
    opaques = [s.open(name) for name in "abcd"]
    order = data.draw(st.permutations(opaques))
    stream = b"".join(reply(opaque).encode() for opaque in order)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += feed(s, stream[start:end], lends_always=lends_always)
    assert [waiter for waiter, _ in found] == ["abcd"[opaque - 10] for opaque in order]


@pytest.mark.parametrize("lends_always", [False, True])
def test_foreign_stream(*, lends_always: bool) -> None:
    with pytest.raises(ProtocolError, match="TLS"):
        feed(session(), lends_always=lends_always, data=b"\x15\x03\x01\x00\x02\x02\x0a")


def test_only_the_start_of_a_stream_can_be_foreign() -> None:
    s = session(5)
    s.open("x")
    frame = RemotingCommand(0, opaque=5, flag=1, body=b"HTTP/1.1 200 OK").encode()
    assert feed(s, frame[:-15]) == []
    assert [waiter for waiter, _ in feed(s, frame[-15:])] == ["x"]


def test_frame_limit() -> None:
    with pytest.raises(FrameTooLargeError):
        feed(session(max_frame_size=100), RemotingCommand(0, body=bytes(100)).encode())


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_give_commands_or_a_protocol_error(data: bytes) -> None:
    try:
        found = feed(session(), data)
    except ProtocolError:
        return
    assert all(waiter in (Received.PUSHED, Received.LATE) for waiter, _ in found)
