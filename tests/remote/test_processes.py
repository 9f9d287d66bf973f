"""Forked processes, and the end of the interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripted_server import ScriptedServer

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

PRELUDE = """
import asyncio, os, sys, threading, time, warnings
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.remote import AsyncConnectionPool, AsyncRemote, ConnectionPool, Remote, RemoteConfig

address = sys.argv[1]

def fork_and_wait(child):
    sys.stdout.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer Pythons advise against forking with threads: that is the point here
        pid = os.fork()
    if pid == 0:
        try:
            child()
            sys.stdout.flush()
            os._exit(0)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

def call(remote, code):
    print(remote.invoke(RemotingCommand(code)).ext_fields["code_received"])
"""


def run(server: ScriptedServer, script: str) -> list[str]:
    """Run a script in a process of its own; return its output. It must end well, in time, and say nothing else."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PRELUDE + textwrap.dedent(script), server.address],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout.split()


@needs_fork
def test_child_opens_its_own_connection(server: ScriptedServer) -> None:
    output = run(
        server,
        """
        remote = Remote(address)
        call(remote, 1)
        fork_and_wait(lambda: (call(remote, 2), remote.close()))
        call(remote, 3)
        assert remote.metrics.connects == 1
        remote.close()
        """,
    )
    assert output == ["1", "2", "3"]
    assert len(server.peers) == 2


@needs_fork
def test_fork_while_other_threads_call(server: ScriptedServer) -> None:
    """Locks may be held by threads that the child does not have."""
    run(
        server,
        """
        remote = Remote(address)
        stop = threading.Event()
        def calls():
            while not stop.is_set():
                remote.invoke(RemotingCommand(1))
        threads = [threading.Thread(target=calls) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(10):
            fork_and_wait(lambda: (call(remote, 2), remote.close()))
        stop.set()
        for thread in threads:
            thread.join()
        assert remote.metrics.connects == 1, remote.metrics
        remote.close()
        """,
    )


@needs_fork
def test_child_that_does_not_use_the_connection(server: ScriptedServer) -> None:
    run(
        server,
        """
        remote = Remote(address)
        call(remote, 1)
        fork_and_wait(lambda: None)
        fork_and_wait(remote.close)
        call(remote, 2)
        assert remote.metrics.connects == 1
        remote.close()
        """,
    )


@needs_fork
def test_pool_in_a_child(server: ScriptedServer) -> None:
    output = run(
        server,
        """
        pool = ConnectionPool(address)
        def use(code):
            with pool.connection() as remote:
                call(remote, code)
        use(1)
        fork_and_wait(lambda: (use(2), pool.close()))
        use(3)
        assert pool.metrics.opened == 1
        pool.close()
        """,
    )
    assert output == ["1", "2", "3"]


@needs_fork
def test_asyncio_in_a_child(server: ScriptedServer) -> None:
    output = run(
        server,
        """
        remote = AsyncRemote(address)
        async def use(code):
            print((await remote.invoke(RemotingCommand(code))).ext_fields["code_received"])
        async def close():
            await remote.close()
        def child():
            asyncio.run(use(2))
        async def main():
            await use(1)
            fork_and_wait(child)
            await use(3)
            assert remote.metrics.connects == 1
            await remote.close()
        asyncio.run(main())
        """,
    )
    assert output == ["1", "2", "3"]


def test_exit_without_closing(server: ScriptedServer) -> None:
    output = run(
        server,
        """
        warnings.simplefilter("ignore", ResourceWarning)
        remote = Remote(address)
        remote.register_request_handler(307, lambda command: None)
        call(remote, 1)
        """,
    )
    assert output == ["1"]


def test_forgotten_remote_ends_its_connection(server: ScriptedServer) -> None:
    run(
        server,
        """
        remote = Remote(address)
        call(remote, 1)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del remote
        assert [str(warning.message) for warning in caught] == [f"unclosed <Remote {address} open>"]
        deadline = time.monotonic() + 5
        while threading.active_count() > 1:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        """,
    )


def test_import_starts_nothing(serve: Callable[..., ScriptedServer]) -> None:
    output = run(serve(), "print(threading.active_count(), 'ssl' in sys.modules and 'asyncio' not in sys.modules)")
    assert output == ["1", "False"]


@needs_fork
def test_fork_while_another_thread_reads_metrics(server: ScriptedServer) -> None:
    output = run(
        server,
        """
        pool = ConnectionPool(address)
        def child():
            with pool.connection() as remote:
                call(remote, 1)
            print(pool.metrics.calls.responses)
            pool.close()
        with pool._calls._lock:  # as a thread holds it that reads metrics, and that the child does not have
            fork_and_wait(child)
        pool.close()
        """,
    )
    assert output == ["1", "1"]


@needs_fork
def test_fork_while_a_task_handles_a_request_of_the_server(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda peer, request: (peer.push(307), peer.answer(request)))
    run(
        server,
        """
        remote = AsyncRemote(address)
        async def main():
            is_asked, waits_for = asyncio.Event(), asyncio.Event()
            async def handle(command):
                is_asked.set()
                await waits_for.wait()
            remote.register_request_handler(307, handle)
            await remote.invoke(RemotingCommand(1))
            await is_asked.wait()
            def child():
                started = time.monotonic()
                asyncio.run(remote.close())
                assert time.monotonic() - started < 0.5, "it waits for a task that only the parent has"
            fork_and_wait(child)
            await remote.close()
        asyncio.run(main())
        """,
    )
