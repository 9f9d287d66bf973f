"""Measure what encoding and decoding cost, as ratios to `json` on the same headers.

Ratios of one run can be compared between machines, times cannot. Every step is timed in short rounds that alternate
with the two bases, and the best round of each counts::

    uv run python tools/bench/codec.py
    uv run --with orjson python tools/bench/codec.py        # as with the extra `speed`
    uv run python tools/bench/codec.py --write docs/performance/codec.md

Requests are built anew for every call, as the clients build them: queue, time and properties differ each time, group
and topic are prepared (`Preparation`), and no frame is kept. The row "nothing prepared" calls the class instead, with
all fields. "Properties as dict" adds what `encode_properties` costs.

The bases are `json.dumps` of a SEND_MESSAGE_V2 header to text, and `json.loads` of the bytes of its answer's header.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice, repeat
from pathlib import Path
from typing import Final, NamedTuple

from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration import Preparation
from pyrocketmq.model.enums import CommandFlag, LanguageCode
from pyrocketmq.model.frame import MIN_FRAME_SIZE
from pyrocketmq.model.header_encoding import json_scanner
from pyrocketmq.model.message import MessageQueue
from pyrocketmq.model.message_ext import MessageExt, decode_messages, encode_message
from pyrocketmq.model.properties import encode_properties
from pyrocketmq.model.requests import SendMessageReply, SendMessageV2
from pyrocketmq.model.result_data import SEND_STATUS, SendMessageResult

BODY: Final = bytes(range(256)) * 4
UNIQUE_ID: Final = "7F00000144BB1234567871BB83150000"
BORN: Final = 1795399314197
MQ: Final = MessageQueue("wp_g1_020153", "broker-a", 0)

PROPERTIES: Final = [
    {
        "UNIQ_KEY": f"7F00000144BB1234567871BB8315{number:04X}",
        "TAGS": "TagA",
        "KEYS": f"order-{number}",
        "WAIT": "true",
    }
    for number in range(1024)
]
# Queue, time, opaque and properties of what an application would send, made ahead: each call takes the next one.
SENDS: Final = [
    (number % 8, BORN + number, number, properties, encode_properties(properties))
    for number, properties in enumerate(PROPERTIES)
]
PULLED: Final = 32


class Step(NamedTuple):
    """One thing to measure.

    Attributes:
        name: What it is.
        base: The step that it is compared with, itself for a base.
        limit: The ratio that it should not exceed, if any.
        run: Does it so many times. The loop is its own, so that no more than it is measured.
    """

    name: str
    base: str
    limit: float | None
    run: Callable[[int], None]


make_request: Final = Preparation(SendMessageV2, "queue_id", "born_timestamp", "properties", "body").of(
    producer_group="wp_pg", topic="wp_g1_020153"
)


def make_answer() -> bytes:
    """Return the answer of a 5.x broker to a send, its keys in a server's order."""
    fields = {
        "queueId": "0",
        "transactionId": UNIQUE_ID,
        "msgId": "7F00000100002E87000000003E32AF2D",
        "TRACE_ON": "true",
        "MSG_REGION": "DefaultRegion",
        "queueOffset": "0",
    }
    command = RemotingCommand(
        0, language=LanguageCode.JAVA, version=493, opaque=1001, flag=CommandFlag.RESPONSE, ext_fields=fields
    )
    names: list[str] = ["code", "extFields", "flag", "language", "opaque", "serializeTypeCurrentRPC", "version"]
    command.header = dict.fromkeys(names, "JSON")  # the order; values are those of the command
    return command.encode()


def read_answer(frame: bytes, mq: MessageQueue) -> SendMessageResult:
    """Decode an answer as far as an application sees it."""
    reply = SendMessageReply.from_command(RemotingCommand.decode(frame))
    return SendMessageResult(
        SEND_STATUS[reply.code], UNIQUE_ID, reply.msg_id, mq, reply.queue_offset, reply.transaction_id
    )


def make_record() -> bytes:
    """Return a stored message of 1 KiB with the properties that a 5.x broker leaves on it."""
    properties = {
        "MSG_REGION": "DefaultRegion",
        "UNIQ_KEY": UNIQUE_ID,
        "CLUSTER": "DefaultCluster",
        "TAGS": "TagA",
        "KEYS": "order-1",
        "WAIT": "true",
        "TRACE_ON": "true",
    }
    return encode_message(
        topic=MQ.topic,
        body=BODY,
        properties=encode_properties(properties),
        commit_log_offset=1043509037,
        born_timestamp=BORN,
        born_host=("127.0.0.1", 43286),
        store_timestamp=BORN,
        store_host=("127.0.0.1", 11911),
    )


def touch(message: MessageExt) -> tuple[object, ...]:
    """Return every field of a message."""
    return (
        message.topic,
        message.body,
        message.properties,
        message.tags,
        message.keys,
        message.msg_id,
        message.offset_msg_id,
        message.queue_id,
        message.queue_offset,
        message.commit_log_offset,
        message.sys_flag,
        message.flag,
        message.born_timestamp,
        message.born_host,
        message.store_timestamp,
        message.store_host,
        message.reconsume_times,
        message.prepared_transaction_offset,
        message.body_crc,
        message.store_size,
    )


