"""Variables of a case: `${name}` in any text of its steps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pyrocketmq.testkit.conformance.functions import VALUES, call_of, computed
from pyrocketmq.testkit.conformance.json_value import CaseFormatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.testkit.conformance.json_value import Json

_REFERENCE: Final = re.compile(r"\$\{(\w+)\}")
UNIQUE: Final = re.compile(r"cf[0-9a-f]{12}")
"""What a run of a case puts into the names that it uses, so that cases on one server do not meet."""


def unique_name(run: int, number: int) -> str:
    """Return the mark of one run of one case; all are equally long, so that sizes of messages are comparable.

    Args:
        run: Tells runs apart; the lowest 32 bits count.
        number: Tells the cases of a run apart, below 65,536.
    """
    return f"cf{run & 0xFFFFFFFF:08x}{number:04x}"


class Variables:
    """The variables of one run of a case.

    Always there are `u`, a mark of its own, `topic` and `group` made of it, `now` in milliseconds, `broker` and
    `cluster`, the names, and `brokerAddr`. Others come from steps.

    Args:
        unique: The mark.
        now: Tells the servers' time in seconds.
        broker_name: The broker's name.
        cluster_name: Its cluster's.
        broker_address: Where it listens.
    """

    def __init__(
        self, unique: str, now: Callable[[], float], *, broker_name: str, cluster_name: str, broker_address: str
    ) -> None:
        self._now = now
        self._values: dict[str, Json] = {
            "u": unique,
            "topic": f"t_{unique}",
            "group": f"g_{unique}",
            "broker": broker_name,
            "cluster": cluster_name,
            "brokerAddr": broker_address,
        }

    def set(self, name: str, value: Json) -> None:
        """Set a variable."""
        self._values[name] = value

    def filled(self, value: Json) -> Json:
        """Return a value with variables replaced and functions computed, at any depth.

        Raises:
            CaseFormatError: there is no such variable or function.
        """
        if isinstance(value, str):
            alone = _REFERENCE.fullmatch(value)
            if alone:
                return self._value(alone[1])
            return _REFERENCE.sub(lambda match: str(self._value(match[1])), value)
        call = call_of(value)
        if call is not None and call[0] in VALUES:
            return computed(call[0], self.filled(call[1]))
        if isinstance(value, Mapping):
            return self.filled_members(value)
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        return value

    def filled_members(self, members: Mapping[str, Json]) -> dict[str, Json]:
        """Return an object with variables replaced, in its names, too."""
        return {str(self.filled(name)): self.filled(member) for name, member in members.items()}

    def _value(self, name: str) -> Json:
        if name == "now":
            return int(self._now() * 1000)
        if name not in self._values:
            raise CaseFormatError(f"there is no variable {name}")
        return self._values[name]
