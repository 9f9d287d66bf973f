"""The table of scenarios: who plays them how, and the one outcome that each has on fake and real brokers alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import admin_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clients import Client

    from real_rocketmq.pytest_plugin import Server


def _declared(outcome: Any) -> Any:
    return outcome


@dataclass(frozen=True)
class Scenario:
    """Something that clients do, and what has to come of it.

    Attributes:
        name: Says what it shows.
        outcome: What comes of it. Names of the scenario's own are put in the place of what differs between runs, such
            as `<topic>`.
        java: The method that plays it in Java; `None` where the scenario is not for Java.
        go: The function that plays it in Go.
        on_4: What comes of it on servers of the line 4.9, where that differs.
        by: By client, what comes of it where that differs on all servers.
        needs_5: Only Java clients of the line 5 can play it.
        not_ahead: No client plays it that is newer than the server: it would ask 4.9 for what that does not know.
        parameters: What the player is told besides.
        reduce: From what was played to what is compared.
    """

    name: str
    outcome: Any
    java: str | None = None
    go: str | None = None
    on_4: Any = None
    by: Mapping[str, Any] = field(default_factory=dict)
    needs_5: bool = False
    not_ahead: bool = False
    parameters: Mapping[str, object] = field(default_factory=dict)
    reduce: Callable[[Any], Any] = _declared

    def suits(self, client: Client, version: str) -> bool:
        """Whether a client can play it on servers of a version."""
        is_ahead = client.language == "java" and not client.is_old and version.startswith("4.")
        return (
            self._player(client) is not None
            and not (self.needs_5 and client.is_old)
            and not (self.not_ahead and is_ahead)
        )

    def operation(self, client: Client) -> tuple[str, Mapping[str, object]]:
        """Return what a client's program is asked for, and the parameters."""
        player = self._player(client)
        assert player is not None
        return player, self.parameters

    def expected(self, client: Client, server: Server) -> Any:
        """Return what has to come of it; whether the server is a fake or real makes no difference."""
        if str(client) in self.by:
            return self.by[str(client)]
        if self.on_4 is not None and server.version.startswith("4."):
            return self.on_4
        return self.outcome

    def _player(self, client: Client) -> str | None:
        return self.java if client.language == "java" else self.go


class AdminScenario(Scenario):
    """The commands of the admin tool; tool and server both decide what is printed."""

    def suits(self, client: Client, version: str) -> bool:
        """Whether it is recorded what this tool prints of servers of a version."""
        return f"{client} on {version}" in admin_commands.PAIRS

    def expected(self, client: Client, server: Server) -> Any:
        """Return the lines of each command."""
        return admin_commands.recorded(f"{client} on {server.version}")


_SENT: Final = {
    "offsetIdLength": 32,
    "queueId": 1,
    "region": "DefaultRegion",
    "status": "SEND_OK",
}


def _sent(transaction_id: str | None) -> dict[str, Any]:
    return {
        "sent": [{**_SENT, "queueOffset": offset, "transactionId": transaction_id} for offset in range(3)],
        "bodies": ["one", "zwei", "三"],
        "tags": "TagA",
        "keys": "key1 key2",
        "colour": "grün",
        "flag": 7,
        "reconsumeTimes": 0,
    }


_DELAYED: Final = {
    "status": "SEND_OK",
    "queueId": 3,
    "queueOffset": 0,
    "body": "later",
    "early": False,
    "delayLevel": None,
    "realTopic": "<topic>",
    "realQueue": "3",
}
_TOO_LONG: Final = (
    "the message is illegal, maybe msg body or properties length not matched. msg body length limit 4194304B, "
    "msg properties length limit 32KB."
)
_TIMER_TOO_FAR: Final = (
    "timer message illegal, the delay time should not be bigger than the max delay 259200000ms; "
    "or if set del msg, the delay time should be bigger than the current time"
)
_FIRST: Final = [f"a{i}" for i in range(8)]
_BOTH: Final = _FIRST + [f"b{i}" for i in range(8)]
_SHARED: Final = {"shared": _FIRST, "all": _BOTH, "queues": [4]}
_CHECK: Final = {"topic": "<topic>", "tags": "TagA", "sameId": True}