def steps() -> list[Step]:
    """Return what is measured, bases first."""
    sends = cycle(SENDS)
    request = make_request(0, BORN, SENDS[0][4], BODY)
    sent = RemotingCommand.decode(request.to_frame(1001))
    request_header = dict(sent.header or {})
    answer = make_answer()
    answer_header = answer[MIN_FRAME_SIZE:]
    pulled = make_record() * PULLED

    def dump(times: int) -> None:
        for _ in repeat(None, times):
            json.dumps(request_header)

    def load(times: int) -> None:
        for _ in repeat(None, times):
            json.loads(answer_header)

    def encode(times: int) -> None:
        for _ in repeat(None, times):
            request.to_frame(1001)

    def build_and_encode(times: int) -> None:
        for queue_id, born_timestamp, opaque, _, text in islice(sends, times):
            make_request(queue_id, born_timestamp, text, BODY).to_frame(opaque)

    def build_from_dict_and_encode(times: int) -> None:
        for queue_id, born_timestamp, opaque, properties, _ in islice(sends, times):
            make_request(queue_id, born_timestamp, encode_properties(properties), BODY).to_frame(opaque)

    def build_unprepared_and_encode(times: int) -> None:
        for queue_id, born_timestamp, opaque, _, text in islice(sends, times):
            SendMessageV2(
                producer_group="wp_pg",
                topic="wp_g1_020153",
                queue_id=queue_id,
                born_timestamp=born_timestamp,
                properties=text,
                body=BODY,
            ).to_frame(opaque)

    def decode_to_result(times: int) -> None:
        for _ in repeat(None, times):
            read_answer(answer, MQ)

    def decode_to_command(times: int) -> None:
        for _ in repeat(None, times):
            RemotingCommand.decode(answer)

    def decode_lazily(times: int) -> None:
        for _ in repeat(None, times // PULLED):
            decode_messages(pulled)

    def decode_and_touch(times: int) -> None:
        for _ in repeat(None, times // PULLED):
            for message in decode_messages(pulled):
                touch(message)

    return [
        Step("json.dumps of the request's header", "dumps", None, dump),
        Step("json.loads of the answer's header", "loads", None, load),
        Step("encode SEND_MESSAGE_V2, built", "dumps", 0.40, encode),
        Step("build and encode, properties as text", "dumps", 0.55, build_and_encode),
        Step("build and encode, properties as dict", "dumps", 0.55, build_from_dict_and_encode),
        Step("the same as text, nothing prepared", "dumps", None, build_unprepared_and_encode),
        Step("answer to SendMessageResult", "loads", 1.15, decode_to_result),
        Step("answer to command", "loads", None, decode_to_command),
        Step("stored message, CRC checked", "loads", 0.40, decode_lazily),
        Step("stored message, every field", "loads", 1.60, decode_and_touch),
    ]


def measure(measured: Sequence[Step], rounds: int, calls: int) -> list[float]:
    """Return the seconds per call of each step's best round."""
    best = [float("inf")] * len(measured)
    for _ in range(rounds):
        for index, step in enumerate(measured):
            start = time.perf_counter()
            step.run(calls)
            best[index] = min(best[index], (time.perf_counter() - start) / calls)
    return best


def import_milliseconds(runs: int = 9) -> float:
    """Return what importing `pyrocketmq.model` adds to starting Python, the best of some runs of each."""

    def best(program: str) -> float:
        times: list[float] = []
        for _ in range(runs):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-I", "-c", program], check=True)
            times.append(time.perf_counter() - start)
        return min(times) * 1000

    return best("import pyrocketmq.model") - best("pass")


def rows(measured: Sequence[Step], seconds: dict[str, float]) -> list[tuple[str, ...]]:
    """Return the cells of the table, its head first."""
    bases = {step.base: seconds[step.name] for step in measured[:2]}
    table: list[tuple[str, ...]] = [("step", "µs", "base", "ratio", "limit", "")]
    for step in measured:
        ratio = seconds[step.name] / bases[step.base]
        limit, verdict = ("", "") if step.limit is None else (f"{step.limit:.2f}", verdict_of(ratio, step.limit))
        table.append((step.name, f"{seconds[step.name] * 1e6:.2f}", step.base, f"{ratio:.2f}", limit, verdict))
    milliseconds = import_milliseconds()
    cost = f"{milliseconds:.1f}"
    table.append(("import pyrocketmq.model, ms", "", "", cost, "40", verdict_of(milliseconds, 40)))
    return table


def verdict_of(value: float, limit: float) -> str:
    """Say whether a limit is kept."""
    return "ok" if value <= limit else "OVER"


def write_page(path: Path, heading: str, table: Sequence[tuple[str, ...]]) -> None:
    """Write the table as a page of the documentation."""
    lines = ["| " + " | ".join(row) + " |" for row in table]
    lines.insert(1, "|---|--:|---|--:|--:|---|")
    text = f"""# What the codecs cost

Made by `uv run python tools/bench/codec.py --write {path}`; {heading}.

Ratios are to `json.dumps` of the same request's header, and to `json.loads` of the same answer's header. A step is the
whole way between a frame and typed values, on one core. Every request is built anew, as the clients build them: queue,
time and properties differ each time, the producer's group and the topic are prepared.

"""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n".join(lines) + "\n")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=300, help="rounds of each step; default: %(default)s")
    parser.add_argument(
        "--calls", type=int, default=256, help=f"calls in a round, a multiple of {PULLED}; default: %(default)s"
    )
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the table to this page as well")
    options = parser.parse_args()
    measured = steps()
    seconds = dict(zip([step.name for step in measured], measure(measured, options.rounds, options.calls), strict=True))
    headers = "the standard library" if json_scanner.is_pure() else "orjson"
    heading = f"CPython {platform.python_version()}, headers read by {headers}"
    table = rows(measured, seconds)
    print(f"{heading}, best of {options.rounds} rounds of {options.calls} calls")
    for name, time_taken, base, ratio, limit, verdict in table:
        print(f"{name:40} {time_taken:>7} {base:>6} {ratio:>6} {limit:>6} {verdict}".rstrip())
    if options.write:
        write_page(options.write, heading, table)


if __name__ == "__main__":
    main()
