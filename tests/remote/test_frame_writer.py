"""`FrameWriter` over a stream that takes no bytes."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING, cast

import pytest

from pyrocketmq.remote.errors import Loss, RemoteConnectionError
from pyrocketmq.remote.frame_writer import FrameWriter, withdraw
from pyrocketmq.remote.metrics import Counters

if TYPE_CHECKING:
    from collections.abc import Callable, Sized

    from pyrocketmq.remote.stream import Stream


class FailingStream:
    """Fails every send."""

    send_flags = 0

    def __init__(self, error: OSError) -> None:
        self._error = error

    def send(self, data: bytes, flags: int) -> int:
        raise self._error

    def wait_writable(self, seconds: float | None) -> bool:
        return False


class TakingStream:
    """Takes all bytes, and none while it is full."""

    send_flags = 0

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_full = False
        self.has_room = threading.Event()

    def send(self, data: bytes | memoryview, flags: int) -> int:
        if self.is_full:
            raise BlockingIOError
        self.sent.append(bytes(data))
        return len(data)

    def wait_writable(self, seconds: float | None) -> bool:
        return self.has_room.wait(None if seconds is None else max(0.0, seconds))


def writer(error: OSError, lose: Callable[[Loss], None]) -> FrameWriter:
    return writer_to(FailingStream(error), (), lose)


def writer_to(
    stream: FailingStream | TakingStream, senders: Sized, lose: Callable[[Loss], None] = lambda loss: None
) -> FrameWriter:
    return FrameWriter(
        cast("Stream", stream),
        Counters(),
        1.0,
        lambda error: Loss(RemoteConnectionError, str(error), error),
        lose,
        senders,
    )


def test_frames_wait_for_those_of_others() -> None:
    stream, senders = TakingStream(), ["another"]
    joining = writer_to(stream, senders)
    for frame in (b"a", b"b", b"c"):
        assert joining.write([frame], monotonic() + 30)
    assert stream.sent == []
    senders.clear()
    joining.flush()
    assert stream.sent == [b"abc"]
    joining.flush()
    assert joining.write([b"d"], monotonic() + 30)
    assert stream.sent == [b"abc", b"d"]


def test_no_more_than_a_few_frames_wait() -> None:
    stream = TakingStream()
    joining = writer_to(stream, ["another"])
    for _ in range(20):
        assert joining.write([b"a"], monotonic() + 30)
    assert stream.sent == [b"a" * 8, b"a" * 8]
    assert joining.write([b"oneway"], monotonic() + 30, wait=True), "who waits for its frame, sends"
    assert stream.sent[2:] == [b"aaaaoneway"]


def test_flush_does_not_wait() -> None:
    stream = TakingStream()
    joining = writer_to(stream, ["another"])
    outgoing = [b"a"]
    assert joining.write(outgoing, monotonic() + 30)
    stream.is_full = True
    joining.flush()
    assert stream.sent == []
    stream.is_full = False
    stream.has_room.set()
    assert joining.lock.acquire(timeout=30), "another thread goes on"
    assert stream.sent == [b"a"]
    assert not withdraw(outgoing)


def test_nobody_finds_the_stream_broken_before_the_loss_is_told() -> None:
    """Who is told that a frame was sent looks for a loss, so that has to be there."""
    returned = threading.Event()

    def write_meanwhile() -> None:
        broken.write([b"another"], monotonic() + 30, wait=True)
        returned.set()

    def lose(loss: Loss) -> None:
        other.start()
        assert not returned.wait(0.05), "it stays until the loss is told"

    other = threading.Thread(target=write_meanwhile)
    broken = writer(OSError("reset"), lose)
    assert broken.write([b"one"], monotonic() + 30)
    other.join(30)
    assert returned.is_set()


def test_lock_is_free_where_no_thread_can_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    losses: list[Loss] = []
    full = writer(BlockingIOError(), losses.append)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert not full.write([b"one"], monotonic())
    (loss,) = losses
    assert "no thread can be started" in loss.reason
    assert full.lock.acquire(blocking=False)
