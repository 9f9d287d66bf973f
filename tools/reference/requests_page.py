"""Generate the reference page of all requests, ``docs/reference/requests.md``, from their declarations.

From the root of the project, with ``tools`` on ``PYTHONPATH``::

    uv run python -m reference.requests_page            writes the page
    uv run python -m reference.requests_page --check    tells whether it is stale

Exit codes: 0 done, 1 the page is stale, 2 wrong usage.
"""

from __future__ import annotations

import re
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyrocketmq.model import bodies
from pyrocketmq.model.declaration.header import REGISTRY, Header, Request
from pyrocketmq.model.enums import RequestCode, ResponseCode
from pyrocketmq.model.requests.base import RpcRequest, TopicRequest
from reference.docstrings import docstring_of
from reference.pages import run, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyrocketmq.model.declaration import JsonBody
    from pyrocketmq.model.declaration.header import Wire
    from pyrocketmq.model.declaration.record import Field, Record

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "requests.md"


class Area(NamedTuple):
    """Requests of one module.

    Attributes:
        module: The module's name in `pyrocketmq.model.requests`.
        title: Heading of the area.
        direction: Who sends these requests to whom.
    """

    module: str
    title: str
    direction: str


AREAS: Final = (
    Area("send", "Sending", "client to broker"),
    Area("pull", "Pulling", "client to broker"),
    Area("pop", "Popping", "client to broker"),
    Area("offset", "Offsets", "client to broker"),
    Area("transaction", "Transactions", "client to broker"),
    Area("lock", "Locks on queues", "client to broker"),
    Area("query", "Finding messages", "client to broker"),
    Area("client", "Clients", "client to broker"),
    Area("callback", "Requests to clients", "broker to client"),
    Area("topic", "Administration of topics", "client to broker"),
    Area("group", "Administration of groups", "client to broker"),
    Area("statistics", "Statistics", "client to broker"),
    Area("broker_config", "Administration of brokers", "client to broker"),
    Area("acl", "Users and permissions", "client to broker"),
    Area("nameserver", "NameServers", "client to NameServer"),
    Area("broker_register", "Among servers", "broker to NameServer, or server to server"),
)

COMMON_BASES: Final[tuple[type[Header], ...]] = (TopicRequest, RpcRequest)
BODIES_TITLE: Final = "JSON bodies"
COMMON_TITLE: Final = "Common fields"
UNDECLARED_TITLE: Final = "Codes without a declaration"

INTRODUCTION: Final = """\
<!-- Made by tools/reference/requests_page.py. Change the declarations, not this page. -->

# Requests

Every request that `pyrocketmq.model.requests` declares: its header fields, its body, and its answer. The class stands
in the heading; its attributes are the fields.

- **Wire** is the field's name in the header's `extFields`, where values are texts.
- An *int* has 32 bits, a *long* 64, both signed. A *bool* reads `true` or `false`.
- A **required** field has to be there. Any other has a default; *absent* means that it is not written, and reads
  `None`.
- An answer with one of the **results** as its code carries the fields of the reply. Any other code is a refusal, with
  the reason in the remark.
"""


