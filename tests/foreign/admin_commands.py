"""The commands of the admin tool that are tried, and what they print on real brokers.

The commands run in this order, on a topic with one message and a group that has read it. `admin_outcomes.json` has what
real brokers made of them; where tools or servers differ, by tool and server.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).with_name("admin_outcomes.json")

COMMANDS: Final[dict[str, str]] = {
    "updateTopic -b {broker} -t {topic}-made -r 3 -w 3": ".*",
    "updateTopic -c {cluster} -t {topic}-made -r 2 -w 2 -p 4": ".*",
    "topicRoute -t {topic}-made": ".*",
    "topicStatus -t {topic}": ".*",
    "topicClusterList -t {topic}": ".*",
    "topicList": r"^(?:<topic>.*|%RETRY%<group>|TBW102|SELF_TEST_TOPIC|SCHEDULE_TOPIC_XXXX|broker-a|DefaultCluster)$",
    "deleteTopic -c {cluster} -t {topic}-made": ".*",
    "clusterList": r"^(?:\S+ ){5}",
    "brokerStatus -b {broker}": r"^(?:brokerVersionDesc|brokerActive|sendThreadPoolQueueCapacity).*",
    "updateSubGroup -b {broker} -g {group}-made -r 3": ".*",
    "getConsumerConfig -g {group}-made": ".*",
    "deleteSubGroup -b {broker} -g {group}-made": ".*",
    "consumerProgress -g {group}": r"^(?!Consume TPS|%RETRY).*",
    "consumerConnection -g {group}": ".*",
    "consumerStatus -g {group} -i {client}": r"^(?:PROP_CONSUME(?!R_START)|messageModel|consumerGroup|language).*",
    "producerConnection -g {group}-producer -t {topic}": ".*",
    "queryMsgById -i {offsetId} -t {topic}": ".*",
    "queryMsgByKey -t {topic} -k key-of-{group}": ".*",
    "queryMsgByUniqueKey -t {topic} -i {id}": ".*",
    "queryMsgByOffset -t {topic} -b {brokerName} -i 0 -o 0": ".*",
    "queryCq -t {topic} -q 0 -i 0 -c 1 -b {broker}": ".*",
    "printMsg -t {topic}": ".*",
    "consumeMessage -t {topic} -b {brokerName} -i 0 -o 0 -c 1 -g {group}-reader": ".*",
    "getBrokerConfig -b {broker}": r"^(?:brokerName|brokerPermission|enablePropertyFilter|transactionTimeOut) .*",
    "updateBrokerConfig -b {broker} -k brokerPermission -v 6": ".*",
    "updateKvConfig -s {group} -k key -v value": ".*",
    "deleteKvConfig -s {group} -k key": ".*",
    "getNamesrvConfig": r"^(?:deleteTopicWithBrokerRegistration|orderMessageEnable|scanNotActiveBrokerInterval) .*",
    "cleanExpiredCQ -b {broker}": ".*",
    "cleanUnusedTopic -b {broker}": ".*",
    "brokerConsumeStats -b {broker}": "^<topic>.*",
    "statsAll -t {topic}": r"^<topic> \S+ \d+",
    "sendMessage -t {topic} -p body -c TagB": "SEND_OK|FAIL",
}
"""By command, which part of a line counts; what is left out tells of the machine or of other tests.

`resetOffsetByTime` is not among them: brokers refuse it until the group has an offset in every queue. For an empty one
a Java consumer commits one after some fifteen seconds, sooner or later than the command's turn comes.
"""

WORDS: Final = list(COMMANDS)

PAIRS: Final = ("java-4.9.7 on 4.9.7", "java-5.4.0 on 5.4.0")
"""The tools and servers whose outcomes are recorded."""

_REPLACED: Final = (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{3})?", "<time>"),
    (r"\b1\d{12}\b", "<time>"),
    (r"\b\d+(?:\.\d+){3}(?=[@:])", "<host>"),
    (r"<host>:\d+", "<address>"),
    (r"@foreign-\d+", "@<client>"),
    (r"(?<=<id>@)\d+$", "<n>"),
    (r"(?<=storeSize=)\d+|(?<=[cC]ommitLogOffset=)\d+|(?<=physicOffset=)\d+|(?<=physicSize=)\d+", "<n>"),
    (r"(?<=Store Size: )\d+|(?<=CommitLog Offset: )\d+|(?<=BodyCRC: )\d+|(?<=bodyCRC=)\d+", "<n>"),
    (r"properties=\{[^}]*\}", lambda found: _sorted_members(found[0])),
    (r"^(?:System|User) Host: .*", "<host>"),
    (r"(?<=Message Body Path: ).*", "<path>"),
    (r"(?<=Message Properties: )\{.*\}", lambda found: _sorted_members(found[0])),
)


def reduce(outputs: list[str]) -> dict[str, list[str]]:
    """Return what counts of the outputs of all commands."""
    return {command: _lines(output, COMMANDS[command]) for command, output in zip(COMMANDS, outputs, strict=True)}


def recorded(pair: str) -> dict[str, list[str]]:
    """Return what counts of the outputs of all commands on a real broker.

    Args:
        pair: Client and server, `java-5.4.0 on 4.9.7`.
    """
    outcomes: dict[str, dict[str, list[str]]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return {command: outcome.get(pair) or outcome["always"] for command, outcome in outcomes.items()}


def record(played: dict[str, dict[str, list[str]]]) -> None:
    """Write the file anew.

    Args:
        played: By client and server, what counts of the outputs of all commands.
    """
    outcomes: dict[str, Any] = {}
    for command in COMMANDS:
        by_pair = {pair: outputs[command] for pair, outputs in sorted(played.items())}
        first = next(iter(by_pair.values()))
        outcomes[command] = {"always": first} if all(lines == first for lines in by_pair.values()) else by_pair
    _FILE.write_text(json.dumps(outcomes, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _lines(output: str, counts: str) -> list[str]:
    lines = []
    for line in output.splitlines():
        text = " ".join(line.split())
        for pattern, replacement in _REPLACED:
            text = re.sub(pattern, replacement, text)
        found = re.search(counts, text)
        if text and found is not None:
            lines.append(found[0])
    return sorted(lines)  # the tool goes through hash tables


def _sorted_members(text: str) -> str:
    start, _, members = text[:-1].partition("{")
    return start + "{" + ", ".join(sorted(members.split(", "))) + "}"
