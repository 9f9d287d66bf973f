"""What only the sync side has: a thread that reads for others, interruptions, and systems without `poll`."""

from __future__ import annotations

import select
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from scripted_server import WAIT, ScriptedServer, answer, take_nothing

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.remote import Remote, RemoteConfig, RemoteConnectionError, RemoteTimeoutError
from pyrocketmq.remote import worker as worker_module

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripted_server import Peer


def test_one_thread_beside_the_callers(server: ScriptedServer) -> None:
    before = threading.active_count()
    with Remote(server.address) as remote:
        for _ in range(10):
            remote.invoke(RemotingCommand(1))
        names = [thread.name for thread in threading.enumerate() if thread.name.startswith("rocketmq")]
        assert names == [f"rocketmq-watcher-{server.address}"]
    assert not any(thread.name.startswith("rocketmq") for thread in threading.enumerate())
    assert threading.active_count() <= before + 1  # the server's thread may still be ending


def test_reader_that_times_out_hands_over(serve: Callable[..., ScriptedServer]) -> None:
    held: list[tuple[Peer, RemotingCommand]] = []
    server = serve(lambda peer, request: held.append((peer, request)))
    with Remote(server.address) as remote:
        outcomes: dict[str, object] = {}

        def call(name: str, timeout: float) -> None:
            try:
                outcomes[name] = remote.invoke(RemotingCommand(1), timeout).code
            except RemoteTimeoutError as error:
                outcomes[name] = error

        threads = [threading.Thread(target=call, args=args) for args in (("reader", 0.1), ("follower", WAIT))]
        for number, thread in enumerate(threads, 1):
            thread.start()
            while len(held) < number:
                time.sleep(0.001)
        threads[0].join(WAIT)
        held[1][0].answer(held[1][1])
        threads[1].join(WAIT)
        assert isinstance(outcomes["reader"], RemoteTimeoutError)
        assert outcomes["follower"] == 0


class Interruption:
    """What a signal's handler does to the thread that it runs in: raise, before or after the bytes have moved."""

    def __init__(self, method: Callable[..., Any], *, after: bool) -> None:
        self.method = method
        self.after = after

    def __call__(self, *args: Any) -> int:
        if self.after:
            self.method(*args)
        raise KeyboardInterrupt


@pytest.mark.parametrize(("method", "after"), [("receive", True), ("send", False), ("send", True)])
def test_interruption_among_bytes_costs_the_connection(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, method: str, after: bool
) -> None:
    """Nobody knows then how many bytes have gone which way; the next call must not find half a frame."""
    with Remote(server.address) as remote:
        remote.invoke(RemotingCommand(1))
        connection = remote._connection
        assert connection is not None
        original = getattr(connection._stream, method)
        monkeypatch.setattr(connection._stream, method, Interruption(original, after=after))
        with pytest.raises(KeyboardInterrupt):
            remote.invoke(RemotingCommand(1))
        assert connection.loss is not None
        assert "interrupted" in connection.loss.reason
        assert remote.invoke(RemotingCommand(1)).code == 0
        assert remote.metrics.in_flight == 0
        assert remote.metrics.reconnects == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a thread cannot be sent a signal there")
@pytest.mark.parametrize("seconds_waited", [0.01, 0.2])  # inside the receiving call, and inside `poll`
def test_interruption_while_waiting_keeps_the_connection(
    serve: Callable[..., ScriptedServer], seconds_waited: float
) -> None:
    """Ctrl-C in a session ends the call, and not those of other threads."""
    held: list[tuple[Peer, RemotingCommand]] = []
    server = serve(lambda peer, request: held.append((peer, request)))

    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR2, interrupt)
    try:
        with Remote(server.address) as remote:
            caller = threading.get_ident()

            def interrupt_soon() -> None:
                while not held:
                    time.sleep(0.001)
                time.sleep(seconds_waited)
                signal.pthread_kill(caller, signal.SIGUSR2)

            thread = threading.Thread(target=interrupt_soon)
            thread.start()
            with pytest.raises(KeyboardInterrupt):
                remote.invoke(RemotingCommand(1), timeout=WAIT)
            thread.join(WAIT)
            server.script = answer
            held[0][0].answer(held[0][1])
            assert remote.invoke(RemotingCommand(2)).ext_fields == {"code_received": "2"}
            assert remote.metrics.connects == 1
            assert remote.metrics.late_answers == 1
            assert remote.metrics.in_flight == 0
    finally:
        signal.signal(signal.SIGUSR2, before)


