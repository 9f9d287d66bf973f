"""Whether the request that a public call sends is the one that a step sends.

Both are compared in their declared form, attribute by attribute. What may differ is declared here, each with the reason
why a server does not see a difference, or why it is the client's own affair.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from client_conformance.arguments import is_now
from pyrocketmq.model.batch import decode_batch
from pyrocketmq.model.declaration import JsonBody
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.names import RETRY_PREFIX
from pyrocketmq.model.properties import decode_properties
from pyrocketmq.model.sys_flag import PullSysFlag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyrocketmq.model.declaration.header import Request


@dataclass(frozen=True)
class Allowance:
    """An attribute that may differ.

    Attributes:
        names: The attributes, of requests or of objects in their bodies.
        holds: Whether it may, from the value of the step, that of the call, and the step's whole request.
        reason: Why.
    """

    names: tuple[str, ...]
    holds: Callable[[Any, Any, Any], bool]
    reason: str


_A_YEAR: Final = 366 * 24 * 3600
_CLIENTS_OWN_PROPERTIES: Final = frozenset(("UNIQ_KEY", "MSG_TYPE"))


def _are_now(ours: int, theirs: int, request: Any) -> bool:
    del request
    return is_now(ours) and is_now(theirs)


def _is_added(ours: object, theirs: object, request: Any) -> bool:
    del theirs, request
    return ours is None


def _adds_own(ours: str | None, theirs: str | None, request: Any) -> bool:
    del request
    wanted, sent = decode_properties(ours or ""), decode_properties(theirs or "")
    added = sent.keys() - wanted.keys()
    return added <= _CLIENTS_OWN_PROPERTIES and all(sent.get(name) == value for name, value in wanted.items())


def _is_same_batch(ours: bytes, theirs: bytes, request: Any) -> bool:
    if not getattr(request, "batch", False):
        return False
    try:
        wanted, sent = list(decode_batch(ours)), list(decode_batch(theirs))
    except ProtocolError:
        return False
    return len(wanted) == len(sent) and all(
        one.body == other.body and one.flag == other.flag and _adds_own(one.properties, other.properties, request)
        for one, other in zip(wanted, sent, strict=True)
    )


ALLOWANCES: Final[tuple[Allowance, ...]] = (
    Allowance(("born_timestamp", "born_time"), _are_now, "the client's own clock"),
    Allowance(("broker_name", "origin_msg_id", "topic"), _is_added, "names what is meant anyway"),
    Allowance(("properties",), _adds_own, "the client gives every message a unique key, and marks replies"),
    Allowance(("body",), _is_same_batch, "the client gives every message of a batch a unique key"),
    Allowance(
        ("max_reconsume_times",),
        lambda ours, _, request: not ours or not request.topic.startswith(RETRY_PREFIX),
        "is looked at for retry topics alone",
    ),
    Allowance(
        ("subscription",),
        lambda ours, theirs, request: not request.sys_flag & PullSysFlag.SUBSCRIPTION or (not ours and not theirs),
        "is looked at if the flag says so",
    ),
    Allowance(
        ("sub_version",),
        lambda _, __, request: bool(request.sys_flag & PullSysFlag.SUBSCRIPTION),
        "is looked at where the request carries no subscription",
    ),
    Allowance(
        ("expression_type",),
        lambda ours, theirs, _: (ours or "TAG") == theirs,
        "the default in words",
    ),
    Allowance(
        ("sys_flag",),
        lambda ours, theirs, request: (
            request.CODE == RequestCode.LITE_PULL_MESSAGE and ours | PullSysFlag.LITE_PULL == theirs
        ),
        "the bit says what the code says",
    ),
    Allowance(
        ("end_timestamp",),
        lambda ours, theirs, _: min(ours, theirs) > (time.time() + _A_YEAR) * 1000,
        "both times are far ahead",
    ),
    Allowance(
        ("unique_key_query",),
        lambda ours, theirs, request: bool(ours) and theirs is None and request.max_num == 32,
        "raises `maxNum` to 32, which it is",
    ),
    Allowance(
        ("topic_sys_flag",),
        lambda ours, theirs, _: not ours and not theirs,
        "absent and 0 are the same",
    ),
    Allowance(
        ("clean_offset", "remove_offset"),
        lambda ours, theirs, request: bool(theirs) is bool(request.clean_offset or request.remove_offset),
        "each line of servers has its own name for it, and the call sends both",
    ),
    Allowance(
        ("client_id",),
        lambda _, __, request: request.CODE == RequestCode.CHECK_CLIENT_CONFIG,
        "who asks, which servers do not look at here",
    ),
)
"""What may differ between a step's request and that of the call that makes it."""


def differences(wanted: Request[Any], sent: Request[Any]) -> list[str]:
    """Return the attributes in which a call's request is not that of a step; empty if it is the same request."""
    return list(_different(wanted, sent, wanted))


def _different(wanted: Any, sent: Any, request: Any) -> Iterator[str]:
    for name, ours in wanted._items():
        theirs = getattr(sent, name)
        if ours == theirs:
            continue
        if isinstance(ours, JsonBody) and isinstance(theirs, JsonBody):
            yield from _different(ours, theirs, request)
        elif not any(name in one.names and one.holds(ours, theirs, request) for one in ALLOWANCES):
            yield name
    extra = wanted.extra_fields if hasattr(wanted, "extra_fields") else wanted.extra_members
    sent_extra = sent.extra_fields if hasattr(sent, "extra_fields") else sent.extra_members
    yield from sorted(str(name) for name in extra if name not in sent_extra)
