"""Write down the public names of each distribution, with their signatures: ``packages/*/public-api.txt``.

A change of what users can call then shows in a diff, and in a test until the files are written anew. The names come
from the imported packages and not from their sources, because the clients' operations are lifted into methods.

From the root of the project, with ``tools`` on ``PYTHONPATH``: ``uv run python -m reference.public_api [--check]``.
Exit codes: 0 done, 1 a file is stale, 2 wrong usage.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
import tomllib
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ForwardRef, cast, get_origin

from reference.pages import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

ROOT: Final = Path(__file__).resolve().parents[2]

_HEAD: Final = "# Made by tools/reference/public_api.py. A line that changes or goes may break users."
_ROOT_PACKAGE: Final = "pyrocketmq."
_SPECIAL: Final = ("__enter__", "__aenter__", "__iter__", "__aiter__", "__len__", "__getitem__", "__contains__")
# Special methods that users call through syntax.
_FIXTURES: Final = "rocketmq_"


@dataclass(frozen=True)
class Surface:
    """What one distribution offers.

    Attributes:
        name: The distribution's.
        modules: Those whose `__all__` is public.
        names: Public names of modules without `__all__`.
        fixtures: Modules with pytest fixtures.
    """

    name: str
    modules: tuple[str, ...]
    names: tuple[str, ...] = ()
    fixtures: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Where its names are written down."""
        return ROOT / "packages" / self.name / "public-api.txt"

    def text(self) -> str:
        """Return what belongs there."""
        return "\n".join(_lines(self)) + "\n"


SURFACES: Final = (
    Surface(
        "rocketmq-protocol",
        (
            "pyrocketmq.model",
            "pyrocketmq.model.declaration",
            "pyrocketmq.model.requests",
            "pyrocketmq.model.bodies",
        ),
    ),
    Surface(
        "rocketmq-remote",
        ("pyrocketmq.remote", "pyrocketmq.logging"),
        ("pyrocketmq.remote.telemetry.Telemetry",),
    ),
    Surface(
        "rocketmq-broker",
        ("pyrocketmq.broker", "pyrocketmq.nameserver"),
        ("pyrocketmq.broker.opentelemetry.OpenTelemetry", "pyrocketmq.broker.trace_topic.TraceTopic"),
    ),
    Surface(
        "rocketmq-testkit",
        ("pyrocketmq.testkit", "pyrocketmq.testkit.conformance"),
        (),
        ("pyrocketmq.testkit.pytest_plugin",),
    ),
)


def _lines(surface: Surface) -> Iterator[str]:
    yield _HEAD
    for name in surface.modules:
        module = import_module(name)
        yield f"\nmodule {name}"
        for public in sorted(module.__all__):
            yield from _described(public, getattr(module, public))
    for qualified in surface.names:
        name, _, public = qualified.rpartition(".")
        yield f"\nmodule {name}"
        yield from _described(public, getattr(import_module(name), public))
    for name in surface.fixtures:
        yield f"\nfixtures of {name}"
        yield from (f"    {public}" for public in sorted(vars(import_module(name))) if public.startswith(_FIXTURES))
    project = tomllib.loads((surface.path.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if "scripts" in project:
        yield "\ncommands"
        yield from (f"    {command} = {target}" for command, target in sorted(project["scripts"].items()))


def _described(name: str, value: object) -> Iterator[str]:
    if isinstance(value, type):
        yield from _class(name, value)
    elif inspect.isroutine(value):
        yield f"    {_function(name, value)}"
    elif get_origin(value) is not None:
        yield f"    type {name}"
    else:
        yield f"    {name}: {type(value).__name__}"


def _class(name: str, cls: type[Any]) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in cls.__bases__ if base is not object)
    yield f"    class {name}({bases})" if bases else f"    class {name}"
    given: Iterable[str] = ()
    if issubclass(cls, Enum):
        yield from (f"        {member} = {value.value!r}" for member, value in cls.__members__.items())
    elif _has_constructor(cls):
        yield f"        {_signed('__init__', cls)}"
        given = inspect.signature(cls).parameters.keys()
    fields: dict[str, str] = {}
    members: dict[str, object] = {}
    for owner in reversed(_own(cls)):
        fields |= _assigned(owner)
        fields |= {key: _type(kind) for key, kind in inspect.get_annotations(owner).items() if _is_public(key)}
        shown = {key: value for key, value in vars(owner).items() if _is_public(key) or key in _SPECIAL}
        members |= {key: value for key, value in shown.items() if not (_is_generated(value) or _is_copy(key, owner))}
    stated = {*given, *cls.__members__} if issubclass(cls, Enum) else {*given}
    for key in sorted((fields.keys() | members.keys()) - stated):
        same = key.removeprefix("async_")
        if same != key and members.get(key) is members.get(same):
            yield f"        {key} = {same}"
        else:
            yield f"        {_member(key, members.get(key), fields.get(key))}"


def _assigned(cls: type[Any]) -> dict[str, str]:
    """Return the attributes that a constructor gives to instances, with their types where it states them."""
    constructor = vars(cls).get("__init__")
    if not inspect.isfunction(constructor):
        return {}
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(constructor)))
    except OSError:  # generated: the attributes are the parameters
        return {}
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self":
            found.setdefault(node.attr, "")
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute):
            found[node.target.attr] = ast.unparse(node.annotation)
    return {name: kind for name, kind in found.items() if _is_public(name)}


