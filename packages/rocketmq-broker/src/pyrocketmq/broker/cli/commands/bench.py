"""`rmq bench`: how fast a broker takes and gives messages, through these clients."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.async_broker_manager import create_async_broker_manager
from pyrocketmq.broker.cli.command import Command, CommandGroup, Invocation, argument, one_of
from pyrocketmq.broker.cli.errors import CommandError, UnknownTopicError
from pyrocketmq.broker.cli.latency import Latencies, svg_plot, text_plot
from pyrocketmq.broker.cli.reading import GROUP
from pyrocketmq.broker.cli.session import READABLE, WRITABLE
from pyrocketmq.broker.cli.table import Column, Table, hidden, number, show_millis, show_rate
from pyrocketmq.broker.cli.values import positive, span
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.model import MessageQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from pyrocketmq.broker.async_client import AsyncBrokerClient
    from pyrocketmq.broker.cli.progress import Progress
    from pyrocketmq.broker.client import BrokerClient
    from pyrocketmq.model import PullMessageResult

_PRODUCER_GROUP: Final = "rmq_bench"
_LOOK: Final = 0.1

RESULT: Final = Table(
    (
        Column("what", "what was measured"),
        hidden("callers", "how many threads, or tasks"),
        number("messages", "how many", title="count"),
        number("seconds", "how long it took", show=show_millis),
        number("per_second", "messages per second", show=show_rate, title="msg/s"),
        number("mib_per_second", "bodies per second, in MiB", show=show_rate, title="MiB/s"),
        number("p50", "milliseconds that half of the calls took at most", show=show_millis, title="p50 ms"),
        number("p90", "the same for 90 percent", show=show_millis, title="p90 ms"),
        number("p99", "the same for 99 percent", show=show_millis, title="p99 ms"),
        number("max", "milliseconds of the longest call", show=show_millis, title="max ms"),
    )
)


class _Work:
    """What all callers share: how much is left to do, and what has been measured."""

    def __init__(self, count: int | None, deadline: float) -> None:
        self._left = count
        self._deadline = deadline
        self._lock = threading.Lock()
        self.started = time.perf_counter()
        self.latencies: list[Latencies] = []
        self.messages = 0
        self.bytes = 0
        self.failure: BrokerError | None = None

    def take(self, count: int) -> int:
        """Return how many messages to do next, up to so many; 0 at the end."""
        with self._lock:
            if self.failure is not None or time.perf_counter() >= self._deadline:
                return 0
            if self._left is None:
                return count
            taken = min(count, self._left)
            self._left -= taken
            return taken

    def put_back(self, count: int) -> None:
        """Take back what was given out and could not be done."""
        with self._lock:
            if self._left is not None:
                self._left += count

    def stop(self) -> None:
        """Give out no more work."""
        self._deadline = 0.0

    def note(self, own: Latencies, started: float, messages: int, size: int) -> None:
        """Count a call."""
        took = time.perf_counter() - started
        with self._lock:  # `all` goes through the histograms meanwhile
            own.add(took)
            self.messages += messages
            self.bytes += size

    def own(self) -> Latencies:
        """Return the histogram of one more caller."""
        own = Latencies()
        with self._lock:
            self.latencies.append(own)
        return own

    def all(self) -> Latencies:
        """Return the histogram of all callers."""
        with self._lock:
            return Latencies().merge(self.latencies)


class _Sending:
    """Sends messages of one size to the queues in turn."""

    name = "send"

    def __init__(self, size: int, batch: int) -> None:
        self._body = b"x" * size
        self._batch = batch

    def run(self, client: BrokerClient, mq: MessageQueue, work: _Work) -> None:
        own = work.own()
        while taken := work.take(self._batch):
            started = time.perf_counter()
            if taken > 1:
                client.sync_batch_send_message(_PRODUCER_GROUP, [self._body] * taken, mq)
            else:
                client.sync_send_message(_PRODUCER_GROUP, self._body, mq)
            work.note(own, started, taken, taken * len(self._body))

    async def run_async(self, client: AsyncBrokerClient, mq: MessageQueue, work: _Work) -> None:
        own = work.own()
        while taken := work.take(self._batch):
            started = time.perf_counter()
            if taken > 1:
                await client.sync_batch_send_message(_PRODUCER_GROUP, [self._body] * taken, mq)
            else:
                await client.sync_send_message(_PRODUCER_GROUP, self._body, mq)
            work.note(own, started, taken, taken * len(self._body))


class _Pulling:
    """Pulls a queue from its start, again and again."""

    name = "pull"

    def __init__(self, batch: int) -> None:
        self._batch = batch

    def run(self, client: BrokerClient, mq: MessageQueue, work: _Work) -> None:
        own = work.own()
        offset = first = client.get_min_offset(mq.topic, mq.queue_id)
        while taken := work.take(self._batch):
            started = time.perf_counter()
            result = client.pull_message(GROUP, mq.topic, mq.queue_id, offset, taken)
            work.put_back(taken - result.message_count)
            offset = self._note(result, own, started, work) or first

    async def run_async(self, client: AsyncBrokerClient, mq: MessageQueue, work: _Work) -> None:
        own = work.own()
        offset = first = await client.get_min_offset(mq.topic, mq.queue_id)
        while taken := work.take(self._batch):
            started = time.perf_counter()
            result = await client.pull_message(GROUP, mq.topic, mq.queue_id, offset, taken)
            work.put_back(taken - result.message_count)
            offset = self._note(result, own, started, work) or first

    def _note(self, result: PullMessageResult, own: Latencies, started: float, work: _Work) -> int | None:
        """Count a pull; return where to go on, `None` for at the start again."""
        work.note(own, started, result.message_count, sum(len(message.body) for message in result.messages))
        return result.next_begin_offset if result.messages else None


def send(call: Invocation) -> None:
    """Measure sending."""
    options, session, _ = call
    try:
        queues = session.queues(options.topic, WRITABLE)
    except UnknownTopicError:
        for _, client in session.clients():
            client.create_topic(options.topic)
        queues = [MessageQueue(options.topic, name, number) for name in session.broker_names for number in range(4)]
    _measure(call, _Sending(options.size, options.batch), queues)


def pull(call: Invocation) -> None:
    """Measure pulling.

    Raises:
        CommandError: the topic is empty.
    """
    options, session, _ = call
    filled = [
        mq
        for mq in session.queues(options.topic, READABLE)
        if session.client(mq.broker_name).get_max_offset(mq.topic, mq.queue_id)
        > session.client(mq.broker_name).get_min_offset(mq.topic, mq.queue_id)
    ]
    if not filled:
        raise CommandError(f"topic {options.topic!r} is empty: `rmq bench send {options.topic}` fills it")
    _measure(call, _Pulling(options.batch), filled)


def _measure(call: Invocation, job: _Sending | _Pulling, queues: list[MessageQueue]) -> None:
    options, _, output = call
    count = None if options.duration is not None else options.count
    work = _Work(count, time.perf_counter() + (options.duration or float("inf")))
    callers: int = options.in_flight or options.threads
    interrupt: KeyboardInterrupt | None = None
    with output.progress("messages", count) as progress:
        try:
            if options.in_flight:
                asyncio.run(_run_tasks(call, job, queues, work, progress))
            else:
                _run_threads(call, job, queues, work, progress)
        except KeyboardInterrupt as error:
            interrupt = error  # what has been measured by then is worth showing
    elapsed = time.perf_counter() - work.started
    if work.failure is not None:
        raise work.failure
    if interrupt is not None:
        output.end_interrupted_line()
    latencies = work.all()
    kind = "task" if options.in_flight else "thread"
    what = f"{job.name}, {callers} {kind}{'' if callers == 1 else 's'}"
    with output.table(RESULT) as rows:
        rows.add(
            {
                "what": what,
                "callers": callers,
                "messages": work.messages,
                "seconds": round(elapsed, 3),
                "per_second": round(work.messages / elapsed, 1),
                "mib_per_second": round(work.bytes / elapsed / 2**20, 2),
                "p50": _millis(latencies.percentile(0.5)),
                "p90": _millis(latencies.percentile(0.9)),
                "p99": _millis(latencies.percentile(0.99)),
                "max": _millis(latencies.longest),
            }
        )
    output.note("")
    output.note("latencies in milliseconds, and how many calls had them:")
    if not output.as_json:
        for line in text_plot(latencies, output.width):
            output.write(line)
    if options.plot is not None:
        Path(options.plot).write_text(svg_plot(latencies, f"rmq bench {what}"), encoding="utf-8")
        output.note(f"drawn in {options.plot}", "dim")
    if interrupt is not None:
        raise interrupt


def _millis(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _show(work: _Work, progress: Progress) -> None:
    latencies = work.all()
    detail = f"p50 {_millis(latencies.percentile(0.5))} ms, p99 {_millis(latencies.percentile(0.99))} ms"
    progress.advance(work.messages - progress.done, detail)


def _run_threads(
    call: Invocation, job: _Sending | _Pulling, queues: list[MessageQueue], work: _Work, progress: Progress
) -> None:
    def run(index: int) -> None:
        mq = queues[index % len(queues)]
        try:
            with call.session.manager.connection(mq.broker_name) as client:
                job.run(client, mq, work)
        except BrokerError as error:
            work.failure = error

    threads = [
        threading.Thread(target=run, args=(index,), name=f"bench-{index}") for index in range(call.options.threads)
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(_LOOK)
                _show(work, progress)
    finally:
        work.stop()  # an interrupt ends the threads too
        for thread in threads:
            thread.join()


async def _run_tasks(
    call: Invocation, job: _Sending | _Pulling, queues: list[MessageQueue], work: _Work, progress: Progress
) -> None:
    session = call.session
    manager = await create_async_broker_manager(session.required_address, **session.settings)

    async def run(index: int) -> None:
        mq = queues[index % len(queues)]
        async with manager.connection(mq.broker_name) as client:
            await job.run_async(client, mq, work)

    async with manager:
        callers: Coroutine[Any, Any, Any] = _gathered([run(index) for index in range(call.options.in_flight)], work)
        task = asyncio.create_task(callers)
        while not task.done():
            await asyncio.wait([task], timeout=_LOOK)
            _show(work, progress)


async def _gathered(runs: list[Coroutine[Any, Any, None]], work: _Work) -> None:  # the type of every coroutine
    for result in await asyncio.gather(*runs, return_exceptions=True):
        if isinstance(result, BrokerError):
            work.failure = result
        elif isinstance(result, BaseException):
            raise result


_ARGUMENTS: Final = (
    argument("topic", nargs="?", default="rmq_bench", metavar="TOPIC", help="default: %(default)s"),
    one_of(
        argument("--count", type=positive, default=10_000, metavar="N", help="messages in all (default: 10000)"),
        argument("--duration", type=span, metavar="SPAN", help="for so long, 10s say"),
    ),
    one_of(
        argument("--threads", type=positive, default=1, metavar="N", help="threads that call at once (default: 1)"),
        argument("--in-flight", type=positive, metavar="N", help="asyncio tasks that call at once, instead of threads"),
    ),
    argument("--plot", metavar="FILE.svg", help="draw the latencies"),
)


def _command(name: str, run: Callable[[Invocation], None], batch: int, *further: Any) -> Command:  # as declared
    return Command(
        name=name,
        summary=f"measure {name}ing",
        description=f"Measure {name}ing with so many callers at once: rate and latency, live on a terminal, and at the "
        "end a histogram."
        + (" The topic is created if it is not there." if name == "send" else " Each caller reads one queue."),
        run=run,
        arguments=(
            *_ARGUMENTS,
            *further,
            argument(
                "--batch", type=positive, default=batch, metavar="N", help="messages a call (default: %(default)s)"
            ),
        ),
        examples=(
            f"rmq bench {name} orders --count 200 --namesrv localhost:9876",
            f"rmq bench {name} orders --in-flight 16 --count 200 --json",
        ),
        tables=(RESULT,),
    )


COMMANDS = CommandGroup(
    name="bench",
    summary="measure sending and pulling",
    commands=(
        _command(
            "send",
            send,
            1,
            argument("--size", type=positive, default=1024, metavar="BYTES", help="size of a body (default: 1024)"),
        ),
        _command("pull", pull, 32),
    ),
)
