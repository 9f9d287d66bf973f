"""What every declaration of a request or reply can do."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import pytest

from pyrocketmq.model import requests
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.declaration import Long, Preparation, Reply, Request, body, wire
from pyrocketmq.model.declaration.body_codec import RAW
from pyrocketmq.model.declaration.record import camel_case
from pyrocketmq.model.errors import FieldError, FrameTooLargeError
from pyrocketmq.model.request_factory import RemotingRequestFactory


class Example(Request[Reply]):
    """A request that is not registered."""

    CODE = 7

    name: str
    size: int = 3
    total: Long | None = wire("TOTAL", default=None)
    exact: bool = False
    content: bytes = body(RAW, default=b"nothing")


class Shortened(Example, wire_names={"name": "a", "size": "b"}):
    """The same under other names."""

    exact: bool = True


class WithoutRequiredFields(Request[Reply]):
    """All fields have defaults."""

    CODE = 8

    first: int | None = None
    second: str = "s"
    third: int | None = None


def test_defaults() -> None:
    example = Example(name="n")
    assert (example.size, example.total, example.exact, example.content) == (3, None, False, b"nothing")
    assert example.to_fields() == {"name": "n", "size": "3", "exact": "false"}
    assert Example.from_command(RemotingCommand(7, ext_fields={"name": "n"})) == example


def test_inherited_fields_keep_their_place_under_other_names() -> None:
    assert Shortened(name="n").to_fields() == {"a": "n", "b": "3", "exact": "true"}
    assert Shortened(name="n") != Example(name="n", exact=True)
    with pytest.raises(TypeError, match="no such fields: nmae"):

        class Misspelt(Example, wire_names={"nmae": "a"}):
            """Not a class."""


@pytest.mark.parametrize("values", [{}, {"first": 1}, {"second": ""}, {"third": 0}, {"first": 1, "third": 3}])
def test_frames_without_required_fields(values: dict[str, Any]) -> None:
    request = WithoutRequiredFields(**values)
    command = RemotingCommand.decode(request.to_frame(1))
    assert command.ext_fields == request.to_fields()
    assert WithoutRequiredFields.from_command(command) == request


def test_absent_and_null_fields_have_their_defaults() -> None:
    for fields in ({"name": "n"}, {"name": "n", "size": None, "TOTAL": None, "exact": None}):
        ext_fields: Any = fields
        example = Example.from_command(RemotingCommand(7, ext_fields=ext_fields))
        assert example == Example(name="n")


def test_unknown_fields_survive() -> None:
    command = RemotingCommand(7, ext_fields={"name": "n", "size": "4", "later": "x", "exact": "TRUE"})
    example = Example.from_command(command)
    assert example.extra_fields == {"later": "x"}
    assert example.exact
    assert RemotingCommand.decode(example.to_frame(5)).ext_fields == {
        "name": "n",
        "size": "4",
        "exact": "true",
        "later": "x",
    }
    signed = Example(name="n").with_extra_fields({"AccessKey": "k"})
    assert RemotingCommand.decode(signed.to_frame(5)).ext_fields == {**Example(name="n").to_fields(), "AccessKey": "k"}


def test_bare_numbers_and_booleans_are_read() -> None:
    frame = RemotingCommand(7, ext_fields={"name": 1, "size": 2, "TOTAL": 3, "exact": True}).encode()  # type: ignore[dict-item]  # the point of this test
    example = Example.from_command(RemotingCommand.decode(frame))
    assert example == Example(name="1", size=2, total=3, exact=True, content=b"nothing")


def test_frames_that_servers_would_not_take_are_refused() -> None:
    with pytest.raises(FrameTooLargeError) as caught:
        Example(name="n", content=bytes(16 * 1024 * 1024)).to_frame(1)
    assert caught.value.size > caught.value.limit == 16 * 1024 * 1024
    largest = Example(name="n", content=b"")
    room = 16 * 1024 * 1024 - len(largest.to_frame(1))
    assert len(largest.replace(content=bytes(room)).to_frame(1)) == 16 * 1024 * 1024
    with pytest.raises(FrameTooLargeError):
        largest.replace(content=bytes(room + 1)).to_frame(1)


def test_header_fields_are_of_few_kinds() -> None:
    class Floating(Request[Reply]):
        """Not a request."""

        CODE = 9
        rate: float = 0.0

    class Undecided(Request[Reply]):
        """Not a request either."""

        CODE = 9
        rate: int | None = 0

    for wrong in (Floating, Undecided):
        with pytest.raises(TypeError, match=r"rate: a"):
            wrong.wires()


def test_prepared_requests_are_like_others() -> None:
    make = Preparation(Example, "size", "content").of(name="ä", exact=True)
    request = make(5, b"c")
    plain = Example(name="ä", exact=True, size=5, content=b"c")
    assert isinstance(request, Example)
    assert request == plain == request
    assert plain == request == make(5, b"c")
    assert request != make(6, b"c")
    assert request != plain.replace(exact=False)
    assert request != Reply()
    assert request.__hash__ is None
    assert repr(request) == repr(plain)
    assert (request.name, request.size, request.exact, request.content) == ("ä", 5, True, b"c")
    assert RemotingCommand.decode(request.to_frame(7, 1)) == plain.to_command(7, 1)
    changed = request.replace(name="n")
    assert changed == plain.replace(name="n")
    assert RemotingCommand.decode(changed.to_frame(7)) == changed.to_command(7)
    request.with_extra_fields({"later": "1"})
    assert RemotingCommand.decode(request.to_frame(7)) == plain.with_extra_fields({"later": "1"}).to_command(7)
    assert make(5, b"c").extra_fields == {}
    for like in (copy.copy(make(5, b"c")), copy.deepcopy(make(5, b"c"))):
        assert type(like) is Example
        assert like == plain.replace()


def test_prepared_fields_are_checked() -> None:
    preparation = Preparation(Example, "size", "content")
    with pytest.raises(TypeError, match=r"Example\(\) lacks required fields: name"):
        preparation.of()
    with pytest.raises(TypeError, match="nmae"):
        preparation.of(nmae="n")
    with pytest.raises(TypeError, match="fields that vary cannot be fixed: size"):
        preparation.of(name="n", size=1)
    with pytest.raises(FieldError, match="'name' holds 5"):
        preparation.of(name=5)
    with pytest.raises(TypeError, match="Example has no such fields: nmae"):
        Preparation(Example, "nmae", "size")
    with pytest.raises(TypeError, match="no field in the header is fixed"):
        Preparation(Example, "name", "size", "exact").of(content=b"c")
    make = preparation.of(name="n")
    with pytest.raises(FieldError, match="'size' holds '1'"):
        make("1", b"").to_frame(1)
    with pytest.raises(TypeError, match="content"):
        make(1)
    with pytest.raises(AttributeError, match="name"):
        make(1, b"").name = "m"


def test_fields_are_given_by_keyword() -> None:
    with pytest.raises(TypeError, match=r"Example\(\) takes its fields by keyword"):
        Example("n", name="n")  # type: ignore[misc]  # the point of this test
    with pytest.raises(TypeError, match=r"Example\(\) lacks required fields: name"):
        Example(size=1)  # type: ignore[call-arg]  # the point of this test
    with pytest.raises(TypeError, match="nmae"):
        Example(nmae="n")  # type: ignore[call-arg]  # the point of this test
    shown = inspect.signature(Example).parameters
    assert list(shown) == [field.name for field in Example.FIELDS]
    assert {parameter.kind for parameter in shown.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert (shown["name"].default, shown["size"].default) == (inspect.Parameter.empty, 3)


def test_records() -> None:
    example = Example(name="n", size=1)
    assert repr(example) == "Example(name='n', size=1, exact=False, content=b'nothing')"
    assert example.replace(size=2) == Example(name="n", size=2)
    assert example != Reply()
    assert example.__hash__ is None
    with pytest.raises(TypeError, match="name"):
        Example()  # type: ignore[call-arg]  # the point of this test
    with pytest.raises(TypeError, match="later"):
        Example(name="n", later=1)  # type: ignore[call-arg]  # the point of this test
    assert camel_case("max_reconsume_times") == "maxReconsumeTimes"


def test_factory_makes_the_command_of_a_request() -> None:
    command = RemotingRequestFactory.send_message_v2(
        producer_group="shop", topic="orders", queue_id=2, born_timestamp=3, body=b"b"
    )
    expected = requests.SendMessageV2(producer_group="shop", topic="orders", queue_id=2, born_timestamp=3, body=b"b")
    assert command == expected.to_command()
    assert RemotingCommand.decode(command.to_frame(9)).opaque == 9