SCENARIOS: Final = (
    # Those that take longest come first: the others are played meanwhile.
    Scenario(
        "pop consumer",
        java="Pops.popConsumer",
        needs_5=True,
        outcome=[
            "<topic> popped 0, attempt 0",
            "<topic> popped 1, attempt 0",
            "<topic> popped 2, attempt 0",
            "<topic> popped 2, attempt 1",
            "<topic> popped 3, attempt 0",
        ],
        on_4={"error": "MQClientException", "text": "CODE: 3  DESC:  request type 401 not supported"},
    ),
    Scenario(
        "reset of offsets under a consumer",
        java="Pushes.resetOffset",
        not_ahead=True,
        outcome=sorted([f"first {body}" for body in _FIRST] * 2),
    ),
    Scenario("push, two members share", java="Pushes.concurrent", go="shared", outcome=_SHARED),
    Scenario("push, two members in order", java="Pushes.orderlyMembers", outcome=_SHARED),
    Scenario(
        "push, retries and dead letter",
        java="Pushes.retryAndDeadLetter",
        go="deadLetter",
        outcome={
            "attempts": [f"<topic> poison, attempt {attempt}" for attempt in range(3)],
            "body": "poison",
            "tags": "TagA",
            "keys": "order-1",
            "reconsumeTimes": 3,
            "retryTopic": "<topic>",
            "sameId": True,
        },
    ),
    Scenario(
        "push, retried once",
        java="Pushes.retriedOnce",
        go="retriedOnce",
        outcome=[
            "<topic> stumbling, attempt 0 out of <topic>",
            "<topic> stumbling, attempt 1 out of %RETRY%<group>",
        ],
    ),
    Scenario(
        "recall",
        java="Recalls.recall",
        needs_5=True,
        outcome={
            "refused": {"code": 16, "remark": "recall failed, operation is forbidden"},
            "recalled": True,
            "bad": {"error": "MQClientException", "text": "recall handle is invalid"},
            "delivered": ["delivered"],
        },
        on_4="no recall handle",
    ),
    Scenario(
        "transactions",
        java="Transactions.allEnds",
        go="transactions",
        outcome={
            "checks": {"checked, committed": _CHECK, "checked, rolled back": _CHECK},
            "delivered": ["checked, committed", "committed"],
        },
    ),
    AdminScenario(
        "admin tool",
        java="Admin.commands",
        outcome=None,
        parameters={"commands": admin_commands.WORDS},
        reduce=admin_commands.reduce,
    ),
    Scenario(
        "push, in order",
        java="Pushes.orderly",
        go="orderly",
        outcome=[
            "step 0, attempt 0",
            "step 1, attempt 0",
            "step 2, attempt 0",
            "step 2, attempt 1",
            "step 2, attempt 2",
            "step 3, attempt 0",
            "step 4, attempt 0",
        ],
    ),
    Scenario(
        "push, broadcasting",
        java="Pushes.broadcasting",
        go="broadcasting",
        outcome=sorted(f"{member} {body}" for member in ("first", "second") for body in _FIRST),
    ),
    Scenario(
        "push, tags",
        java="Pushes.tags",
        go="tags",
        outcome=["of TagA", "of TagA", "of TagB", "the last"],
    ),
    Scenario("push, SQL92", java="Pushes.sql92", go="sql92", outcome=["price 3", "price 5", "price 6"]),
    Scenario(
        "push, broken SQL92",
        java="Pushes.brokenSql92",
        outcome={
            "error": "MQClientException",
            "text": "CODE: 23  DESC: org.apache.rocketmq.filter.parser.ParseException: "
            'Encountered "<EOF>" at line 1, column 7.',
        },
    ),
    Scenario(
        "trace",
        java="Traces.allStations",
        not_ahead=True,
        outcome={"stations": ["Pub 14", "SubAfter 9", "SubBefore 8"]},
    ),
    Scenario(
        "lite pull, subscribe",
        java="Pulls.subscribe",
        not_ahead=True,
        outcome={"bodies": _FIRST, "committed": [2, 2, 2, 2]},
    ),
    Scenario("lite pull, tags", java="Pulls.tags", not_ahead=True, outcome=["of TagA", "of TagA"]),
    Scenario(
        "lite pull, assign",
        java="Pulls.assign",
        not_ahead=True,
        outcome={"queues": 4, "bodies": ["a1", "a2", "a5", "a6"]},
    ),
    Scenario(
        "lite pull, seek",
        java="Pulls.seek",
        not_ahead=True,
        outcome={
            "seen": [
                [f"message {i}" for i in range(6)],
                ["message 4", "message 5"],
                [f"message {i}" for i in range(6)],
                ["after the end"],
            ],
            "found": True,
            "beyond": {
                "error": "MQClientException",
                "text": "Seek offset illegal, seek offset = 99, min offset = 0, max offset = 7",
            },
        },
    ),
    Scenario("request and reply", java="Requests.replies", go="replies", outcome=["re: question", "re: another"]),
    Scenario("request without reply", java="Requests.nobodyReplies", go="noReply", outcome="timeout"),
    Scenario("send and wait", java="Producers.sync", go="sync", outcome=_sent("given"), on_4=_sent(None)),
    Scenario(
        "send asynchronously",
        java="Producers.async",
        go="async",
        outcome={"offsets": list(range(10)), "bodies": [f"async {i}" for i in range(10)]},
    ),
    Scenario("send one-way", java="Producers.oneway", go="oneway", outcome={"bodies": ["a", "b", "c", "connected"]}),
    Scenario(
        "send a batch",
        java="Producers.batch",
        go="batch",
        outcome={
            "status": "SEND_OK",
            "queueId": 2,
            "queueOffset": 0,
            "ids": 3,
            "read": [[0, "TagA", "first"], [1, "TagB", "second"], [2, None, "third"]],
        },
    ),
    Scenario(
        "send to a queue by key",
        java="Producers.ordered",
        go="ordered",
        outcome={str(queue): [f"step {queue + 4 * i}" for i in range(3)] for queue in range(4)},
    ),
    Scenario("delay level", java="Producers.delayLevel", go="delayLevel", outcome={**_DELAYED, "delayLevel": "2"}),
    Scenario(
        "timer",
        java="Producers.timer",
        go="timer",
        outcome=_DELAYED,
        on_4={**_DELAYED, "early": True, "realTopic": None, "realQueue": None},
    ),
    Scenario(
        "timer too far ahead",
        java="Producers.timerTooFar",
        outcome={"code": 13, "remark": _TIMER_TOO_FAR},
        on_4="SEND_OK",
    ),
    Scenario(
        "compressed body",
        java="Producers.compressed",
        go="compressed",
        outcome={"same": True, "small": True, "codec": 3},
        by={
            "go-2.1.2": {"same": True, "small": True, "codec": 0},
        },
    ),
    Scenario(
        "topic created by a send",
        java="Producers.newTopic",
        go="newTopic",
        outcome={"status": "SEND_OK", "queueOffset": 0, "queues": 4},
    ),
    Scenario("properties too long", java="Producers.tooManyProperties", outcome={"code": 13, "remark": _TOO_LONG}),
    Scenario("no such queue", java="Producers.noSuchQueue", outcome=29, on_4=1),
)