def _has_constructor(cls: type[Any]) -> bool:
    """Whether the class has a constructor of ours; protocols are nothing to construct."""
    ours = [owner for owner in cls.__mro__ if _is_ours(owner)]
    return not getattr(cls, "_is_protocol", False) and any({"__init__", "__new__"} & vars(each).keys() for each in ours)


def _own(cls: type[Any]) -> list[type[Any]]:
    """Return the class and those of our bases that stand nowhere by themselves."""
    public = _public_classes()
    return [owner for owner in cls.__mro__ if _is_ours(owner) and (owner is cls or owner not in public)]


def _is_generated(member: Any) -> bool:
    """Whether a method was written at its first use, in the place of the one that a base declares."""
    function = inspect.unwrap(member.__func__ if type(member) in {classmethod, staticmethod} else member)
    return inspect.isfunction(function) and function.__code__.co_filename.startswith("<")


def _is_copy(name: str, owner: type[Any]) -> bool:
    """Whether a class has a member of a base once more, to be replaced at its first use."""
    return any(vars(base).get(name) is vars(owner)[name] for base in owner.__mro__[1:])


def _is_ours(cls: type[Any]) -> bool:
    return cls.__module__.startswith(_ROOT_PACKAGE)


@cache
def _public_classes() -> frozenset[type[Any]]:
    modules = [import_module(name) for surface in SURFACES for name in surface.modules]
    exported = [getattr(module, name) for module in modules for name in module.__all__]
    return frozenset(value for value in exported if isinstance(value, type))


def _member(name: str, value: Any, annotation: str | None) -> str:
    if isinstance(value, property):
        return f"property {name}{_result(value.fget)}"
    for kind in (classmethod, staticmethod):
        if type(value) is kind:
            method = cast("Any", value).__func__
            return f"{kind.__name__} {_function(name, method)}"
    if inspect.isfunction(value):
        return _function(name, value)
    if annotation:
        return f"{name}: {annotation}"
    return name if value is None or inspect.ismemberdescriptor(value) else f"{name}: {type(value).__name__}"


def _function(name: str, function: Callable[..., object]) -> str:
    return ("async " if inspect.iscoroutinefunction(function) else "") + f"def {_signed(name, function)}"


def _signed(name: str, function: Callable[..., object]) -> str:
    signature = inspect.signature(function)
    shown: list[str] = []
    kind: object = None
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and kind not in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL):
            shown.append("*")
        kind = parameter.kind
        stars = "*" * (parameter.kind is parameter.VAR_POSITIONAL) + "**" * (parameter.kind is parameter.VAR_KEYWORD)
        typed = "" if parameter.annotation is parameter.empty else f": {_type(parameter.annotation)}"
        default = "" if parameter.default is parameter.empty else f" = {_default(parameter.default)}"
        shown.append(f"{stars}{parameter.name}{typed}{default}")
    return f"{name}({', '.join(shown)}){_returned(signature) if name != '__init__' else ''}"


def _result(function: object) -> str:
    return _returned(inspect.signature(function)) if callable(function) else ""


def _returned(signature: inspect.Signature) -> str:
    annotation = signature.return_annotation
    return "" if annotation is signature.empty else f" -> {_type(annotation)}"


def _type(annotation: object) -> str:
    if isinstance(annotation, ForwardRef):
        return annotation.__forward_arg__
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _default(value: Any) -> str:
    """Return what a signature shows of a default: objects not at all, because they change inside."""
    if value is None or type(value) in {bool, int, float, str, bytes, tuple}:
        return repr(value)
    return str(value) if isinstance(value, Enum) else "..."


def _is_public(name: str) -> bool:
    return not name.startswith("_")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or tell with `--check` whether one is stale; returns the exit code."""
    codes = [run("reference.public_api", each.text, each.path, arguments) for each in SURFACES]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
