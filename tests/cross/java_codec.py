"""The codecs of the Java client, run in a JVM beside the tests."""

from __future__ import annotations

import json
import os
import select
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from real_rocketmq.errors import PrerequisiteError
from real_rocketmq.installation import Installation

SOURCE = Path(__file__).parent / "java" / "Codec.java"
COMPILE_SECONDS = 60.0
ANSWER_SECONDS = 30.0
STOP_SECONDS = 10.0


class JavaError(Exception):
    """An operation failed in Java; the text is that of Java's exception."""


class JavaCodec:
    """One JVM with the jars of one RocketMQ version.

    Args:
        version: The RocketMQ version.
        folder: Where to put the compiled program and the JVM's log.
    """

    def __init__(self, version: str, folder: Path) -> None:
        self.version = version
        self._fields: dict[str, dict[str, dict[str, Any]]] = {}
        self._members: dict[str, frozenset[str]] = {}
        self._log = folder / "java.log"
        installation = Installation.prepare(version)
        jars = str(installation.jars / "*")
        compile_java(installation, folder)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    installation.java.executable,
                    *installation.java.module_options,
                    "-Xmx256m",
                    "-cp",
                    os.pathsep.join([str(folder), jars]),
                    "Codec",
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    @property
    def is_4(self) -> bool:
        """Whether this is RocketMQ 4.9, which knows less."""
        return self.version.startswith("4.")

    def call(self, operation: str, **parameters: object) -> Any:
        """Carry out one operation of `Codec.java` and return its result.

        Raises:
            JavaError: it threw an exception.
            TimeoutError: no answer came in time.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"operation": operation, **parameters}).encode() + b"\n")
        stdin.flush()
        # One answer follows one request, so nothing is ever left in the buffer that `select` does not see.
        if not select.select([stdout], [], [], ANSWER_SECONDS)[0]:
            raise TimeoutError(f"no answer to {operation} within {ANSWER_SECONDS:.0f} s")
        line = stdout.readline()
        if not line:
            raise JavaError(f"the JVM has ended: {self._log.read_text(errors='replace')[-2000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise JavaError(answer["error"])
        return answer["result"]

    def lacks(self, class_name: str) -> bool:
        """Whether this version has no such class; only 4.9 may lack what is asked for."""
        try:
            self.members(class_name)
        except JavaError:
            if not self.is_4:
                raise
            return True
        return False

    def fields(self, class_name: str) -> dict[str, dict[str, Any]]:
        """Return the fields of a header class by wire name, with `type` and `required` of each.

        Raises:
            JavaError: this version has no such class.
        """
        if class_name not in self._fields:
            rows = self.call("fields", **{"class": class_name})
            self._fields[class_name] = {row["name"]: row for row in rows}
        return self._fields[class_name]

    def members(self, class_name: str) -> frozenset[str]:
        """Return the names that the members of a JSON body can have on the wire.

        Raises:
            JavaError: this version has no such class.
        """
        if class_name not in self._members:
            self._members[class_name] = frozenset(self.call("members", **{"class": class_name}))
        return self._members[class_name]

    def close(self) -> None:
        """End the JVM."""
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


class JavaCodecs:
    """The JVMs of a session, each started when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._codecs: dict[str, JavaCodec] = {}
        self._resources = ExitStack()

    def get(self, version: str) -> JavaCodec:
        """Return the JVM with the jars of a RocketMQ version."""
        if version not in self._codecs:
            folder = self._folder / version
            folder.mkdir()
            codec = JavaCodec(version, folder)
            self._resources.callback(codec.close)
            self._codecs[version] = codec
        return self._codecs[version]

    def close(self) -> None:
        """End them all."""
        self._resources.close()


def compile_java(installation: Installation, folder: Path) -> None:
    """Compile `Codec.java` into a folder, against the jars of one version.

    Raises:
        PrerequisiteError: there is no compiler beside the Java runtime.
    """
    compiler = installation.java.executable.resolve().with_name("javac")
    if not compiler.is_file():
        raise PrerequisiteError(f"{compiler} is missing: install a JDK (Debian: apt install default-jdk-headless)")
    done = subprocess.run(
        [compiler, "-encoding", "UTF-8", "-d", folder, "-cp", str(installation.jars / "*"), SOURCE],
        capture_output=True,
        text=True,
        timeout=COMPILE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"javac refuses {SOURCE.name} with RocketMQ {installation.version}: {done.stderr}")
