"""Records: slotted values whose fields are declared by annotations.

`dataclasses` would serve, but preparing its methods for all declarations at import costs some hundred milliseconds.
A record keeps its annotations as text and builds its constructor the first time that one of its kind is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn, ParamSpec, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from inspect import Signature

    from pyrocketmq.model.declaration.body_codec import BodyCodec


P = ParamSpec("P")
T = TypeVar("T")


class Missing:
    """The type of `MISSING`."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()
"""Stands for "no default": the field must be given."""

_SECRETS: Final = frozenset(("password", "secret_key", "security_token"))
# Names of fields whose values are not to be seen where a record is shown.


class Field:
    """One declared field.

    Attributes:
        name: Attribute name.
        wire_name: Name on the wire.
        annotation: The annotation as written.
        default: Value used when the field is absent, or `MISSING`.
        default_factory: Makes the default where it is a container.
        codec: How the frame's body becomes this field; `None` for ordinary fields.
        in_command: The field is part of the command itself, beside its header fields (a reply's code and remark).
    """

    __slots__ = ("annotation", "codec", "default", "default_factory", "in_command", "name", "wire_name")

    def __init__(
        self,
        wire_name: str | None,
        default: object = MISSING,
        default_factory: Callable[[], object] | None = None,
        codec: BodyCodec[Any] | None = None,  # a field may hold any type; its annotation tells which
        *,
        in_command: bool = False,
    ) -> None:
        self.name = ""
        self.wire_name = wire_name or ""
        self.annotation = ""
        self.default = default
        self.default_factory = default_factory
        self.codec = codec
        self.in_command = in_command

    @property
    def required(self) -> bool:
        """Whether a value must be given."""
        return self.default is MISSING and self.default_factory is None

    def make_default(self) -> object:
        """Return the value that stands for an absent field."""
        return self.default if self.default_factory is None else self.default_factory()

    def bound(self, name: str, annotation: str, wire_name: str | None = None) -> Field:
        """Return this field under its attribute name and annotation."""
        field = Field(
            wire_name or self.wire_name or camel_case(name),
            self.default,
            self.default_factory,
            self.codec,
            in_command=self.in_command,
        )
        field.name, field.annotation = name, annotation
        return field

    def __repr__(self) -> str:
        return f"Field({self.name}: {self.annotation}, wire_name={self.wire_name!r})"


# The specifiers return `Any` so that a class body may assign them to a field of any type, as `dataclasses.field`.
def wire(
    name: str | None = None, *, default: object = MISSING, default_factory: Callable[[], object] | None = None
) -> Any:
    """Declare a field whose wire name is not simply its own name in camel case, or whose default is a container.

    Args:
        name: Name on the wire; by default the attribute's name in camel case.
        default: Value of an absent field. `None` keeps the field off the wire.
        default_factory: Makes the default, for lists and maps.
    """
    return Field(name, default, default_factory)


def body(
    codec: BodyCodec[Any], *, default: object = MISSING, default_factory: Callable[[], object] | None = None
) -> Any:
    """Declare the field that travels as the frame's body.

    Args:
        codec: Turns the body into the field's value and back.
        default: Value that stands for an empty body.
        default_factory: Makes that value, for lists and maps.
    """
    return Field(None, default, default_factory, codec)


def in_command(*, default: object) -> Any:
    """Declare a field that the command carries itself, beside its header fields."""
    return Field(None, default, in_command=True)


def camel_case(name: str) -> str:
    """Return a snake-case name as the wire spells it.

    Example:
        >>> camel_case("queue_offset")
        'queueOffset'
    """
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(wire, body, in_command))
class RecordType(type):
    """Metaclass of records: turns annotations into slots and collects the fields."""

    FIELDS: tuple[Field, ...]
    INTERNAL: tuple[str, ...]

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],  # a class body may hold anything
        wire_names: dict[str, str] | None = None,
        **options: object,
    ) -> RecordType:
        """Make the class.

        Args:
            name: The class's name.
            bases: Its bases; at most one of them may have fields.
            namespace: The class body.
            wire_names: Other wire names for fields, inherited ones above all, by attribute name.
            options: Passed on to `__init_subclass__`.

        Raises:
            TypeError: a name in `wire_names` is no field.
        """
        wire_names = wire_names or {}
        own: list[Field] = []
        for attribute, annotation in namespace.get("__annotations__", {}).items():
            if annotation.startswith("ClassVar"):
                continue
            value = namespace.pop(attribute, MISSING)
            field = value if isinstance(value, Field) else Field(None, value)
            own.append(field.bound(attribute, annotation, wire_names.get(attribute)))
        names = {field.name for field in own}
        inherited = [f for base in bases for f in getattr(base, "FIELDS", ()) if f.name not in names]
        unknown = wire_names.keys() - names - {field.name for field in inherited}
        if unknown:
            raise TypeError(f"{name}: wire_names has no such fields: {', '.join(sorted(unknown))}")
        if wire_names:
            inherited = [f.bound(f.name, f.annotation, wire_names.get(f.name)) for f in inherited]
        namespace["__slots__"] = (*namespace.get("__slots__", ()), *names)
        namespace["FIELDS"] = (*own, *inherited)
        namespace["__init__"] = _build_then_init
        return super().__new__(mcs, name, bases, namespace, **options)

    @property
    def __signature__(cls) -> Signature:
        """The constructor's parameters as declared, for `help` and `inspect`."""
        from inspect import Parameter, Signature  # slow to import, and rarely needed

        parameters: list[Parameter] = []
        for field in sorted(cls.FIELDS, key=lambda field: not field.required):
            default = Parameter.empty if field.required else field.make_default()
            parameters.append(
                Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=field.annotation)
            )
        return Signature(parameters)


