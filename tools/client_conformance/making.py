"""Which public call sends the request of a step, found by asking each candidate what it would send."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from client_conformance.calls import CALLS, Call
from client_conformance.reasons import Reason, Unmade
from client_conformance.sameness import differences
from pyrocketmq.broker.config import ClientConfig
from pyrocketmq.broker.context import ClientContext
from pyrocketmq.broker.plan import Exchange, Oneway
from pyrocketmq.model import RequestCode, TransactionState
from pyrocketmq.model.declaration.header import REGISTRY
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.requests import EndTransaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from client_conformance.arguments import Arguments, Site
    from pyrocketmq.model import RemotingCommand
    from pyrocketmq.model.declaration.header import Request

_TIMEOUT: Final = 30.0
MAX_MESSAGE_SIZE: Final = 16 * 1024 * 1024
"""Setting of the clients, so that the broker is who refuses a message that is too large."""
_CLIENT_VERSIONS: Final = (401, 493)
# What the cases introduce themselves with where they do not say otherwise.


class Made(NamedTuple):
    """The public call that sends the request of a step.

    Attributes:
        call: The call.
        arguments: Its arguments.
        is_oneway: Whether the call waits for no answer.
    """

    call: Call
    arguments: Arguments
    is_oneway: bool


def made(to: str, command: RemotingCommand, site: Site, method: str | None = None) -> Made | Unmade:
    """Return the public call that sends a request, or why there is none.

    Args:
        to: Kind of server: "broker" or "namesrv".
        command: The request.
        site: The server.
        method: The call to make where several send the request; by default the first of the table.
    """
    declaration = REGISTRY.get(command.code)
    if declaration is None:
        return Unmade(Reason.UNKNOWN_CODE, str(command.code))
    command.ext_fields = {**_NOT_NEEDED.get(command.code, {}), **(command.ext_fields or {})}
    try:
        request: Request[Any] = declaration.from_command(command)
    except ProtocolError as error:
        return Unmade(Reason.MALFORMED, str(error))
    if command.version not in _CLIENT_VERSIONS:
        return Unmade(Reason.OTHER_REQUEST, f"version {command.version} in the header")
    candidates = [call for call in CALLS[to].get(command.code, ()) if call.when(request)]
    if method is not None:
        candidates = [call for call in CALLS[to][command.code] if call.method == method]
    if not candidates:
        return _unoffered(to, declaration, command.code)
    reasons: list[Unmade] = []
    for call in candidates:
        attempt = _attempt(call, request, site, is_oneway=command.is_oneway)
        if isinstance(attempt, Made):
            return attempt
        reasons.append(attempt)
    return next((unmade for unmade in reasons if unmade.reason is Reason.REFUSED), reasons[0])


def _unoffered(to: str, declaration: type[Request[Any]], code: int) -> Unmade:
    elsewhere = any(code in calls for kind, calls in CALLS.items() if kind != to)
    return Unmade(Reason.WRONG_SERVER if elsewhere else Reason.SERVERS_ONLY, declaration.__name__)


def _attempt(call: Call, request: Request[Any], site: Site, *, is_oneway: bool) -> Made | Unmade:
    try:
        arguments = call.arguments_for(request, site, is_oneway=is_oneway)
    except ProtocolError as error:
        return Unmade(Reason.OTHER_REQUEST, f"{call.method}: {error}")
    try:
        effect = next(call.operation(_context(site), **arguments))
    except ValueError as error:
        return Unmade(Reason.REFUSED, str(error))
    assert isinstance(effect, Exchange | Oneway)  # no call begins by waiting
    if isinstance(effect, Oneway) != is_oneway and not _is_left_open(request):
        return Unmade(Reason.OTHER_REQUEST, f"{call.method}: {'one-way' if is_oneway else 'with an answer'}")
    different = differences(request, effect.request)
    if different:
        return Unmade(Reason.OTHER_REQUEST, f"{call.method}: {', '.join(different)}")
    return Made(call, arguments, isinstance(effect, Oneway))


_NOT_NEEDED: Final[Mapping[int, Mapping[str, str]]] = {RequestCode.END_TRANSACTION: {"msgId": ""}}
"""Fields that clients always send and declarations require, although brokers do without, with what stands for none."""


def _is_left_open(request: Any) -> bool:
    """Whether a request leaves a transaction open, which brokers never answer, so that clients send it one-way."""
    return isinstance(request, EndTransaction) and request.commit_or_rollback == TransactionState.UNKNOWN


@cache
def _context(site: Site) -> ClientContext:
    return ClientContext(site.broker, _TIMEOUT, ClientConfig(max_message_size=MAX_MESSAGE_SIZE))
