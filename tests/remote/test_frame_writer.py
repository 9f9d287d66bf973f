"""`FrameWriter` over a stream that takes no bytes."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING, cast

import pytest

from pyrocketmq.remote.errors import Loss, RemoteConnectionError
from pyrocketmq.remote.frame_writer import FrameWriter
from pyrocketmq.remote.metrics import Counters

if TYPE_CHECKING:
    from collections.abc import Callable

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


def writer(error: OSError, lose: Callable[[Loss], None]) -> FrameWriter:
    stream = cast("Stream", FailingStream(error))
    return FrameWriter(stream, Counters(), 1.0, lambda error: Loss(RemoteConnectionError, str(error), error), lose)


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