def _build_then_init(self: Record, *positional: object, **values: object) -> None:
    """Stand in for the constructor of a class that no one has used yet."""
    build_constructor(type(self))
    type(self).__init__(self, *positional, **values)


class Record(metaclass=RecordType):
    """A value with named fields, given by keyword.

    Type checkers see its fields as read-only. They are not frozen at run time: that would double what it costs to
    make one.
    """

    FIELDS: ClassVar[tuple[Field, ...]]
    """All fields: the class's own first, then inherited ones."""

    INTERNAL: ClassVar[tuple[str, ...]] = ()
    """Slots beside the fields that every constructor sets to `None`."""

    def _items(self) -> Iterator[tuple[str, object]]:
        for field in self.FIELDS:
            yield field.name, getattr(self, field.name)

    def replace(self, **changes: object) -> Any:  # `Self`, but then a checker would want its constructor's types
        """Return a copy with some fields changed."""
        return type(self)(**{**dict(self._items()), **changes})

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return list(self._items()) == list(other._items())

    __hash__ = None  # type: ignore[assignment]  # fields may hold lists and maps; mypy wants a method here

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}={'***' if name in _SECRETS else repr(value)}" for name, value in self._items() if value is not None
        )
        return f"{type(self).__name__}({shown})"


def build_constructor(cls: type[Record]) -> None:
    """Give a record class its own constructor, written out field by field.

    Its parameters are keywords, but not keyword-only ones: CPython looks every keyword-only parameter that a call
    leaves out up in a dictionary, which would double what a request of many fields costs. So each has a default, and a
    parameter before them, that no keyword can reach, catches what was given by position.
    """
    scope: dict[str, object] = {"MISSING": MISSING, "refuse": _refuse_call}
    optional: list[str] = []
    assignments: list[str] = []
    for index, field in enumerate(cls.FIELDS):
        value = field.name
        if field.default_factory is not None:
            scope[f"make{index}"] = field.default_factory
            optional.append(f"{field.name}=MISSING")
            value = f"make{index}() if {field.name} is MISSING else {field.name}"
        elif not field.required:
            scope[f"default{index}"] = field.default
            optional.append(f"{field.name}=default{index}")
        assignments.append(f"self.{field.name} = {value}")
    assignments += [f"self.{name} = None" for name in cls.INTERNAL]
    required = [field.name for field in cls.FIELDS if field.required]
    parameters = ", ".join(["self, positional=MISSING, /", *[f"{name}=MISSING" for name in required], *optional])
    unset = " or ".join(["positional is not MISSING", *[f"{name} is MISSING" for name in required]])
    given = ", ".join([f"{name!r}: {name}" for name in required])
    source = f"""
def __init__({parameters}):
 if {unset}: refuse(self, positional, {{{given}}})
 {"; ".join(assignments) or "pass"}
"""
    set_method(cls, "__init__", define(cls, source, scope))


def _refuse_call(self: Record, positional: object, given: dict[str, object]) -> NoReturn:
    """Say what is wrong with a call of a constructor."""
    name = type(self).__name__
    if positional is not MISSING:
        raise TypeError(f"{name}() takes its fields by keyword")
    missing = ", ".join([field for field, value in given.items() if value is MISSING])
    raise TypeError(f"{name}() lacks required fields: {missing}")


def set_method(cls: type, name: str, method: object) -> None:
    """Give a class a generated method in place of one that type checkers know; they refuse a plain assignment."""
    setattr(cls, name, method)


def define(cls: type, source: str, scope: dict[str, object]) -> Callable[..., Any]:
    """Compile one generated function.

    Args:
        cls: The class that it is for; tracebacks name it.
        source: A single `def`.
        scope: The names that the function uses.
    """
    exec(compile(source, f"<declaration of {cls.__name__}>", "exec"), scope)
    function: Callable[..., Any] = next(reversed(scope.values()))  # type: ignore[assignment]  # the `def`, added last
    function.__qualname__ = f"{cls.__qualname__}.{function.__name__}"
    return function
