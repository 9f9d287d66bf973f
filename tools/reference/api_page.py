"""Write what docstrings say as Markdown for Sphinx (MyST): a class with its members, a function, a value.

Everything comes from the objects themselves, imported: signatures, sections of docstrings, and the requests that a
client's method sends. The pages under ``docs/reference/`` name what they want in a comment of its own line,
``<!-- api: pyrocketmq.broker.BrokerClient -->``; `expanded` puts the Markdown there when the site is built. Members
that are there for the rest of a package stay out: ``<!-- api: pyrocketmq.remote.Remote without counters -->``.
"""

from __future__ import annotations

import inspect
import re
from enum import Enum
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple, cast, get_origin

from pyrocketmq.model.declaration.header import REGISTRY
from pyrocketmq.model.enums import RequestCode
from reference.await_example import awaited
from reference.docstrings import docstring_of, docstring_of_value
from reference.pages import table
from reference.sent import CLIENT_PACKAGES, requests_of
from reference.signatures import annotation_text, signature_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from reference.docstrings import Docstring

API: Final = re.compile(r"(?m)^<!-- api: (.+?)(?: without (.+?))? -->$")
"""What a page says where documentation belongs: names separated by blanks, and members that stay out."""

_OURS: Final = "pyrocketmq."
_NAMED_REQUEST: Final = re.compile(r"\b[A-Z][A-Z0-9_]{5,}, (\d+)\b")


class Member(NamedTuple):
    """A public member of a class.

    Attributes:
        name: Its name.
        value: What the class has under it: a function, a property, a class method.
        function: The function in it, for its docstring and signature.
    """

    name: str
    value: object
    function: Callable[..., object]


def expanded(page: str) -> str:
    """Return a page with the documentation that it asks for."""
    return API.sub(lambda asked: "\n".join(_asked(asked[1].split(), (asked[2] or "").split())), page)


def _asked(names: Iterable[str], without: Collection[str]) -> Iterator[str]:
    for name in names:
        yield from documentation(name, without)


def documentation(name: str, without: Collection[str] = ()) -> Iterator[str]:
    """Return lines of Markdown about a public name.

    Args:
        name: `"pyrocketmq.broker.BrokerClient"`: the module that makes it public, and its name there.
        without: Members of the class that stay out.

    Raises:
        ValueError: the class has no such member.
    """
    module, _, short = name.rpartition(".")
    documented = attrgetter(short)(import_module(module))
    yield f"```{{py:currentmodule}} {module}\n```\n"
    if inspect.isclass(documented):
        members = members_of(documented)
        if unknown := set(without) - {member.name for member in members}:
            raise ValueError(f"{name} has no {', '.join(sorted(unknown))}")
        yield from _class(short, documented, [member for member in members if member.name not in without])
    elif inspect.isroutine(documented):
        yield from _function("function", short, documented, _described(docstring_of(documented)))
    else:
        yield f":::{{py:data}} {short}\n"
        if get_origin(documented) or isinstance(documented, str):
            yield f"Stands for `{annotation_text(documented)}`.\n"
        else:
            yield f"A `{type(documented).__name__}`.\n"
        yield from _described(docstring_of_value(short, documented))
        yield ":::\n"


def members_of(cls: type) -> list[Member]:
    """Return the public methods and properties of a class and its bases in this project, each once.

    A name with `async_` before that of another member is left out: it is the same function. So are functions that are
    made in numbers, which their class's docstring tells about.
    """
    found: dict[str, Member] = {}
    for base in cls.__mro__:
        if base.__module__.startswith(_OURS):
            for name, value in vars(base).items():
                if not name.startswith("_") and name not in found and (function := _function_in(value)):
                    if "<locals>" in function.__qualname__:
                        continue
                    found[name] = Member(name, value, function)
    return [member for name, member in found.items() if name.removeprefix("async_") not in found.keys() - {name}]


def _function_in(value: object) -> Callable[..., object] | None:
    if isinstance(value, property):
        return value.fget
    function = getattr(value, "__func__", value)  # that of class methods and static ones
    return function if inspect.isfunction(function) else None


def _class(name: str, cls: type, members: list[Member]) -> Iterator[str]:
    kind = "exception" if BaseException in cls.__mro__ else "class"
    yield f"::::{{py:{kind}}} {name}{signature_of(cls)}\n"
    yield from _described(docstring_of(cls))
    if Enum in cls.__mro__:
        values = cast("type[Enum]", cls)
        yield from table(("Member", "Value"), [(f"`{member.name}`", f"`{_value_of(member)}`") for member in values])
        yield "::::\n"
        return
    yield from _attributes(cls, {member.name for member in members})
    has_areas = any(requests_of(member.function) for member in members)
    if not has_areas:
        for member in members:
            yield from _member("", cls, member)
    yield "::::\n"
    if has_areas:  # headings, which there cannot be within the description of a class
        yield from _areas(name, cls, members)


