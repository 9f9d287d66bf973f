"""Signatures as the reference shows them."""

from __future__ import annotations

import inspect
import re
import sys
from enum import Enum
from types import UnionType
from typing import TYPE_CHECKING, Any, ForwardRef, TypeVar, Union, cast, get_args, get_origin

if TYPE_CHECKING:
    from collections.abc import Callable


def signature_of(documented: Callable[..., Any]) -> str:
    """Return the signature of a function or class without `self`; empty for a class that has none of its own.

    Defaults that are no plain values are shown by the name that the module has for them.
    """
    if inspect.isclass(documented) and not _has_signature(documented):
        return ""
    signature = inspect.signature(documented)
    names = vars(sys.modules[documented.__module__])
    chosen = _chosen_types(documented)
    parameters = [
        parameter.replace(
            annotation=_shown(parameter.annotation, lambda given: chosen.get(text := annotation_text(given), text)),
            default=_shown(parameter.default, lambda given: _default(given, names)),
        )
        for parameter in signature.parameters.values()
        if parameter.name not in ("self", "cls", "context")
    ]
    result = signature.return_annotation
    shown = inspect.Signature(parameters, return_annotation=signature.empty)
    if hasattr(documented, "__wrapped__"):  # by `contextmanager`, which keeps the generator's annotation
        result = re.sub(r"^(Async)?Generator\[", r"Abstract\1ContextManager[", str(result))
    arrow = "" if result is signature.empty or inspect.isclass(documented) else f" -> {annotation_text(result)}"
    return f"{shown}{arrow}"


def _shown(value: object, text_of: Callable[[Any], str]) -> object:
    return value if value is inspect.Parameter.empty else _Shown(text_of(value))


def _chosen_types(documented: Callable[..., Any]) -> dict[str, str]:
    """Return what a class has put for the type variables of its bases."""
    bases = [base for cls in getattr(documented, "__mro__", ()) for base in getattr(cls, "__orig_bases__", ())]
    return {
        str(variable).lstrip("~"): annotation_text(chosen)
        for base in bases
        for variable, chosen in zip(getattr(get_origin(base), "__parameters__", ()), get_args(base), strict=False)
        if not isinstance(chosen, TypeVar)
    }


class _Shown:
    """A text that is its own representation."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _has_signature(cls: type) -> bool:
    if issubclass(cls, Enum):
        return False
    made = [base for base in cls.__mro__ if "__init__" in vars(base) or "__new__" in vars(base)]
    return made[0].__module__.startswith("pyrocketmq.") or issubclass(cls, tuple)


def annotation_text(annotation: object) -> str:
    """Return a type as a signature shows it, without the modules of its names."""
    if isinstance(annotation, ForwardRef):
        text = annotation.__forward_arg__
    elif annotation is type(None):
        text = "None"
    elif get_origin(annotation) in (Union, UnionType):
        text = " | ".join(annotation_text(each) for each in get_args(annotation))
    else:
        text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:typing|collections\.abc|contextlib|pyrocketmq)\.(?:\w+\.)*", "", text.strip("'\""))


def _default(value: object, names: dict[str, object]) -> str:
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, tuple):
        shown = [_default(each, names) for each in cast("tuple[object, ...]", value)]
        return f"({', '.join(shown)}{',' if len(shown) == 1 else ''})"
    if value is None or type(value) in (bool, int, float, str, bytes):
        return repr(value)
    if inspect.isclass(value):
        return value.__name__
    named = [name for name, known in names.items() if known is value]
    return named[0] if named else "..."
