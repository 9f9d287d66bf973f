"""Where the clients promise something else than the broker answers, and what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrocketmq.testkit.conformance.json_value import JsonObject


class Promise(NamedTuple):
    """What a call promises.

    Attributes:
        expected: What has to come of the step in place of what the case states.
        why: What the clients do.
    """

    expected: JsonObject
    why: str


_NO_ASSIGNMENT: Final = Promise(
    {"code": 0, "body_json": {"messageQueueAssignments": []}},
    "return an empty list where a broker that knows no assignment writes an empty object",
)
_OFFSETS_DELETED: Final = Promise(
    {"code": 0, "fields": {"offset": "0"}},
    "ask in the words of both lines of brokers, so that the offsets are deleted on either",
)

PROMISES: Final[Mapping[tuple[str, int], Promise]] = {
    ("admin-009", 6): _OFFSETS_DELETED,
    ("admin-037", 6): _OFFSETS_DELETED,
    ("pop-001", 4): Promise(
        {
            "code": 0,
            "count": 2,
            "messages": [
                {"body": "a", "properties": {"POP_CK": {"$matches": r"^0 \d{13} 60000 [0-7] 0 ${broker} 0 0$"}}},
                {"body": "b", "properties": {"POP_CK": {"$matches": r"^0 \d{13} 60000 [0-7] 0 ${broker} 0 1$"}}},
            ],
            "fields": {
                "startOffsetInfo": "0 0 0",
                "msgOffsetInfo": "0 0 0,1",
                "restNum": "0",
                "invisibleTime": "60000",
                "popTime": {"$matches": r"^\d{13}$"},
                "reviveQid": {"$matches": "^[0-7]$"},
            },
        },
        "write the receipt handle into each popped message, as other clients do",
    ),
    ("pop-026", 5): Promise(
        {"code": 0, "count": 1, "messages": [{"topic": "${topic}", "body": "a", "reconsumeTimes": 1}]},
        "write the number of deliveries into each message of an orderly pop, as other clients do",
    ),
    ("pop-036", 2): _NO_ASSIGNMENT,
    ("pop-050", 3): _NO_ASSIGNMENT,
    ("pull-018", 3): Promise(
        {"code": 20, "count": 0}, "leave out messages whose tag has only the hash of a tag that is asked for"
    ),
}
"""By case and number of a step."""

CHOSEN: Final[Mapping[tuple[str, int], str]] = {
    # Both calls send the same request; this one takes the messages with that unique key from what is found.
    ("query-008", 3): "query_message_by_unique_key",
}
"""By case and number of a step, the call to make where the request alone does not tell."""
