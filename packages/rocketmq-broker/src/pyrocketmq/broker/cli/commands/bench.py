"""`rmq bench`: how fast a broker takes and gives messages, through these clients."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.cli.command import Command, CommandGroup, Invocation, argument, one_of
from pyrocketmq.broker.cli.errors import CommandError, UnknownTopicError
from pyrocketmq.broker.cli.latency import svg_plot, text_plot
from pyrocketmq.broker.cli.session import READABLE, WRITABLE
from pyrocketmq.broker.cli.table import Column, Table, hidden, number, show_millis, show_rate
from pyrocketmq.broker.cli.values import positive, span
from pyrocketmq.broker.cli.workload import Job, Pulling, Sending, Work, run_tasks, run_threads
from pyrocketmq.model import MessageQueue

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyrocketmq.broker.cli.progress import Progress

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


def send(call: Invocation) -> None:
    """Measure sending."""
    options, session, _ = call
    try:
        queues = session.queues(options.topic, WRITABLE)
    except UnknownTopicError:
        for _, client in session.clients():
            client.create_topic(options.topic)
        queues = [MessageQueue(options.topic, name, number) for name in session.broker_names for number in range(4)]
    _measure(call, Sending(options.size, options.batch), queues)


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
    _measure(call, Pulling(options.batch), filled)


def _measure(call: Invocation, job: Job, queues: list[MessageQueue]) -> None:
    options, session, output = call
    count = None if options.duration is not None else options.count
    work = Work(count, time.perf_counter() + (options.duration or float("inf")))
    callers: int = options.in_flight or options.threads
    interrupt: KeyboardInterrupt | None = None
    with output.progress("messages", count) as progress:
        look = partial(_show, work, progress)
        try:
            if options.in_flight:
                asyncio.run(run_tasks(session, job, queues, callers, work, look))
            else:
                run_threads(session, job, queues, callers, work, look)
        except KeyboardInterrupt as error:
            interrupt = error  # what has been measured by then is worth showing
    elapsed = time.perf_counter() - work.started
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


def _show(work: Work, progress: Progress) -> None:
    latencies = work.all()
    detail = f"p50 {_millis(latencies.percentile(0.5))} ms, p99 {_millis(latencies.percentile(0.99))} ms"
    progress.advance(work.messages - progress.done, detail)


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
