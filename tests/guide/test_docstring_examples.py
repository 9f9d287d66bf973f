"""The examples of the reference run on the fake broker: each method's, as the docstrings of both clients show them."""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from opentelemetry.trace import NoOpTracerProvider

from doc_blocks import ROOT
from pyrocketmq import broker as broker_package
from pyrocketmq import logging, model, nameserver, remote
from pyrocketmq.broker import (
    AsyncBrokerClient,
    AsyncBrokerManager,
    BrokerClient,
    BrokerManager,
    create_async_broker_client,
    create_async_broker_manager,
    create_broker_client,
    create_broker_manager,
)
from pyrocketmq.broker.opentelemetry import OpenTelemetry
from pyrocketmq.broker.trace_topic import TraceTopic
from pyrocketmq.model import MessageQueue, bodies, enums, requests, subscription
from pyrocketmq.nameserver import (
    AsyncNameServerClient,
    NameServerClient,
    create_nameserver_client,
)
from pyrocketmq.testkit import FakeBroker
from reference.api_page import API, example_of, members_of
from reference.await_example import is_call_of_client
from reference.docstrings import code_of, docstring_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

QUESTIONS = MessageQueue("questions", "broker-a", 0)
MQ = MessageQueue("orders", "broker-a", 0)


def cases(cls: type) -> list[tuple[str, str]]:
    examples = [(m.name, code_of(docstring_of(m.function).sections.get("Example", ""))) for m in members_of(cls)]
    return [(name, code) for name, code in examples if code]


def shown(value: str) -> str:
    return value if value.isidentifier() else ""


