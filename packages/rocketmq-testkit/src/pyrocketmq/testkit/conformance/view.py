"""What came, in the terms of cases: an answer or a push as JSON, whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.fastjson import ObjectKey, loads
from pyrocketmq.model.message_ext import decode_messages
from pyrocketmq.testkit.conformance.functions import ConformanceError

if TYPE_CHECKING:
    from pyrocketmq.model.command import RemotingCommand
    from pyrocketmq.model.fastjson import JsonKey, JsonValue
    from pyrocketmq.model.message_ext import MessageExt
    from pyrocketmq.testkit.conformance.json_value import Json


class Received:
    """An answer, or a request of the server's.

    Args:
        command: The command.
        elapsed: Seconds since the request was sent.
    """

    def __init__(self, command: RemotingCommand, elapsed: float = 0.0) -> None:
        self.command = command
        self.elapsed = elapsed
        self.fields: dict[str, str] = dict(command.ext_fields or {})

    @property
    def body_text(self) -> str:
        """The body as text."""
        return bytes(self.command.body).decode(errors="replace")

    @property
    def body_json(self) -> Json:
        """The body as JSON.

        Raises:
            ConformanceError: it is none.
        """
        try:
            return plain_json(loads(self.command.body))
        except ProtocolError as error:
            raise ConformanceError(f"the body is no JSON: {self.body_text[:200]!r}") from error

    @property
    def messages(self) -> list[dict[str, Json]]:
        """The body as messages.

        Raises:
            ConformanceError: it is none.
        """
        try:
            return [shown_message(message) for message in decode_messages(self.command.body)]
        except ProtocolError as error:
            raise ConformanceError(f"the body is no list of messages: {error}") from error

    def value(self, path: str) -> Json:
        """Return what a path of a step's `save` leads to: `code`, `remark`, `body`, `fields.NAME`, `msgN.NAME`.

        Raises:
            ConformanceError: there is nothing.
        """
        head, _, rest = path.partition(".")
        try:
            if head == "fields":
                return self.fields[rest]
            if head.startswith("msg"):
                return _at(self.messages[int(head.removeprefix("msg"))], rest)
        except (KeyError, IndexError) as error:
            raise ConformanceError(f"there is no {path}") from error
        return {"code": int(self.command.code), "remark": self.command.remark, "body": self.body_text}[head]

    def whole(self) -> dict[str, Json]:
        """Return all of it but what belongs to its frame; empty parts are left out."""
        whole: dict[str, Json] = {"code": int(self.command.code)}
        if self.command.remark is not None:
            whole["remark"] = self.command.remark
        if self.fields:
            whole["fields"] = self.fields
        if self.command.body:
            whole |= self._body()
        return whole

    def _body(self) -> dict[str, Json]:
        body = self.command.body
        try:
            return {"messages": [_without_zeros(shown_message(message)) for message in decode_messages(body)]}
        except ProtocolError:
            pass  # it is something else
        if bytes(body[:1]) in (b"{", b"["):
            try:
                return {"json": plain_json(loads(body), "#")}
            except ProtocolError:
                pass  # it only looks like JSON
        return {"body": self.body_text}


def shown_message(message: MessageExt) -> dict[str, Json]:
    """Return a message with all its fields, under the names that cases use."""
    return {
        "topic": message.topic,
        "queueId": message.queue_id,
        "queueOffset": message.queue_offset,
        "physicOffset": message.commit_log_offset,
        "size": message.store_size,
        "flag": message.flag,
        "sysFlag": message.sys_flag,
        "bornTimestamp": message.born_timestamp,
        "bornHost": "{}:{}".format(*message.born_host),
        "storeTimestamp": message.store_timestamp,
        "storeHost": "{}:{}".format(*message.store_host),
        "reconsumeTimes": message.reconsume_times,
        "preparedTransactionOffset": message.prepared_transaction_offset,
        "bodyCRC": message.body_crc,
        "body": message.raw_body.decode(errors="replace"),
        "properties": dict(message.properties),
    }


def plain_json(value: JsonValue, mark: str = "") -> Json:
    """Return a server's JSON with texts for keys.

    Args:
        value: The value.
        mark: What stands before a key that was a number without quotes. A key that was an object becomes a list of
            its members.
    """
    if isinstance(value, dict):
        return {_key(key, mark): plain_json(member, mark) for key, member in value.items()}
    if isinstance(value, list):
        return [plain_json(item, mark) for item in value]
    return value


def _key(key: JsonKey, mark: str) -> str:
    if isinstance(key, ObjectKey):
        return ",".join(f"{name}={value}" for name, value in key)
    return f"{mark}{key}" if isinstance(key, int) else key


def _at(value: Json, path: str) -> Json:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _without_zeros(message: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in message.items() if value not in (0, "", {})}
