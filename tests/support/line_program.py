"""A program in another language beside the tests, which answers JSON lines with JSON lines."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import threading
from concurrent.futures import Future
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

ANSWER_SECONDS = 30.0
STOP_SECONDS = 10.0


class ProgramError(Exception):
    """An operation failed in the program, or the program has ended; the text is the program's own."""


class LineProgram:
    """A process that reads a request a line and answers each with a line, in any order.

    A request is `{"call": number, "operation": name, ...}`, an answer `{"call": number, "result": ...}` or
    `{"call": number, "error": text}`. The process ends when its input does.

    Args:
        command: What to run.
        folder: Its working directory and its user's home, which gets its standard error as `program.log`.

    Raises:
        OSError: the command cannot be run.
    """

    def __init__(self, command: Sequence[str | Path], folder: Path) -> None:
        self._log = folder / "program.log"
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._has_ended = False
        self._lock = threading.Lock()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "HOME": str(folder)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input: IO[bytes] = self._process.stdin
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), name=f"reads {folder.name}")
        self._reader.start()

    def submit(self, operation: str, **parameters: object) -> Future[Any]:
        """Ask for an operation; its result, or its `ProgramError`, comes in time."""
        answer: Future[Any] = Future()
        with self._lock:
            if self._has_ended:
                answer.set_exception(ProgramError(self._last_words()))
                return answer
            number = next(self._numbers)
            self._waiting[number] = answer
            line = json.dumps({"call": number, "operation": operation, **parameters}).encode() + b"\n"
            try:
                self._input.write(line)
                self._input.flush()
            except BrokenPipeError:
                del self._waiting[number]
                answer.set_exception(ProgramError(self._last_words()))
        return answer

    def call(self, operation: str, **parameters: object) -> Any:
        """Carry out an operation and return its result.

        Raises:
            ProgramError: it failed.
            TimeoutError: no answer came within 30 s.
        """
        return self.submit(operation, **parameters).result(ANSWER_SECONDS)

    def close(self) -> None:
        """End the process, by force if it does not end by itself."""
        with self._process as process:
            process.stdin = None  # closed here, once
            try:
                self._input.close()
                process.wait(STOP_SECONDS)
            except (BrokenPipeError, subprocess.TimeoutExpired):
                process.kill()
            self._reader.join()

    def _read(self, answers: IO[bytes]) -> None:
        try:
            for line in answers:
                self._settle(json.loads(line))
        finally:
            with self._lock:
                self._has_ended = True
                left, self._waiting = self._waiting, {}
            for future in left.values():
                future.set_exception(ProgramError(self._last_words()))

    def _settle(self, answer: dict[str, Any]) -> None:
        with self._lock:
            future = self._waiting.pop(answer["call"])
        if "error" in answer:
            future.set_exception(ProgramError(answer["error"]))
        else:
            future.set_result(answer["result"])

    def _last_words(self) -> str:
        return f"the program has ended: {self._log.read_text(errors='replace')[-2000:]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
