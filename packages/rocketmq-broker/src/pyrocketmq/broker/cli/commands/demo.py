"""`rmq demo`: the main job, step by step, on a fake broker or a real one."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.broker_manager import create_broker_manager
from pyrocketmq.broker.cli.command import Command, Invocation
from pyrocketmq.broker.cli.errors import CommandError
from pyrocketmq.broker.cli.table import Column, Table, number, show_rate
from pyrocketmq.model import Message, MessageExt, MessageQueue, PullStatus, TransactionState
from pyrocketmq.model.message_id import create_unique_id

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pyrocketmq.broker.cli.output import Output, Rows
    from pyrocketmq.broker.client import BrokerClient

_GROUP: Final = "rmq_demo"
_BATCH_SIZE: Final = 3
_DELAY_LEVEL: Final = 1
_DELAY_SECONDS: Final = 1
_DEADLINE: Final = 30.0
# Seconds for the delayed message to come; real brokers need little more than the delay itself.


STEPS: Final = Table(
    (
        Column("step", "what was done", width=20),
        number("ms", "milliseconds that it took", 8, show_rate),
        Column("result", "what came of it", wraps=True),
    )
)


def run(call: Invocation) -> None:
    """Carry the demo out.

    Raises:
        BrokerError: a step failed.
        CommandError: a step did not bring what it should, or there is no broker to run on.
    """
    session, output = call.session, call.output
    with ExitStack() as resources:
        address = session.address or resources.enter_context(_fake_broker(output))
        manager = resources.enter_context(create_broker_manager(address, **session.settings))
        names = manager.broker_names()
        if not names:
            raise CommandError(f"no broker is known at {address}")
        topic = f"rmq_demo_{create_unique_id()[-16:]}"
        client = resources.enter_context(manager.connection(names[0]))
        Demo(client, MessageQueue(topic, names[0], 0), output).run()


@contextmanager
def _fake_broker(output: Output) -> Generator[str]:
    """Run a fake broker and give the address of its NameServer."""
    try:
        from pyrocketmq.testkit import FakeBroker  # a package of its own, for tests and this
    except ImportError as error:
        raise CommandError(
            "without --namesrv or --broker the demo needs the fake broker: pip install rocketmq-testkit"
        ) from error
    with FakeBroker() as broker:
        output.note(f"fake broker of version {broker.version} at {broker.address}")
        yield broker.namesrv_address


class Demo:
    """The steps, on one queue of a topic that nobody else uses."""

    def __init__(self, client: BrokerClient, mq: MessageQueue, output: Output) -> None:
        self._client = client
        self._mq = mq
        self._output = output
        self._rows: Rows
        self._pulled: list[MessageExt] = []
        self._sent: list[str] = []

    def run(self) -> None:
        """Carry all steps out."""
        self._output.note(f"broker {self._client.broker_addr}, topic {self._mq.topic}, queue {self._mq.queue_id}")
        self._output.note("")
        started = time.perf_counter()
        with self._output.table(STEPS, live=True) as rows:
            self._rows = rows
            self._carry_out()
        self._output.note("")
        self._output.note(f"all steps done in {time.perf_counter() - started:.2f} s")

    def _carry_out(self) -> None:
        self._step("send", self._send)
        self._step("batch send", self._batch_send)
        self._step("transaction", self._send_transaction)
        self._step("delayed send", self._send_delayed)
        self._step("pull", self._pull)
        self._step("commit offset", self._commit_offset)
        self._step("query offset", self._query_offset)
        self._step("search by time", self._search_by_time)
        self._step("one-way send", self._send_oneway)

    def _step(self, name: str, action: Callable[[], str]) -> None:
        started = time.perf_counter()
        result = action()
        milliseconds = (time.perf_counter() - started) * 1000
        self._rows.add({"step": name, "ms": round(milliseconds, 1), "result": result})

    def _send(self) -> str:
        result = self._client.sync_send_message(_GROUP, b"hello", self._mq, tags="demo", keys=["first"])
        self._sent.append(result.msg_id)
        return f"{result.status.name}, id {result.msg_id}, offset {result.queue_offset}"

    def _batch_send(self) -> str:
        batch = [Message(self._mq.topic, f"batch {index}".encode(), tags="demo") for index in range(_BATCH_SIZE)]
        result = self._client.sync_batch_send_message(_GROUP, batch, self._mq)
        self._sent += result.msg_id.split(",")
        return f"{result.status.name}, {_BATCH_SIZE} messages from offset {result.queue_offset}"

    def _send_transaction(self) -> str:
        half = self._client.send_transaction_message(_GROUP, b"transaction", self._mq)
        self._client.end_transaction(_GROUP, half, TransactionState.COMMIT)
        self._sent.append(half.msg_id)
        return f"committed, id {half.msg_id}"

    def _send_delayed(self) -> str:
        result = self._client.sync_send_message(_GROUP, b"delayed", self._mq, delay_level=_DELAY_LEVEL)
        self._sent.append(result.msg_id)
        return f"{result.status.name}, id {result.msg_id}, due in {_DELAY_SECONDS} s"

    def _pull(self) -> str:
        offset = 0
        deadline = time.monotonic() + _DEADLINE
        while len(self._pulled) < len(self._sent) and time.monotonic() < deadline:
            result = self._client.pull_message(
                _GROUP, self._mq.topic, self._mq.queue_id, offset, suspend_timeout=5.0, timeout=_DEADLINE
            )
            if result.status is PullStatus.FOUND:
                self._pulled += result.messages
            offset = result.next_begin_offset
        if sorted(message.msg_id for message in self._pulled) != sorted(self._sent):
            raise CommandError(f"sent {len(self._sent)} messages, pulled {len(self._pulled)}")
        return f"{len(self._pulled)} messages, the delayed one last: {self._pulled[-1].body.decode()!r}"

    def _commit_offset(self) -> str:
        end = self._pulled[-1].queue_offset + 1
        self._client.update_consumer_offset(_GROUP, self._mq.topic, self._mq.queue_id, end, wait=True)
        return f"group {_GROUP} stands at {end}"

    def _query_offset(self) -> str:
        offset = self._client.query_consumer_offset(_GROUP, self._mq.topic, self._mq.queue_id)
        if offset != self._pulled[-1].queue_offset + 1:
            raise CommandError(f"the broker says {offset} for an offset that was committed otherwise")
        return f"group {_GROUP} stands at {offset}"

    def _search_by_time(self) -> str:
        message = self._pulled[-1]
        offset = self._client.search_offset_by_timestamp(self._mq.topic, self._mq.queue_id, message.store_timestamp)
        if offset != message.queue_offset:
            raise CommandError(f"found offset {offset} for a message at {message.queue_offset}")
        return f"the message stored at {message.store_timestamp} has offset {offset}"

    def _send_oneway(self) -> str:
        self._client.oneway_send_message(_GROUP, b"fire and forget", self._mq)
        return "sent without an answer"


COMMAND = Command(
    name="demo",
    summary="send, pull and move offsets, showing each step",
    description="Send, batch send, send a transaction and a delayed message, pull everything back, move offsets "
    "and find one by time. Without an address a fake broker runs inside the process.",
    run=run,
    examples=("rmq demo", "rmq demo --namesrv localhost:9876"),
    tables=(STEPS,),
    needs_address=False,
)