def test_without_poll(serve: Callable[..., ScriptedServer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "poll", raising=False)
    server = serve()
    with Remote(server.address, RemoteConfig()) as remote:
        assert remote.invoke(RemotingCommand(1)).code == 0
        server.script = lambda peer, request: None
        with pytest.raises(RemoteTimeoutError):
            remote.invoke(RemotingCommand(1), timeout=0.05)
        server.script = answer
        assert len(remote.invoke(RemotingCommand(1, body=bytes(5_000_000))).body) == 0
        server.peers[0].close()
        deadline = time.monotonic() + WAIT
        while remote.is_connected:
            assert time.monotonic() < deadline


def test_closing_wakes_a_sender(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    with Remote(server.address) as remote:
        caught: list[RemoteConnectionError] = []

        def send() -> None:
            try:
                while True:
                    remote.invoke_oneway(RemotingCommand(1, body=bytes(1_000_000)), timeout=WAIT * 2)
            except RemoteConnectionError as error:
                caught.append(error)

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        before = -1
        while remote.metrics.bytes_out != before:
            before = remote.metrics.bytes_out
            time.sleep(0.05)
        started = time.monotonic()
        remote.close()
        for thread in threads:
            thread.join(WAIT)
        assert len(caught) == 4
        assert time.monotonic() - started < WAIT


def test_too_many_pushes_are_dropped(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker_module, "_QUEUE_LIMIT", 2)
    release = threading.Event()
    with Remote(server.address, RemoteConfig(handler_threads=1)) as remote:
        remote.register_request_handler(307, lambda command: release.wait(WAIT) and None)
        remote.invoke(RemotingCommand(1))
        for opaque in range(20):
            server.peers[0].push(307, opaque=opaque)
        deadline = time.monotonic() + WAIT
        while remote.metrics.pushes < 20:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        assert remote.invoke(RemotingCommand(1)).code == 0
        assert "dropped: too many are being handled" in caplog.text
        release.set()


def test_waiting_for_a_thread_that_connects_has_a_deadline(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    remote = Remote(server.address, RemoteConfig(tls=True, connect_timeout=0.4))
    outcomes: list[RemoteConnectionError] = []

    def connect() -> None:
        try:
            remote.connect()
        except RemoteConnectionError as error:
            outcomes.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    while not server.peers:
        time.sleep(0.001)
    with pytest.raises(RemoteTimeoutError, match="another thread is still connecting"):
        remote.invoke(RemotingCommand(1), timeout=0.02)
    thread.join(WAIT)
    assert "TLS handshake failed: timed out" in str(outcomes[0])


def call_in_vain(remote: Remote, timeout: float) -> None:
    with pytest.raises(RemoteTimeoutError):
        remote.invoke(RemotingCommand(1), timeout)


def test_short_deadline_of_one_is_no_failure_for_others(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(on_connect=take_nothing)
    remote = Remote(server.address, RemoteConfig(tls=True, connect_timeout=0.4))
    short = threading.Thread(target=call_in_vain, args=(remote, 0.1))
    short.start()
    while not server.peers:
        time.sleep(0.001)
    with pytest.raises(RemoteConnectionError):
        remote.connect()
    short.join(WAIT)
    assert len(server.peers) == 2, "the second thread made its own attempt"
