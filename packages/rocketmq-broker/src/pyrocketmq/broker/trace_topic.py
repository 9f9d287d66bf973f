"""`TraceTopic`: tells RocketMQ's own trace topic of messages that are sent and consumed."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from queue import Empty, Full, Queue
from time import monotonic, time
from typing import TYPE_CHECKING, Final, TypeAlias

from pyrocketmq.broker.client import create_broker_client
from pyrocketmq.logging import get_logger
from pyrocketmq.model import MessageQueue
from pyrocketmq.model.message_id import create_unique_id
from pyrocketmq.model.names import TRACE_TOPIC
from pyrocketmq.model.properties import PropertyName
from pyrocketmq.model.trace import (
    ConsumeCode,
    PubTrace,
    SubAfterTrace,
    SubBeforeTrace,
    TraceContext,
    TraceMessageType,
    encode_trace,
    trace_keys,
)
from pyrocketmq.remote import fork

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType
    from typing import Any, Self

    from pyrocketmq.broker.message_telemetry import Receiving, Sending
    from pyrocketmq.model import MessageExt, SendMessageResult

_log = get_logger("pyrocketmq.broker")

_GROUP: Final = "_INNER_TRACE_PRODUCER"
_BATCH: Final = 100
# Contexts in a message; they stay well below the 128000 bytes that other clients allow themselves.
_LINGER: Final = 0.2
# Seconds for which a message waits to be filled.
_TYPES: Final = {"transaction": TraceMessageType.HALF, "delay": TraceMessageType.DELAY}


class TraceTopic:
    """Writes traces to `RMQ_SYS_TRACE_TOPIC`, as the Java client does, for its tools to read.

    A setting of clients and managers. Traces are written by a thread with a connection of its own: a send never waits
    for its trace and never fails because of it. What does not fit into the queue, or cannot be sent, is dropped,
    counted and logged. The broker needs `traceTopicEnable=true`, or has to create topics by itself.

    Args:
        broker_addr: The broker that the traces go to, `"host:port"`.
        max_waiting: How many traces may wait to be written.
        settings: Settings of the connection, see `ClientConfig`: credentials, TLS and so on.

    Raises:
        ValueError: the address or a setting is not accepted.

    Attributes:
        dropped: How many traces were lost so far.

    Example:
        ```python
        with TraceTopic("localhost:10911") as traces:
            client = create_broker_client("localhost:10911", message_telemetry=traces)
        ```
    """

    def __init__(
        self,
        broker_addr: str,
        *,
        max_waiting: int = 2048,
        **settings: Any,  # those of `ClientConfig`, each with its own type; checked there
    ) -> None:
        self.dropped = 0
        self._client = create_broker_client(broker_addr, **settings)
        self._max_waiting = max_waiting
        self._is_closing = threading.Event()
        self._start()
        fork.watch(self)

    def _start(self) -> None:
        self._waiting: Queue[TraceContext] = Queue(self._max_waiting)
        self._thread = threading.Thread(target=self._write_all, name="rocketmq-trace", daemon=True)
        self._thread.start()

    def after_fork(self) -> None:
        """Start over in a forked process, with a thread of its own; what waits is the parent's to write."""
        if not self._is_closing.is_set():
            self._is_closing = threading.Event()
            self._start()

    def close(self, timeout: float = 5.0) -> None:
        """Write what waits, and end; does nothing where it is closed. What comes afterwards is dropped.

        Args:
            timeout: Seconds after which the rest is given up.
        """
        self._is_closing.set()
        self._thread.join(timeout)
        self._client.disconnect()

    def sending(self, sending: Sending) -> _TracedSend | _Untraced:
        """Begin to follow a send."""
        if sending.queue.topic == TRACE_TOPIC:
            return _Untraced()
        if "batch" not in sending.operation:
            # Known beforehand, so that a send that fails has one in its trace.
            sending.properties.setdefault(PropertyName.UNIQ_KEY, create_unique_id())
        return _TracedSend(self, sending)

    def receiving(self, receiving: Receiving) -> _Untraced:
        """Do nothing: the trace topic is told what is consumed, not what is pulled. See `consuming`."""
        return _Untraced()

    @contextmanager
    def consuming(self, message: MessageExt, consumer_group: str) -> Generator[None]:
        """Trace what the block does with a message. What the block raises is traced as a failure, and goes on.

        Args:
            message: The message.
            consumer_group: The group that it is consumed for.

        Example:
            ```python
            for message in client.iter_messages("billing", "orders", 0, stop_at="end"):
                with traces.consuming(message, "billing"):
                    bill(message)
            ```
        """
        request_id = create_unique_id()
        keys, region = " ".join(message.keys), message.properties.get(PropertyName.MSG_REGION)
        began, started = int(time() * 1000), monotonic()
        self._add(
            SubBeforeTrace(began, region, consumer_group, request_id, message.msg_id, message.reconsume_times, keys)
        )
        code = ConsumeCode.EXCEPTION
        try:
            yield
            code = ConsumeCode.SUCCESS
        finally:
            took = round((monotonic() - started) * 1000)
            is_done = code is ConsumeCode.SUCCESS
            self._add(SubAfterTrace(request_id, message.msg_id, took, is_done, keys, int(code), began, consumer_group))

    def _add(self, context: TraceContext) -> None:
        if self._is_closing.is_set():
            self._drop(1, "the writer is closed")
            return
        try:
            self._waiting.put_nowait(context)
        except Full:
            self._drop(1, "too many wait")

    def _drop(self, count: int, why: object) -> None:
        if self.dropped == 0:  # the first is worth a warning, the others are counted
            _log.warning("dropped traces: %s", why)
        self.dropped += count

    def _write_all(self) -> None:
        while True:
            contexts = self._next()
            if contexts:
                self._write(contexts)
            elif self._is_closing.is_set():
                return

    def _next(self) -> list[TraceContext]:
        """Return what waits, up to a message full of it; nothing where nothing came for a moment."""
        contexts: list[TraceContext] = []
        deadline = monotonic() + _LINGER
        while len(contexts) < _BATCH:
            try:
                wait = 0.0 if self._is_closing.is_set() else max(0.0, deadline - monotonic())
                contexts.append(self._waiting.get(timeout=wait) if wait else self._waiting.get_nowait())
            except Empty:
                break
        return contexts

    def _write(self, contexts: list[TraceContext]) -> None:
        try:
            self._client.sync_send_message(
                _GROUP, encode_trace(contexts), MessageQueue(TRACE_TOPIC, "", -1), keys=trace_keys(contexts)
            )
        except Exception as error:  # noqa: BLE001  # hooks may raise anything, and the next traces want the thread
            self._drop(len(contexts), error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Untraced:
    """Follows what is not traced."""

    def succeeded(self, result: object) -> None:
        """Do nothing."""

    def failed(self, error: BaseException) -> None:
        """Do nothing."""


_Keys: TypeAlias = "str | list[str] | tuple[str, ...]"


class _TracedSend:
    """Follows one send."""

    def __init__(self, owner: TraceTopic, sending: Sending) -> None:
        self._owner = owner
        self._sending = sending
        self._began = int(time() * 1000)
        self._started = monotonic()

    def succeeded(self, result: SendMessageResult | None) -> None:
        """Trace that the message is stored, or on its way where nobody answers."""
        if result is None:
            self._trace(self._unique_id, None, None, success=True)
        else:
            self._trace(result.msg_id, result.region_id, result.offset_msg_id, success=True)

    def failed(self, error: BaseException) -> None:
        """Trace that the message is not known to be stored."""
        self._trace(self._unique_id, None, None, success=False)

    @property
    def _unique_id(self) -> str | None:
        return self._sending.properties.get(PropertyName.UNIQ_KEY)

    def _trace(self, msg_id: str | None, region: str | None, offset_msg_id: str | None, *, success: bool) -> None:
        sending, options = self._sending, self._sending.options
        keys: _Keys = options.get("keys") or sending.properties.get(PropertyName.KEYS) or ""
        self._owner._add(
            PubTrace(
                timestamp=self._began,
                region_id=region,
                group=sending.producer_group,
                topic=sending.queue.topic,
                msg_id=msg_id,
                tags=options.get("tags") or sending.properties.get(PropertyName.TAGS),
                keys=keys if isinstance(keys, str) else " ".join(keys),
                store_host=sending.broker_addr,
                body_length=sending.body_size or 0,
                cost_time=round((monotonic() - self._started) * 1000),
                msg_type=_TYPES.get(sending.kind, TraceMessageType.NORMAL),
                offset_msg_id=offset_msg_id,
                success=success,
            )
        )
