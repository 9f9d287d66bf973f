"""The docstring of every public method says all that its user has to know, in one form, from which pages are made."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pyrocketmq.broker import (
    AsyncBrokerClient,
    AsyncBrokerManager,
    BrokerClient,
    BrokerManager,
    create_async_broker_client,
    create_async_broker_manager,
    create_broker_client,
    create_broker_manager,
    errors,
)
from pyrocketmq.model import RequestCode
from pyrocketmq.model.declaration import Request
from pyrocketmq.nameserver import (
    AsyncNameServerClient,
    NameServerClient,
    create_async_nameserver_client,
    create_nameserver_client,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLASSES = (
    BrokerClient,
    AsyncBrokerClient,
    NameServerClient,
    AsyncNameServerClient,
    BrokerManager,
    AsyncBrokerManager,
)
FACTORIES = (
    create_broker_client,
    create_async_broker_client,
    create_nameserver_client,
    create_async_nameserver_client,
    create_broker_manager,
    create_async_broker_manager,
)
OWN_WAYS = {"connect", "disconnect", "close", "at", "connection", "broker_names"}
"""What asks no server for anything, or for different things."""

NEVER_FAIL = {"disconnect", "close", "at"}
OTHERS = {"ValueError", "TypeError", "ProtocolError"}
SECTION = re.compile(r"^(Args|Returns|Raises|Example):$", re.MULTILINE)
ORDER = ["Args", "Returns", "Raises", "Example"]


class Described(NamedTuple):
    """A public function or method, and what its docstring says."""

    name: str
    function: Callable[..., Any]
    summary: str
    heads: list[str]
    sections: dict[str, str]

    def named(self, section: str) -> list[str]:
        """The names that a section explains, one behind the other."""
        heads = re.findall(r"^(\w+(?:, \w+)*): \S", self.sections.get(section, ""), re.MULTILINE)
        return [name for head in heads for name in head.split(", ")]

    @property
    def parameters(self) -> list[str]:
        parameters = inspect.signature(self.function).parameters
        return [name for name in parameters if name not in ("self", "cls")]

    @property
    def result(self) -> str:
        return str(inspect.signature(self.function).return_annotation)


def described(name: str, function: Callable[..., Any]) -> Described:
    text = inspect.getdoc(function) or ""
    summary, *parts = SECTION.split(text)
    found = {head: textwrap.dedent(part.strip("\n")) for head, part in zip(parts[::2], parts[1::2], strict=True)}
    return Described(name, function, summary, parts[::2], found)


def everything() -> Iterator[Any]:
    for cls in CLASSES:
        for name, method in inspect.getmembers(cls, callable):
            if not name.startswith(("_", "async_")):  # the latter are the same functions as the plain names
                yield pytest.param(described(name, method), id=f"{cls.__name__}.{name}")
    for factory in FACTORIES:
        yield pytest.param(described(factory.__name__, factory), id=factory.__name__)


EVERYTHING = list(everything())


def test_nothing_is_forgotten() -> None:
    assert len(EVERYTHING) > 200
    for cls in CLASSES:
        properties = inspect.getmembers(cls, lambda member: isinstance(member, property))
        for name, member in properties:
            assert name.startswith("_") or inspect.getdoc(member), f"{cls.__name__}.{name}"


@pytest.mark.parametrize("it", EVERYTHING)
def test_docstring_is_whole(it: Described) -> None:
    assert re.match(r"[A-Z].*[.;:]", it.summary), "a summary, ended by a full stop"
    assert it.heads == [head for head in ORDER if head in it.sections], "each once, in the usual order"
    assert it.named("Args") == it.parameters
    if it.result not in ("None", "<class 'inspect._empty'>"):
        assert "Returns" in it.sections or it.name.startswith("create_"), f"what {it.result} holds"
    if it.name not in NEVER_FAIL:
        raised = it.named("Raises")
        assert raised
        for name in raised:
            assert name in OTHERS or issubclass(getattr(errors, name), errors.BrokerError), name


@pytest.mark.parametrize("it", EVERYTHING)
def test_example_is_one_of_it(it: Described) -> None:
    if it.name == "disconnect":
        return
    (code,) = re.findall(r"```python\n(.*?)```", it.sections["Example"], re.DOTALL)
    tree = ast.parse(f"async def example():\n{textwrap.indent(code, '    ')}")
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {
        func.attr if isinstance(func, ast.Attribute) else func.id
        for func in called
        if isinstance(func, ast.Attribute | ast.Name)
    }
    assert it.name in names


@pytest.mark.parametrize("it", EVERYTHING)
def test_the_request_is_named(it: Described) -> None:
    if it.name in OWN_WAYS or it.name.startswith("create_"):
        return
    named = re.findall(r"([A-Z][A-Z0-9_]+), (\d+)", it.summary)
    assert named, "a summary ends with the request's name and code in brackets"
    for name, code in named:
        assert RequestCode[name] == int(code)
    operation = inspect.unwrap(it.function)
    used = (operation.__globals__.get(name) for name in operation.__code__.co_names)
    sent = {request.CODE for request in used if isinstance(request, type) and issubclass(request, Request)}
    assert sent <= {int(code) for _, code in named}