def names() -> dict[str, object]:
    """What examples use without importing it."""
    found: dict[str, object] = {"time": time, "SQL92": subscription.SQL92}
    for module in (broker_package, nameserver, remote, logging, model, bodies, enums):
        found |= {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return found


def given(fake: FakeBroker, method: str, stack: ExitStack) -> dict[str, object]:
    """What an application has at hand where it calls a method: messages, a queue, an offset, other members."""
    at_hand: dict[str, object] = {
        "mq": MQ,
        "offset": 0,
        "mine": [MQ],
        "price_of": lambda body: b"17",
        "rebalance": lambda group: None,
    }
    other = stack.enter_context(create_broker_client(fake.address))
    match method:
        case "ack_message" | "batch_ack_messages" | "change_invisible_time":
            at_hand["result"] = popped = other.pop_message("mailing", "orders")
            at_hand["message"] = popped.messages[0]
        case "end_transaction" | "resume_check_half_message":
            at_hand["half"] = other.send_transaction_message("shop", b"order 18", MQ)
            (at_hand["message"],) = other.pull_message("shop", "RMQ_SYS_TRANS_HALF_TOPIC", 0, 0).messages
        case "update_consumer_offset":
            at_hand["result"] = other.pull_message("billing", "orders", 0, 0)
        case "query_message_by_unique_key" | "view_message":
            at_hand["result"] = at_hand["sent"] = other.sync_send_message("shop", b"order 18", MQ)
        case "get_producer_connections":
            other.register_producer("shop")
        case "get_message_request_modes":
            other.set_message_request_mode("billing", "orders", enums.MessageRequestMode.POP)
        case "request":
            stack.enter_context(in_background(lambda: answer_one(other)))
        case "send_reply_message":
            stack.enter_context(in_background(lambda: other.request("shop", b"apples", QUESTIONS, timeout=10)))
            fake.requests.wait_for(code=enums.RequestCode.SEND_MESSAGE_V2, topic="questions")
        case _:
            other.register_consumer(
                "billing",
                {"orders": "*"},
                consume_directly=lambda message: enums.CMResult.SUCCESS,
                consumer_status=lambda topic: {MQ: 0},
                running_info=bodies.ConsumerRunningInfo,
            )
            at_hand["client_id"] = other.client_id
            at_hand["message"] = other.pull_message("billing", "orders", 0, 0).messages[0]
    return at_hand


@contextmanager
def in_background(work: Callable[[], object]) -> Iterator[None]:
    with ThreadPoolExecutor(1) as executor:
        done = executor.submit(work)
        yield
        done.result()


def answer_one(client: BrokerClient) -> None:
    (question,) = client.pull_message("prices", "questions", 0, 0, suspend_timeout=10).messages
    client.send_reply_message("prices", b"17", question)


NAMES = [
    name
    for page in sorted((ROOT / "docs" / "reference").glob("*.md"))
    for asked, _ in API.findall(page.read_text("utf-8"))
    for name in asked.split()
]
"""Everything that the reference has."""

WITH_TESTS_OF_THEIR_OWN = {
    BrokerClient,
    AsyncBrokerClient,
    BrokerManager,
    AsyncBrokerManager,
    NameServerClient,
    AsyncNameServerClient,
}


def examples_beside_clients() -> Iterator[tuple[str, str]]:
    for name in NAMES:
        module, _, short = name.rpartition(".")
        documented = getattr(import_module(module), short)
        yield name, code_of(docstring_of(documented).sections.get("Example", ""))
        if inspect.isclass(documented) and documented not in WITH_TESTS_OF_THEIR_OWN:
            for member in members_of(documented):
                yield f"{name}.{member.name}", code_of(docstring_of(member.function).sections.get("Example", ""))


OTHERS = [(name, code) for name, code in examples_beside_clients() if code]


@pytest.fixture
def fake() -> Iterator[FakeBroker]:
    properties = {"enablePropertyFilter": "true", "recallMessageEnable": "true"}
    with FakeBroker(topics={"orders": 4, "questions": 1}, properties=properties) as started:
        for number in range(3):
            started.put("orders", b"order %d" % number, queue_id=0, tags="new", keys=[str(number)])
        yield started


@pytest.mark.parametrize(("method", "code"), cases(BrokerClient), ids=shown)
def test_broker_client(method: str, code: str, fake: FakeBroker) -> None:
    with ExitStack() as stack:
        at_hand = given(fake, method, stack)
        client = stack.enter_context(create_broker_client(fake.address))
        exec(code, {**names(), **at_hand, "client": client})


@pytest.mark.parametrize(("method", "code"), cases(NameServerClient), ids=shown)
def test_nameserver_client(method: str, code: str, fake: FakeBroker) -> None:
    with create_nameserver_client(fake.namesrv_address) as client:
        exec(code, {**names(), "client": client})


@pytest.mark.parametrize(("method", "code"), cases(BrokerManager), ids=shown)
def test_broker_manager(method: str, code: str, fake: FakeBroker) -> None:
    with create_broker_manager(fake.namesrv_address) as manager:
        exec(code, {**names(), "manager": manager})


MANAGED = [(member.name, code_of(example_of(member))) for member in members_of(AsyncBrokerManager)]


@pytest.mark.parametrize(("method", "code"), [case for case in MANAGED if case[1]], ids=shown)
async def test_async_broker_manager(method: str, code: str, fake: FakeBroker) -> None:
    async with await create_async_broker_manager(fake.namesrv_address) as manager:
        await run_async(code, {**names(), "manager": manager})


# Operations have one docstring for both clients; what is not one has a docstring, and so an example, of its own.
SHARED = set(cases(BrokerClient))
OWN = [case for case in cases(AsyncBrokerClient) if case not in SHARED]


@pytest.mark.parametrize(("method", "code"), OWN, ids=shown)
async def test_async_broker_client(method: str, code: str, fake: FakeBroker) -> None:
    with ExitStack() as stack:
        at_hand = await asyncio.to_thread(given, fake, method, stack)
        async with await create_async_broker_client(fake.address) as client:
            await run_async(code, {**names(), **at_hand, "client": client})


@pytest.mark.parametrize("cls", [AsyncBrokerClient, AsyncNameServerClient])
def test_examples_for_asyncio_await_every_call(cls: type) -> None:
    for member in members_of(cls):
        code = code_of(example_of(member))
        compiled_async(code)
        tree = ast.parse(code)
        waited_for = {node.value for node in ast.walk(tree) if isinstance(node, ast.Await)}
        waited_for |= {node.iter for node in ast.walk(tree) if isinstance(node, ast.AsyncFor)}
        if inspect.iscoroutinefunction(member.function):
            assert {node for node in ast.walk(tree) if is_call_of_client(node)} <= waited_for, f"{member.name}: {code}"


async def test_other_examples(fake: FakeBroker) -> None:
    async with AsyncExitStack() as stack:
        client = await asyncio.to_thread(stack.enter_context, create_broker_client(fake.address))
        traces = stack.enter_context(TraceTopic(fake.address))
        for place, code in OTHERS:
            namespace = {
                **names(),
                "GetMaxOffset": requests.GetMaxOffset,
                "OpenTelemetry": OpenTelemetry,
                "TraceTopic": TraceTopic,
                "messages": [b"order 18", b"order 19"],
                "mq": MQ,
                "client": client,
                "telemetry": OpenTelemetry(),
                "traces": traces,
                "my_provider": NoOpTracerProvider(),
                "bill": lambda message: None,
                "__name__": place,
            }
            here = code.replace("localhost:10911", fake.address).replace("localhost:9876", fake.namesrv_address)
            await run_async(here, namespace)
            await close(namespace.get("client"), namespace.get("manager"), but=client)


async def close(*opened: object, but: object) -> None:
    for each in opened:
        if each is not but:
            if hasattr(each, "__aexit__"):
                await each.__aexit__(None, None, None)
            elif hasattr(each, "__exit__"):
                each.__exit__(None, None, None)


def test_interactive_sessions() -> None:
    finder = doctest.DocTestFinder(recurse=False)
    tried = 0
    for name in NAMES:
        module, _, short = name.rpartition(".")
        documented = getattr(import_module(module), short)
        for test in finder.find(documented, short, globs={**names(), short: documented}):
            results = doctest.DocTestRunner().run(test)
            assert results.failed == 0, name
            tried += results.attempted
    assert tried > 5


def compiled_async(code: str) -> CodeType:
    return compile(code, "<example>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


async def run_async(code: str, namespace: dict[str, object]) -> None:
    running = eval(compiled_async(code), namespace)  # a coroutine where the code awaits, and nothing where it does not
    if inspect.isawaitable(running):
        await running
