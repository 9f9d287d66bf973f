"""What may differ between two runs of a case on the same kind of server, declared by name, and nothing else.

A normaliser replaces values at certain places by what they are: `<time>`, or `<id 1>` where equal values have to stay
equal. Recordings of two runs on real brokers are equal after it; a value that is not promised at one step alone names
its normaliser there, in the step's `varies`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from pyrocketmq.testkit.conformance.variables import UNIQUE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrocketmq.testkit.conformance.json_value import Json
    from pyrocketmq.testkit.conformance.transcript import Transcript


class Names:
    """Symbols of one run: equal values of a kind have the same one."""

    def __init__(self) -> None:
        self._symbols: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def symbol(self, kind: str, value: Json) -> str:
        """Return the symbol of a value, `<kind 1>` for the first of its kind."""
        key = (kind, str(value))
        if key not in self._symbols:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._symbols[key] = f"<{kind} {self._counts[kind]}>"
        return self._symbols[key]


class Normaliser(NamedTuple):
    """One kind of value that may differ.

    Attributes:
        reason: Why it may.
        paths: Where it stands, as a regular expression for the whole path, without indexes of lists.
        apply: Returns what stands for a value.
    """

    reason: str
    paths: str
    apply: Callable[[Json, Names], Json]


def _time(value: Json, names: Names) -> Json:
    del names
    return "<time>" if str(value).isdigit() and int(str(value)) > 1_000_000_000_000 else value


def _id(value: Json, names: Names) -> Json:
    return re.sub(r"\b[0-9A-F]{32}(?:[0-9A-F]{24})?\b", lambda found: names.symbol("id", found[0]), str(value))


def _commit_offset(value: Json, names: Names) -> Json:
    return names.symbol("commit offset", value)


def _shared_offset(value: Json, names: Names) -> Json:
    return names.symbol("shared offset", value)


def _anything(value: Json, names: Names) -> Json:
    del value, names
    return "<varies>"


def _statistic(value: Json, names: Names) -> Json:
    del value, names
    return "<statistic>"


def _properties(value: Json, names: Names) -> Json:
    del names
    pairs = (text.partition("\x01")[::2] for text in str(value).split("\x02") if text)
    return {name: "<time>" if name.endswith("_TIME") else member for name, member in pairs}


def _sorted(value: Json, names: Names) -> Json:
    del names
    return sorted(value, key=str) if isinstance(value, list) else value


def _queue_order(value: Json, names: Names) -> Json:
    del names
    if isinstance(value, list):
        return sorted(value, key=lambda item: str(item.get("queueId", 0)) if isinstance(item, Mapping) else str(item))
    return ";".join(sorted(str(value).split(";")))


def _pop_check(value: Json, names: Names) -> Json:
    parts = str(value).split(" ")
    parts[1:2] = ["<time>"]
    parts[3:4] = ["<revive queue>"]
    return " ".join(parts)


def _exception(value: Json, names: Names) -> Json:
    del names
    text = re.sub(r"^(java[\w.]*\.\w*(?:NullPointer|Arithmetic)Exception).*", r"\1", str(value), flags=re.DOTALL)
    return text.partition("\nWas expecting")[0]


def _recall_handle(value: Json, names: Names) -> Json:
    return names.symbol("recall handle", value)


def _settings(value: Json, names: Names) -> Json:
    del names
    return "<settings>" if "\n" in str(value) else value


_MESSAGE: Final = r"(?:.*\.)?messages"
NORMALISERS: Final[Mapping[str, Normaliser]] = {
    "time": Normaliser(
        "when something happened",
        rf"{_MESSAGE}\.(bornTimestamp|storeTimestamp)|{_MESSAGE}\.properties\.(1ST_POP_TIME|TIMER_\w+|PUSH_REPLY_TIME|"
        r"ARRIVE_TIME|BORN_TIMESTAMP)|.*fields\.(popTime|\w*[tT]imestamp|bornTime|offset)|.*[tT]ime[sS]tamp|"
        r".*lastUpdate\w*",
        _time,
    ),
    "id": Normaliser(
        "ids are made of addresses, times and positions",
        rf".*fields\.(msgId|transactionId|offsetMsgId|batchUniqId|uniqKey)|{_MESSAGE}\.properties\.(UNIQ_KEY|"
        r"ORIGIN_MESSAGE_ID|__transactionId__|DLQ_ORIGIN_MESSAGE_ID)|.*(msgId|messageId)|remark",
        _id,
    ),
    "commit offset": Normaliser(
        "where the store has room depends on everything stored before",
        rf"{_MESSAGE}\.(physicOffset|preparedTransactionOffset)|.*fields\.commitLogOffset|"
        r".*\.(physicOffset|commitLogOffset)",
        _commit_offset,
    ),
    "shared offset": Normaliser(
        "the position in a queue of the broker's own, where all cases meet",
        rf".*fields\.tranStateTableOffset|{_MESSAGE}\.properties\.TRAN_PREPARED_QUEUE_OFFSET",
        _shared_offset,
    ),
    "revive queue": Normaliser("queues of the revive topic take turns", r".*fields\.reviveQid", _anything),
    "pop check": Normaliser(
        "a pop check point holds a time and a queue that take turns", rf"{_MESSAGE}\.properties\.POP_CK", _pop_check
    ),
    "recall handle": Normaliser("a recall handle holds a time and an id", r".*fields\.recallHandle", _recall_handle),
    "data version": Normaliser("counts every change of any case", r".*[dD]ataVersion|fields\.version", _anything),
    "exception": Normaliser(
        "Java leaves out the text of an exception it has thrown often; a parser lists the tokens that it knows",
        r".*remark",
        _exception,
    ),
    "unordered": Normaliser(
        "the order of a Java hash map",
        r".*(topicList|consumerIdList|groupList|brokerDatas|queueDatas|lockOKMQSet|connectionSet|unlockOKMQSet|"
        r"subscriptionSet|messageQueueAssignments|consumeStatsList)",
        _sorted,
    ),
    "settings": Normaliser("a text of all settings, with the paths of a machine", r".*body", _settings),
    "statistics": Normaliser(
        "counted and measured over everything that the server did",
        r"json\.table\.(\w*(Tps|Morning|Now|Size|Total|Times|Time|Mills|Max|Ratio|Offset|Behind|Num|[sS]tamp|Flush|Bytes|"
        r"Buffer|Numbs|99|999)|commitLogDiskRatio_<path>|runtime|commitLogDirCapacity)|json\.(consumeTps|topicPutTps)|"
        r".*stats(Minute|Hour|Day)\..*|fields\.total(Group|Topic)Num",
        _statistic,
    ),
    "properties": Normaliser("the order of a Java hash map, and times", r"fields\.properties", _properties),
    "index": Normaliser("what was stored last, by any case", r"fields\.indexLastUpdate\w+", _anything),
    "chance": Normaliser("the server draws it", r"", _anything),
    "queue order": Normaliser("the queue that a pop begins with is drawn", r"", _queue_order),
    "position": Normaliser("a position in a shared queue", r"", _shared_offset),
}
"""By name. One whose paths are empty applies only where a step names it."""

_BY_USE: Final = re.compile(
    r"scheduleMessageOffset_\d+|RMQ_SYS_TRANS_\w+|RMQ_SYS_TRACE_TOPIC|TRANS_CHECK_MAX_TIME_TOPIC"
)
# Names in lists that are there from the first use on, by whichever case.
_STORE_PATH: Final = re.compile(r"^(commitLogDiskRatio_)/.*")
_LONG: Final = 1_000
_LONG_ID: Final = re.compile(r"[0-9A-F]{56}")
_ID_LENGTHS: Final = 24
_COMPILED: Final = [(re.compile(one.paths), one) for one in NORMALISERS.values() if one.paths]


def normalised(transcript: Transcript, unique: str, addresses: Mapping[str, str]) -> dict[str, Json]:
    """Return what came, with everything that may differ replaced.

    Args:
        transcript: What came.
        unique: The mark of this run; see `variables.unique_name`.
        addresses: Addresses of the servers, with what stands for them.
    """
    texts = {address: f"<{name}>" for address, name in {**addresses, **transcript.clients}.items()}
    plain = _Plain(unique, texts)
    names = Names()
    return {
        event: _walk(plain.value(seen), "", transcript.varies.get(event, {}), names)
        for event, seen in transcript.events.items()
    }


class _Plain:
    """Replaces addresses and the marks of runs in all texts, and drops what belongs to other runs."""

    def __init__(self, unique: str, texts: Mapping[str, str]) -> None:
        self._unique = unique
        self._texts = texts
        self._address = re.compile("|".join(sorted(map(re.escape, texts), key=len, reverse=True)) + r"(?!\d)")

    def value(self, value: Json) -> Json:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {
                self._text(name): self.value(member)
                for name, member in _with_short_id(value).items()
                if not self._is_foreign(name)
            }
        if isinstance(value, list):
            return [self.value(item) for item in value if not (isinstance(item, str) and self._is_foreign(item))]
        return value

    def _text(self, text: str) -> str:
        text = _STORE_PATH.sub(r"\1<path>", text)
        text = self._address.sub(lambda found: self._texts[found[0]], text)
        return text.replace(self._unique, "${u}")

    def _is_foreign(self, text: str) -> bool:
        if _BY_USE.fullmatch(text):
            return True
        marks = set(UNIQUE.findall(text))
        return bool(marks) and self._unique not in marks


def _with_short_id(value: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return a message as large as with a short id: brokers on machines with IPv6 addresses make longer ones."""
    properties, size = value.get("properties"), value.get("size")
    if not isinstance(properties, Mapping) or not isinstance(size, int):
        return value
    is_long = _LONG_ID.fullmatch(str(properties.get("UNIQ_KEY"))) is not None
    return {**value, "size": size - _ID_LENGTHS} if is_long else value


def _walk(value: Json, path: str, varies: Mapping[str, str], names: Names) -> Json:
    if path in varies:
        value = NORMALISERS[varies[path]].apply(value, names)
        if not isinstance(value, list):
            return value
        varies = {other: name for other, name in varies.items() if other != path}
    if isinstance(value, Mapping):
        value = {
            name: _walk(member, f"{path}.{name}" if path else name, varies, names)
            for name, member in sorted(value.items())
        }
    elif isinstance(value, list):
        value = [_walk(item, path, varies, names) for item in value]
    for pattern, normaliser in _COMPILED:
        if pattern.fullmatch(path):
            value = normaliser.apply(value, names)
    return _abridged(value) if isinstance(value, str) else value


def _abridged(text: str) -> str:
    """Return a text, or what tells a long one from any other, so that recordings stay small."""
    if len(text) <= _LONG:
        return text
    return f"<{len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()}>"
