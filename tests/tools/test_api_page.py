"""The reference is whole: every public name is on it, and every part that a method's docstring has to have."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from pyrocketmq.broker import AsyncBrokerClient, AsyncBrokerManager, BrokerClient, BrokerManager
from pyrocketmq.model.declaration.header import REGISTRY
from pyrocketmq.model.enums import RequestCode
from pyrocketmq.nameserver import AsyncNameServerClient, NameServerClient
from reference.api_page import API, documentation, example_of, expanded, members_of
from reference.await_example import awaited
from reference.docstrings import code_of, docstring_of, parse
from reference.sent import requests_of
from reference.signatures import signature_of

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGES = [page.read_text("utf-8") for page in REFERENCE.glob("*.md")]
ASKED = [name for page in PAGES for names, _ in API.findall(page) for name in names.split()]
PACKAGES = [f"pyrocketmq.{name}" for name in ("broker", "nameserver", "remote", "logging", "model", "testkit")]
CLIENTS = [BrokerClient, AsyncBrokerClient, NameServerClient, AsyncNameServerClient]
SENDS_NOTHING = {"connect", "disconnect"}


def methods(cls: type) -> list[tuple[str, object]]:
    return [(member.name, member.function) for member in members_of(cls) if not isinstance(member.value, property)]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_on_one_page(package: str) -> None:
    public = [f"{package}.{name}" for name in import_module(package).__all__]
    assert [name for name in public if ASKED.count(name) != 1] == []


def test_every_name_is_documented() -> None:
    for name in ASKED:
        text = "\n".join(documentation(name))
        assert text.count("{py:") >= 2, name
        assert not re.search(r"(?m)^>>>", re.sub(r"(?ms)^```.*?^```", "", text)), name
        assert not re.search(r"\bat 0x[0-9a-f]+|ForwardRef|<class|<function|\bUnion\[", text), name


@pytest.mark.parametrize("cls", CLIENTS)
def test_every_method_of_a_client_tells_its_requests(cls: type) -> None:
    for name, method in methods(cls):
        named = set(re.findall(r"\b([A-Z][A-Z0-9_]{5,}), (\d+)\b", docstring_of(method).text))
        sent = {(RequestCode(int(request.CODE)).name, str(int(request.CODE))) for request in requests_of(method)}
        assert (not named) is (name in SENDS_NOTHING), name
        assert all(RequestCode[request].value == int(code) and int(code) in REGISTRY for request, code in named), name
        if sent:  # others are told by prose alone: what they send goes by a method of their own
            assert named <= sent, f"{name} says {named} and sends {sent}"


@pytest.mark.parametrize("cls", [*CLIENTS, BrokerManager, AsyncBrokerManager])
def test_every_method_has_parameters_errors_and_an_example(cls: type) -> None:
    for member in members_of(cls):
        doc = docstring_of(member.function)
        assert doc.text.endswith("."), member.name
        if isinstance(member.value, property):
            continue
        assert code_of(example_of(member)), f"{member.name} has no example"
        signature = inspect.signature(member.function)
        told = {name.lstrip("*") for name in doc.entries("Args")}
        assert told == signature.parameters.keys() - {"self", "cls"}, member.name
        if member.name not in ("disconnect", "close", "at"):
            assert doc.entries("Raises"), f"{member.name} tells no errors"


def test_the_request_is_told_with_a_link() -> None:
    text = "\n".join(documentation("pyrocketmq.broker.BrokerClient"))
    _, _, method = text.partition("BrokerClient.get_max_offset(")
    assert method.startswith("topic: str, queue_id: int, ")
    assert "**Request:** [`GET_MAX_OFFSET`](requests.md#getmaxoffset) (30)" in method.partition(":::\n")[0]


def test_members_stay_out() -> None:
    page = "<!-- api: pyrocketmq.remote.Remote without counters -->\n"
    assert "{py:method} invoke(" in expanded(page)
    assert "} counters" not in expanded(page)
    with pytest.raises(ValueError, match=r"Remote has no countres"):
        expanded(page.replace("counters", "countres"))


def test_requests_are_found_behind_helpers() -> None:
    assert [request.__name__ for request in requests_of(BrokerClient.lite_pull_message)] == ["LitePullMessage"]
    assert requests_of(BrokerClient.connect) == []


def test_defaults_are_shown_by_their_names() -> None:
    shown = signature_of(BrokerClient.pull_message)
    assert shown.startswith("(consumer_group: str, ")
    assert "retry: RetryPolicy | None = REPEAT_READS" in shown
    assert shown.endswith(" -> PullMessageResult")


def test_aliases_are_told_with_what_stands_below_them() -> None:
    text = "\n".join(documentation("pyrocketmq.remote.Listener"))
    assert "Stands for `Callable[[ConnectionEvent], object]`." in text
    assert "Is told of every event" in text


def test_docstrings_are_taken_apart() -> None:
    doc = parse(
        """Do it.

        In a while.

        Args:
            first: One
                or two.
            second: Three.

        Raises:
            ValueError: never.

        Example:
            ```python
            do(1)
            ```
        """
    )
    assert doc.text == "Do it.\n\nIn a while."
    assert doc.entries("Args") == {"first": "One or two.", "second": "Three."}
    assert doc.entries("Raises") == {"ValueError": "never."}
    assert code_of(doc.sections["Example"]) == "do(1)\n"


def test_examples_are_awaited() -> None:
    shown = awaited("```python\nfor each in client.get()['a']:\n    client.put(each, client.now())\n```")
    assert shown == (
        "```python\nfor each in (await client.get())['a']:\n    await client.put(each, (await client.now()))\n```"
    )
