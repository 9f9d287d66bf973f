"""Attributes of topics (5.x): what can be set, and to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "cleanup.policy": ("DELETE", "COMPACTION"),
    "message.type": ("UNSPECIFIED", "MIXED", "TRANSACTION", "PRIORITY", "FIFO", "DELAY", "NORMAL"),
    "queue.type": ("BatchCQ", "SimpleCQ"),
    "reserve.time": (),
}
"""Values by attribute; without, any number."""

_FIXED: Final = frozenset(("cleanup.policy", "queue.type"))
# Once a topic exists, these stay what they are.


class AttributeChangeError(ValueError):
    """A change that is not allowed."""


def changed_attributes(attributes: Mapping[str, str] | None, changes: str) -> dict[str, str]:
    """Return attributes after changes such as `+message.type=FIFO,-reserve.time`.

    Args:
        attributes: What the topic has; `None` for a topic that is being created.
        changes: The changes, joined by commas.

    Raises:
        AttributeChangeError: one of them is not allowed.
    """
    changed = dict(attributes or {})
    for change in filter(None, changes.split(",")):
        name, equals, value = change.lstrip("+-").partition("=")
        if change[0] == "+" and equals:
            _check(name, value, is_new=attributes is None or attributes.get(name) == value)
            changed[name] = value
        elif change[0] == "-" and not equals:
            if attributes is None:
                raise AttributeChangeError(f"only add attribute is supported while creating topic. key: {name}")
            _check(name, None, is_new=False)
            changed.pop(name, None)
        else:
            raise AttributeChangeError(f"add/alter attribute format is wrong: {name}")
    return changed


def _check(name: str, value: str | None, *, is_new: bool) -> None:
    choices = _CHOICES.get(name)
    if choices is None:
        raise AttributeChangeError(f"unsupported key: {name}")
    if name in _FIXED and not is_new:
        raise AttributeChangeError(f"attempt to update an unchangeable attribute. key: {name}")
    if value is None:
        return
    if choices and value not in choices:
        raise AttributeChangeError(f"value is not in set: [{', '.join(choices)}]")
    if not choices and not value.removeprefix("-").isdecimal():
        raise AttributeChangeError(f'For input string: "{value}"')
