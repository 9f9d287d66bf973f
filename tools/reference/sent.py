"""Which requests a function sends, as its code says."""

from __future__ import annotations

import inspect
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final, cast

from pyrocketmq.broker import plan
from pyrocketmq.model.declaration.header import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT_PACKAGES: Final = ("pyrocketmq.broker.", "pyrocketmq.nameserver.")


def requests_of(method: object) -> list[type[Request[Any]]]:
    """Return the declared requests that a client's method makes, itself or by what it calls, by code.

    Followed are the names of functions, and those of the client's own methods.

    Args:
        method: A method of a client, as its class has it.
    """
    found: set[type[Request[Any]]] = set()
    _collect(method, found, set())
    return sorted(found, key=lambda request: int(request.CODE))


def _collect(called: object, found: set[type[Request[Any]]], seen: set[object]) -> None:
    function = inspect.unwrap(called) if callable(called) else None
    if (
        not isinstance(function, FunctionType)
        or function in seen
        or not function.__module__.startswith(CLIENT_PACKAGES)
    ):
        return
    seen.add(function)
    if function.__module__ == plan.__name__:
        return
    for name in _names(function.__code__):
        value = function.__globals__.get(name)
        if inspect.isclass(value) and issubclass(value, Request):
            found.add(cast("Any", value))  # of which reply, a look at its class cannot tell
        elif not isinstance(value, ModuleType):
            _collect(value, found, seen)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