def page() -> str:
    """Return the text of the page."""
    parts = [
        INTRODUCTION,
        *_contents(),
        *_common_fields(),
        *[line for area in AREAS for line in _area(area)],
        *_undeclared(),
        *_bodies(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def requests_of(area: Area) -> list[type[Request[Any]]]:
    """Return the requests of an area, in the order of their codes."""
    module = f"pyrocketmq.model.requests.{area.module}"
    return [request for _, request in sorted(REGISTRY.items()) if request.__module__ == module]


def bodies_of_page() -> list[type[JsonBody]]:
    """Return all JSON bodies, in the order of their names."""
    return [getattr(bodies, name) for name in sorted(bodies.__all__)]


def _contents() -> Iterator[str]:
    yield "## Contents\n"
    yield f"- {_link(COMMON_TITLE)}"
    for area in AREAS:
        yield f"- {_link(area.title)}: " + ", ".join(_link(request.__name__) for request in requests_of(area))
    yield f"- {_link(UNDECLARED_TITLE)}"
    yield f"- {_link(BODIES_TITLE)}: " + ", ".join(_link(body.__name__) for body in bodies_of_page())
    yield ""


def _link(heading: str) -> str:
    return f"[{heading}](#{heading.lower().replace(' ', '-')})"


def _common_fields() -> Iterator[str]:
    yield f"## {COMMON_TITLE}\n"
    yield "Requests that say so below have these fields too.\n"
    for base in reversed(COMMON_BASES):
        yield f"**{base.__name__}.** {_summary(base)}\n"
        yield from _wiretable(base, base.wires())


def _area(area: Area) -> Iterator[str]:
    yield f"## {area.title}\n"
    for request in requests_of(area):
        yield from _request(request, area)


def _request(request: type[Request[Any]], area: Area) -> Iterator[str]:
    yield f"### {request.__name__}\n"
    code = RequestCode(request.CODE)
    since = f" · since {request.SINCE}" if request.SINCE else ""
    yield f"`{code.name}` · code {int(code)} · {area.direction}{since}\n"
    yield _summary(request) + "\n"
    yield from _fields(request)
    reply = request.REPLY
    results = ", ".join(f"{ResponseCode(result).name} ({result})" for result in sorted(request.RESULTS))
    yield f"**Answer** `{reply.__name__}`, results {results}. {_summary(reply)}\n"
    yield from _fields(reply)


def _fields(header: type[Header]) -> Iterator[str]:
    common = _common_base(header)
    names = {field.name for field in common.FIELDS} if common else set[str]()
    yield from _wiretable(header, [wire for wire in header.wires() if wire.name not in names])
    if common:
        yield f"Also the {_link(COMMON_TITLE).replace('Common', 'common', 1)} of `{common.__name__}`.\n"
    field = header.body_field()
    if field is not None and field.codec is not None:
        meaning = _meanings(header).get(field.name, "")
        yield f"Body: `{field.name}`, {_body(field.codec.description)}. {meaning}".rstrip() + "\n"


def _common_base(header: type[Header]) -> type[Header] | None:
    return next((base for base in COMMON_BASES if base in header.__mro__), None)


def _body(description: str) -> str:
    """Return what a body is, with a link to the JSON body that it names."""
    return re.sub(r"\b[A-Z]\w+$", lambda name: _link(name[0]) if hasattr(bodies, name[0]) else name[0], description)


def _wiretable(header: type[Header], rows: Iterable[Wire]) -> Iterator[str]:
    meanings = _meanings(header)
    yield from table(
        ("Field", "Wire", "Type", "Default", "Meaning"),
        [
            (
                f"`{row.name}`",
                f"`{row.wire_name}`",
                row.kind.name,
                _default(required=row.required, value=row.default),
                meanings.get(row.name, ""),
            )
            for row in rows
        ],
    )


def _bodies() -> Iterator[str]:
    yield f"## {BODIES_TITLE}\n"
    yield "A member that is *absent* is not written. Members that are not declared survive in `extra_members`.\n"
    for body in bodies_of_page():
        yield f"### {body.__name__}\n"
        yield _summary(body) + "\n"
        meanings = _meanings(body)
        yield from table(
            ("Member", "Wire", "Type", "Default", "Meaning"),
            [
                (
                    f"`{field.name}`",
                    f"`{field.wire_name}`",
                    f"`{field.annotation.removesuffix(' | None')}`",
                    _default(required=field.required, value=_default_of(field)),
                    meanings.get(field.name, ""),
                )
                for field in body.FIELDS
            ],
        )


def _default_of(field: Field) -> object:
    return None if field.required else field.make_default()


def _default(*, required: bool, value: object) -> str:
    if required:
        return "**required**"
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Enum):
        return f"`{value.value}`"
    return "empty" if value in ("", [], {}) else f"`{value}`"


def _undeclared() -> Iterator[str]:
    yield f"## {UNDECLARED_TITLE}\n"
    yield "They travel as any other in a `RemotingCommand`; nothing here gives their fields a type.\n"
    rows = [(str(int(code)), f"`{code.name}`") for code in RequestCode if code not in REGISTRY]
    yield from table(("Code", "Name"), rows)


def _summary(cls: type[Record]) -> str:
    """Return what a class's docstring says before its sections, each paragraph in one line."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", docstring_of(cls).text))


def _meanings(cls: type[Record]) -> dict[str, str]:
    """Return the meanings of fields that the docstrings of a class and its bases give, by attribute name."""
    meanings: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if hasattr(base, "FIELDS"):
            meanings |= docstring_of(base).entries("Attributes")
    return meanings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: Words after the command's name; by default those of the process.
    """
    return run("reference.requests_page", page, PAGE, arguments)


if __name__ == "__main__":
    sys.exit(main())
