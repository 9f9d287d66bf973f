"""What a name server and a broker have in common: a configuration, ports, a start that waits until they are ready."""

from __future__ import annotations

import signal
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from real_rocketmq.errors import PortTakenError, StartError
from real_rocketmq.installation import Installation
from real_rocketmq.ports import free_port
from real_rocketmq.process import JavaProcess
from real_rocketmq.sandbox import Sandbox

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 30.0

_ATTEMPTS = 5
_POLL_SECONDS = 0.1
_PORT_TAKEN = ("BindException", "Failed to bind", "Address already in use")

# 4.9 does not start without this file; 5.x takes it instead of the one in its jar, so that warnings of both versions
# stand in the output and thus in the errors of this package.
_LOGBACK = """\
<configuration>
  <appender name="console" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{HH:mm:ss.SSS} %p %c - %m%n%ex{short}</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="console"/></root>
</configuration>
"""


class JavaServer(ABC):
    """A RocketMQ server process that may be ended and started again on the same folder."""

    _main_class: ClassVar[str]
    _log_name: ClassVar[str]
    _port_offsets: ClassVar[Sequence[int]]
    _jvm_options: ClassVar[Sequence[str]]

    def __init__(
        self,
        installation: Installation,
        sandbox: Sandbox,
        name: str,
        *,
        port: int,
        properties: Mapping[str, str],
        system_properties: Mapping[str, str] | None = None,
        conf_files: Mapping[str, str] | None = None,
    ) -> None:
        self._installation = installation
        self._sandbox = sandbox
        self._folder = sandbox.folder / name
        self._port = port
        self._properties = dict(properties)
        self._system_properties = dict(system_properties or {})
        self._conf_files = dict(conf_files or {})
        self._process: JavaProcess | None = None

    @property
    def address(self) -> str:
        """Host and port as ``"127.0.0.1:PORT"``; the port is 0 until one has been chosen."""
        return f"{HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        """The process id, ``None`` when there is no process."""
        return self._process.pid if self._process is not None else None

    @property
    def running(self) -> bool:
        """Whether there is a process, paused or not."""
        return self._process is not None and self._process.running

    def start(self, port: int | None = None) -> None:
        """Start the process and wait until it is ready.

        Args:
            port: where to listen; ``None`` for the same port as before, 0 for any free one.

        Raises:
            StartError: it ended or was not ready within 60 s.
            PortTakenError: the port, or one the server takes beside it, is in use.
        """
        if self.running:
            raise StartError(f"the {self._log_name} at {self.address} is running already")
        wanted = self._port if port is None else port
        if wanted:
            self._start_on(wanted)
        else:
            self._start_on_free_port()

    def kill(self) -> None:
        """End the process by SIGKILL, as a crash would."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """Shut the process down in order; it is killed when that takes longer than 30 s."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate(STOP_SECONDS)

    def pause(self) -> None:
        """Freeze the process: its connections stay open and nothing answers."""
        self._require_process().signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused process go on."""
        self._require_process().signal(signal.SIGCONT)

    def log_tail(self, lines: int = 40) -> str:
        """The last lines the server printed, its warnings among them, over all of its starts."""
        output = self._output
        if not output.exists():
            return ""
        return "\n".join(output.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    @abstractmethod
    def _configuration(self) -> dict[str, str]:
        """The properties of the server on its current port, without those its user gave."""

    @abstractmethod
    def _is_known(self) -> bool:
        """Whether those who need to know of the server do."""

    @property
    def _output(self) -> Path:
        return self._folder / "output.log"

    def _require_process(self) -> JavaProcess:
        if self._process is None:
            raise RuntimeError(f"the {self._log_name} at {self.address} is not running")
        return self._process

    def _start_on_free_port(self) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._start_on(free_port(self._port_offsets))
            except PortTakenError:
                if attempt == _ATTEMPTS:
                    raise
            else:
                return

    def _start_on(self, port: int) -> None:
        self._port = port
        self._write_files()
        try:
            self._process = self._sandbox.launch(self._command(), self._output)
            self._wait_until_ready(self._process)
        except BaseException:
            self.kill()
            raise

    def _write_files(self) -> None:
        conf = self._folder / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        self._logback.write_text(_LOGBACK, encoding="utf-8")
        for name, text in self._conf_files.items():
            (conf / name).write_text(text, encoding="utf-8")
        write_properties(self._properties_file, self._configuration() | self._properties)

    @property
    def _properties_file(self) -> Path:
        return self._folder / "conf" / f"{self._log_name}.properties"

    @property
    def _logback(self) -> Path:
        return self._folder / "conf" / f"logback_{self._log_name}.xml"

    def _command(self) -> list[str]:
        java = self._installation.java
        return [
            str(java.executable),
            *java.module_options,
            *self._jvm_options,
            f"-Drocketmq.home.dir={self._folder}",
            f"-Duser.home={self._folder}",
            f"-Drmq.logback.configurationFile={self._logback}",
            *(f"-D{name}={value}" for name, value in self._system_properties.items()),
            "-cp",
            f"{self._installation.jars}/*",
            self._main_class,
            "-c",
            str(self._properties_file),
        ]

    def _wait_until_ready(self, process: JavaProcess) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready(process):
            # A broker whose port is taken takes ten seconds more to end: do not wait for that.
            if any(sign in process.output() for sign in _PORT_TAKEN):
                raise PortTakenError(self._failure("found a port in use"))
            if not process.running:
                raise StartError(self._failure(f"ended with exit code {process.exit_code}"))
            if time.monotonic() > deadline:
                raise StartError(self._failure(f"was not ready within {START_SECONDS:.0f} s"))
            time.sleep(_POLL_SECONDS)

    def _is_ready(self, process: JavaProcess) -> bool:
        return "boot success" in process.output() and self._accepts() and self._is_known()

    def _accepts(self) -> bool:
        try:
            socket.create_connection((HOST, self._port), _POLL_SECONDS).close()
        except OSError:
            return False
        return True

    def _failure(self, what: str) -> str:
        ports = ", ".join(str(self._port + offset) for offset in self._port_offsets)
        return (
            f"the {self._log_name} of RocketMQ {self._installation.version} (ports: {ports}) {what} while starting;"
            f" its last output:\n{self.log_tail()}"
        )


def write_properties(path: Path, properties: Mapping[str, str]) -> None:
    """Write a file in the format of ``java.util.Properties``, where a backslash starts an escape."""
    lines = (f"{name}={value}\n".replace("\\", "\\\\") for name, value in properties.items())
    path.write_text("".join(lines), encoding="latin-1")
