"""JSON as cases and recordings hold it, and checked ways into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias, TypeVar

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = "Mapping[str, Json]"

T = TypeVar("T")


class CaseFormatError(ValueError):
    """A file of cases or recordings does not read as described."""


class Members:
    """The members of a JSON object, taken one by one, so that a misspelt name is an error and not a silent default.

    Args:
        value: The object.
        where: What it is, for errors.
    """

    def __init__(self, value: Json, where: str) -> None:
        if not isinstance(value, Mapping):
            raise CaseFormatError(f"{where} is no object: {value!r}")
        self._left = dict(value)
        self._where = where

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def __iter__(self) -> Iterator[str]:
        return iter(self._left)

    def rest(self) -> JsonObject:
        """Return all that is left, and take it out."""
        left, self._left = self._left, {}
        return left

    def take(self, name: str, kind: type[T], default: T | None = None) -> T:
        """Return a member of a kind, and take it out.

        Raises:
            CaseFormatError: it is missing without a default, or of another kind.
        """
        if name not in self._left and default is not None:
            return default
        value: object = self._left.pop(name, None)
        if not isinstance(value, kind):
            raise self.error(f"{name} is {value!r}, not of type {kind.__name__}")
        return value

    def take_seconds(self, name: str, default: float | None = None) -> float:
        """Return a member that is a number of seconds, and take it out.

        Raises:
            CaseFormatError: it is missing without a default, or no number.
        """
        if name not in self._left and default is not None:
            return default
        value = self._left.pop(name, None)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"{name} is {value!r}, no number of seconds")
        return float(value)

    def take_list(self, name: str) -> list[Json]:
        """Return a member that is a list, an empty one if it is missing, and take it out.

        Raises:
            CaseFormatError: it is something else.
        """
        value = self._left.pop(name, [])
        if not isinstance(value, list):
            raise self.error(f"{name} is no list: {value!r}")
        return value

    def take_any(self, name: str) -> Json:
        """Return a member of any kind, `None` if it is missing, and take it out."""
        return self._left.pop(name, None)

    def take_object(self, name: str) -> JsonObject:
        """Return a member that is an object, an empty one if it is missing, and take it out."""
        value = self._left.pop(name, {})
        if not isinstance(value, Mapping):
            raise self.error(f"{name} is no object: {value!r}")
        return value

    def take_members(self, name: str) -> Members:
        """Return the members of a member that is an object, and take it out.

        Raises:
            CaseFormatError: it is missing, or something else.
        """
        return Members(self.take_any(name), self._where)

    def take_texts(self, name: str) -> dict[str, str]:
        """Return a member that is an object of texts, an empty one if it is missing, and take it out."""
        texts: dict[str, str] = {}
        for key, value in self.take_object(name).items():
            if not isinstance(value, str):
                raise self.error(f"{name}.{key} is no text: {value!r}")
            texts[key] = value
        return texts

    def end(self) -> None:
        """Say that nothing else may be there.

        Raises:
            CaseFormatError: something else is there.
        """
        if self._left:
            raise self.error(f"unknown members: {', '.join(sorted(self._left))}")

    def error(self, reason: str) -> CaseFormatError:
        """Return the error that says what is wrong with them."""
        return CaseFormatError(f"{self._where}: {reason}")