def _attributes(cls: type, elsewhere: Collection[str]) -> Iterator[str]:
    """Return what docstrings of a class and its bases say about attributes, but for those that are members as well."""
    told: dict[str, str] = {}
    types: dict[str, object] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith(_OURS):
            told |= docstring_of(base).entries("Attributes")
            types |= inspect.get_annotations(base)
    for name, meaning in told.items():
        if name not in elsewhere:
            kind = f":type: {annotation_text(types[name])}\n" if name in types else ""
            yield f":::{{py:attribute}} {name}\n:no-contents-entry:\n{kind}\n{meaning}\n:::\n"


def _value_of(member: Enum) -> object:
    return int(member) if isinstance(member, int) else member.value


def _areas(name: str, cls: type, members: Iterable[Member]) -> Iterator[str]:
    """Return a client's members under a heading for each area; the modules of operations are the areas."""
    areas: dict[str, list[Member]] = {}
    for member in members:
        areas.setdefault(_area_of(member), []).append(member)
    for area in sorted(areas, key=lambda area: area != "The client itself"):
        yield f"## {area}\n"
        for member in areas[area]:
            yield from _member(name, cls, member)


def _area_of(member: Member) -> str:
    function = inspect.unwrap(member.function)
    if not (requests_of(function) or _NAMED_REQUEST.search(inspect.getdoc(function) or "")):
        return "The client itself"
    summary = import_module(function.__module__).__doc__ or ""
    return re.split(r"[:,.(]", summary.partition("\n")[0])[0].strip()


def _member(owner: str, cls: type, member: Member) -> Iterator[str]:
    name = f"{owner}.{member.name}".lstrip(".")
    doc = docstring_of(member.function)
    if isinstance(member.value, property):
        result = signature_of(member.function).partition("-> ")[2]
        yield f":::{{py:property}} {name}\n:type: {result}\n"
        yield from _described(doc)
        yield ":::\n"
        return
    options = [":async:"] if inspect.iscoroutinefunction(member.function) else []
    if hasattr(member.value, "__func__"):
        options.append(f":{type(member.value).__name__}:")  # `classmethod` or `staticmethod`
    described = _described(doc, requests=_sent(cls, member), example=example_of(member))
    yield from _function("method", name, member.function, described, options)


def example_of(member: Member) -> str:
    """Return a method's example, for asyncio where the method is; empty without one."""
    example = docstring_of(member.function).sections.get("Example", "")
    function = member.function
    is_for_asyncio = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(inspect.unwrap(function))
    return awaited(example) if is_for_asyncio else example


def _function(
    kind: str, name: str, function: Callable[..., object], described: Iterable[str], options: Iterable[str] = ()
) -> Iterator[str]:
    yield "\n".join([f":::{{py:{kind}}} {name}{signature_of(function)}", *options]) + "\n"
    yield from described
    yield ":::\n"


def _sent(cls: type, member: Member) -> str:
    """Return a line about the requests that a client's method sends, with links; empty for other classes."""
    if not cls.__module__.startswith(CLIENT_PACKAGES):
        return ""
    codes = {int(request.CODE) for request in requests_of(member.function)}
    codes |= {int(code) for code in _NAMED_REQUEST.findall(docstring_of(member.function).text)}
    links = [
        f"[`{RequestCode(code).name}`](requests.md#{REGISTRY[code].__name__.lower()}) ({code})"
        for code in sorted(codes)
    ]
    return f"**Request:** {', '.join(links)}\n" if links else ""


def _described(doc: Docstring, requests: str = "", example: str | None = None) -> Iterator[str]:
    yield doc.text + "\n"
    if requests:
        yield requests
    fields = [f":param {name}: {meaning}" for name, meaning in doc.entries("Args").items()]
    for section in ("Returns", "Yields"):
        if meaning := doc.sections.get(section):
            fields.append(f":{section.lower()}: {' '.join(meaning.split())}")
    fields += [f":raises {error}: {meaning}" for error, meaning in doc.entries("Raises").items()]
    if fields:
        yield "\n".join(fields) + "\n"
    if shown := doc.sections.get("Example", "") if example is None else example:
        yield f"**Example:**\n\n{_fenced(shown)}\n"


def _fenced(example: str) -> str:
    """Return an example as Markdown; one of an interactive session has no fences in a docstring."""
    return f"```pycon\n{example}\n```" if example.startswith(">>>") else example
