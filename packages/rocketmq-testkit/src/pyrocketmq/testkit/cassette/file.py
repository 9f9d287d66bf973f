"""The file of a cassette: JSON lines, one for each frame, readable and with the raw bytes.

The first line says what it is:

    {"format": "rocketmq-cassette", "version": 1, "upstream": "10.0.0.5:9876"}

Each further line is a frame in the order they passed: `at` in milliseconds since the recording began, the `server` that
was asked, the number of the `connection`, the `sender` ("client" or "server"), the `view` for readers, and the `frame`
in base64, which alone is played.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyrocketmq.model.cli.describe import Describer
from pyrocketmq.model.cli.show import json_line
from pyrocketmq.model.command import RemotingCommand
from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.testkit.cassette.secrets import redacted

if TYPE_CHECKING:
    from os import PathLike

FORMAT: Final = "rocketmq-cassette"
VERSION: Final = 1
CLIENT: Final = "client"
SERVER: Final = "server"


class CassetteError(ValueError):
    """A file is no cassette, or one of a version that is not known here."""


class RecordedFrame(NamedTuple):
    """One frame of a cassette.

    Attributes:
        at: When it passed, in milliseconds since the recording began.
        server: Address of the server that sent it or that it was for, as the client would have known it.
        connection: Number of the connection, from 1.
        sender: "client" or "server".
        frame: Its bytes; secrets are blotted out.
    """

    at: int
    server: str
    connection: int
    sender: str
    frame: bytes


class Cassette(NamedTuple):
    """What a file holds.

    Attributes:
        upstream: Address of the server that the recorder stood before.
        frames: All frames, in the order they passed.
    """

    upstream: str
    frames: list[RecordedFrame]

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Cassette:
        """Read a file.

        Raises:
            CassetteError: it is no cassette; the message names file and line.
            OSError: it cannot be read.
        """
        frames: list[RecordedFrame] = []
        upstream: str | None = None
        with Path(path).open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    values = json.loads(line)
                    if upstream is None:
                        upstream = _upstream_of(values)
                    else:
                        frames.append(_frame_of(values))
                except (KeyError, TypeError, UnicodeDecodeError, ValueError) as error:
                    raise CassetteError(f"{path}, line {number}: {error!r:.200}") from error
        if upstream is None:
            raise CassetteError(f"{path} is empty, not a cassette")
        return cls(upstream, frames)


def _upstream_of(values: dict[str, Any]) -> str:  # JSON values
    if values.get("format") != FORMAT or values.get("version") != VERSION:
        raise CassetteError(f"not a {FORMAT} of version {VERSION}")
    return str(values["upstream"])


def _frame_of(values: dict[str, Any]) -> RecordedFrame:  # JSON values
    sender = values["sender"]
    if sender not in (CLIENT, SERVER):
        raise CassetteError(f"{sender!r} is no sender")
    try:
        frame = b64decode(values["frame"], validate=True)
        RemotingCommand.decode(frame)
    except (Base64Error, ProtocolError) as error:
        raise CassetteError(f"a frame that is none: {error}") from error
    return RecordedFrame(int(values["at"]), str(values["server"]), int(values["connection"]), sender, frame)


class CassetteWriter:
    """Writes a cassette, line by line, so that a recording that is killed keeps what it has.

    Args:
        path: The file; replaced if it exists.
        upstream: Address of the server that is recorded.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: str | PathLike[str], upstream: str) -> None:
        self._describers: dict[int, Describer] = {}
        self._asked: dict[tuple[int, str, int], int] = {}
        self._secrets: set[str] = set()
        self._file = Path(path).open("w", encoding="utf-8", newline="\n")  # noqa: SIM115  # `close` ends it
        self._write({"format": FORMAT, "version": VERSION, "upstream": upstream})

    def add(self, recorded: RecordedFrame) -> int:
        """Write a frame, without its secrets.

        Returns:
            The request code that it belongs to, -1 for an answer to nothing.

        Raises:
            ProtocolError: it is none.
        """
        command = RemotingCommand.decode(recorded.frame)
        asker = recorded.sender
        if command.is_response:
            asker = SERVER if recorded.sender == CLIENT else CLIENT
        asked = (recorded.connection, asker, command.opaque)
        if command.is_response:
            code = self._asked.pop(asked, -1)
        else:
            code = int(command.code)
            if not command.is_oneway:
                self._asked[asked] = code
        frame = redacted(command, code, recorded.frame, self._secrets)
        view = json.loads(json_line(self._describer(recorded.connection).describe(frame), "", 0))
        self._write(
            {
                **recorded._asdict(),
                "view": {name: value for name, value in view.items() if name not in ("source", "start")},
                "frame": b64encode(frame).decode(),
            }
        )
        return code

    def forget(self, connection: int) -> None:
        """Take note that a connection has ended."""
        self._describers.pop(connection, None)
        for asked in [asked for asked in self._asked if asked[0] == connection]:
            del self._asked[asked]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _describer(self, connection: int) -> Describer:
        return self._describers.setdefault(connection, Describer())

    def _write(self, values: dict[str, Any]) -> None:  # JSON values
        self._file.write(json.dumps(values, ensure_ascii=False) + "\n")
        self._file.flush()
