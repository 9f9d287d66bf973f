"""The Java client as a side: a process that does blocks on command."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bench.blocks import Block, Side
from real_rocketmq.installation import Installation

_SOURCE = Path(__file__).with_name("JavaClient.java")
_END_SECONDS = 20.0


class JavaClient:
    """Sends commands to the process and reads what came of them."""

    def __init__(self, commands: IO[str], answers: IO[str]) -> None:
        self._commands = commands
        self._answers = answers

    def side(self, kind: str) -> Side:
        """Return the side that does one kind of call."""

        def run(calls: int) -> Block:
            self._commands.write(f"{kind} {calls}\n")
            self._commands.flush()
            line = self._answers.readline()
            if not line:
                raise RuntimeError("the Java client has ended; its error stands above")
            seconds, cpu, p50 = map(float, line.split())
            return Block(calls, seconds, cpu, p50)

        return run


@contextmanager
def java_client(version: str, arguments: Sequence[str]) -> Generator[JavaClient]:
    """Compile and start the program; it ends when the block is left.

    Args:
        version: The RocketMQ version whose client to use.
        arguments: What the program wants to know.
    """
    installation = Installation.prepare(version)
    java, jars = installation.java, f"{installation.jars}/*"
    with tempfile.TemporaryDirectory(prefix="java-client-") as folder:
        compiler = java.executable.resolve().with_name("javac")
        subprocess.run([compiler, "-nowarn", "-cp", jars, "-d", folder, _SOURCE], check=True, timeout=60)
        command = [str(java.executable), f"-Duser.home={folder}", *java.module_options]
        command += ["-cp", f"{folder}:{jars}", "JavaClient", *arguments]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                # Its logging may say something before.
                if not any(line.strip() == "ready" for line in process.stdout):
                    raise RuntimeError("the Java client does not start; its error stands above")
                yield JavaClient(process.stdin, process.stdout)
                process.stdin.close()
                process.wait(_END_SECONDS)
            finally:
                process.kill()
