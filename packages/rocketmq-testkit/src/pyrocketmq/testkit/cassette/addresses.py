"""Addresses of brokers in answers: clients that go there have to come through recorder or player again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pyrocketmq.model.enums import RequestCode

if TYPE_CHECKING:
    from collections.abc import Callable

_TELLING: Final = frozenset(
    (
        RequestCode.GET_ROUTEINFO_BY_TOPIC,
        RequestCode.GET_BROKER_CLUSTER_INFO,
        RequestCode.GET_BROKER_MEMBER_GROUP,
        RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS,
    )
)
# Requests whose answers send clients elsewhere.

_ADDRESS: Final = re.compile(rb'"((?:\[[0-9a-fA-F:.%]+\]|[A-Za-z0-9._-]+):[0-9]{1,5})"')
# A JSON text that is an address and nothing else. No name of a topic, broker or group holds a colon, and replacing
# the text alone leaves the rest of the body as the server wrote it, strict JSON or not.


def readdressed(body: bytes, code: int, replacement: Callable[[str], str]) -> bytes:
    """Return an answer's body with other addresses of brokers.

    Args:
        body: The body.
        code: Code of the request that it answers; only some tell addresses.
        replacement: Returns the address to write instead of another.
    """
    if code not in _TELLING:
        return body
    return _ADDRESS.sub(lambda found: b'"' + replacement(found[1].decode()).encode() + b'"', body)
