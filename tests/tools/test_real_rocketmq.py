"""The launcher of real servers: what it does without Java or Maven, when a start fails, and on real brokers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bare_machine import DEADLINE_SECONDS, TOOLS, VERSION, Machine
from real_rocketmq import PortTakenError, PrerequisiteError, RealRocketMQ, StartError, fetch_jars
from real_rocketmq.java import find_java, parse_major
from real_rocketmq.java_server import write_properties
from real_rocketmq.ports import free_port
from real_rocketmq.pytest_plugin import ServerKind
from real_rocketmq.remoting import registered_brokers

COMMAND = [sys.executable, "-m", "real_rocketmq", "run"]


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_alive(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def accepts(address: str) -> bool:
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), 3).close()
    except OSError:
        return False
    return True


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tempfile.tempdir", None)
    yield machine
    machine.java_life.close()


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ('java version "1.8.0_402"', 8),
        ('openjdk version "11.0.2" 2019-01-15', 11),
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "24" 2025-03-18', 24),
        ('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21-ea" 2023-09-19', 21),
    ],
)
def test_java_version_is_read(text: str, major: int) -> None:
    assert parse_major(text) == major


def test_java_of_unknown_version_is_refused() -> None:
    with pytest.raises(PrerequisiteError, match="does not tell its version"):
        parse_major("who knows")


@pytest.mark.usefixtures("machine")
def test_missing_java_is_named() -> None:
    with pytest.raises(PrerequisiteError, match="java is missing: install a Java runtime, version 8 or later"):
        find_java()


def test_java_home_without_java_is_named(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(machine.cache))
    with pytest.raises(PrerequisiteError, match="correct or unset JAVA_HOME"):
        find_java()


def test_old_java_is_refused(machine: Machine) -> None:
    machine.install_java("", version="1.7.0_80")
    with pytest.raises(PrerequisiteError, match="is Java 7; RocketMQ needs Java 8 or later"):
        find_java()


@pytest.mark.parametrize(("version", "opens"), [("1.8.0_402", False), ("17.0.15", True)])
def test_packages_are_opened_where_there_are_modules(machine: Machine, version: str, opens: bool) -> None:
    machine.install_java("", version=version)
    assert bool(find_java().module_options) is opens


@pytest.mark.usefixtures("machine")
def test_missing_maven_is_named() -> None:
    with pytest.raises(
        PrerequisiteError, match=r"mvn is missing and the jars of RocketMQ 5\.4\.0 are not in .*install"
    ):
        fetch_jars(VERSION)


def test_jars_in_the_cache_need_no_maven(machine: Machine) -> None:
    machine.install_jars()
    assert fetch_jars(VERSION) == machine.cache / f"rocketmq-{VERSION}"


def test_failed_fetch_says_why_and_leaves_no_jars(machine: Machine) -> None:
    machine.install("mvn", "/bin/mkdir lib; echo '[ERROR] no such artifact'; echo '[ERROR] [Help 1]'; exit 1")
    with pytest.raises(PrerequisiteError, match=r"jars of RocketMQ 5\.4\.0: \[ERROR\] no such artifact$"):
        fetch_jars(VERSION)
    assert [path.name for path in machine.cache.iterdir()] == [f"rocketmq-{VERSION}.lock"]


def test_jars_are_fetched_once_for_all_who_ask_at_once(machine: Machine) -> None:
    machine.install("mvn", f"echo run >> {machine.cache}/runs; /bin/sleep 0.2; /bin/mkdir lib; echo jar > lib/a.jar")
    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(fetch_jars, [VERSION] * 4))
    assert (machine.cache / "runs").read_text() == "run\n"
    assert {(folder / "a.jar").read_text() for folder in folders} == {"jar\n"}


def test_properties_escape_backslashes(tmp_path: Path) -> None:
    write_properties(tmp_path / "p", {"pattern": r"a\d", "equals": "x=y"})
    assert (tmp_path / "p").read_text() == "pattern=a\\\\d\nequals=x=y\n"


def test_free_port_avoids_a_taken_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr("real_rocketmq.ports._PORTS", range(port - 1, port))
        with pytest.raises(PortTakenError, match="found no free port"):
            free_port((0, 1))


def test_failed_start_tells_the_output_and_leaves_nothing(machine: Machine) -> None:
    machine.install_java("echo something is wrong; exit 3")
    machine.install_jars()
    with pytest.raises(StartError, match=r"the namesrv .* ended with exit code 3 .*:\nsomething is wrong"):
        RealRocketMQ(VERSION).start()
    assert machine.leftovers == []


def test_properties_are_added_and_replaced(machine: Machine) -> None:
    machine.install_java('for last; do :; done; /bin/cat "$last"; exit 1')
    machine.install_jars()
    with pytest.raises(StartError, match=r"\nlistenPort=29999\nbindAddress=localhost\nclusterTest=true$"):
        RealRocketMQ(
            VERSION, namesrv_port=29999, namesrv_properties={"clusterTest": "true", "bindAddress": "localhost"}
        ).start()


def test_slow_start_is_ended_at_its_deadline(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("real_rocketmq.java_server.START_SECONDS", 0.2)
    machine.install_java_that_hangs()
    with pytest.raises(StartError, match="was not ready within"):
        RealRocketMQ(VERSION).start()
    assert machine.java_life.is_cut()
    assert machine.leftovers == []


@pytest.mark.parametrize(("port", "starts"), [(0, 5), (29999, 1)])
def test_only_a_port_of_our_choice_is_replaced_when_it_is_taken(machine: Machine, port: int, starts: int) -> None:
    machine.install_java(f"echo start >> {machine.cache}/starts; echo java.net.BindException; exec /bin/sleep 1000")
    machine.install_jars()
    with pytest.raises(PortTakenError, match="found a port in use"):
        RealRocketMQ(VERSION, namesrv_port=port).start()
    assert (machine.cache / "starts").read_text().count("start") == starts
    assert machine.leftovers == []


def test_servers_end_when_their_owner_is_killed(machine: Machine) -> None:
    machine.install_java_that_hangs()
    with subprocess.Popen(COMMAND, env=machine.environment) as owner:
        machine.java_life.wait_for_start()
        owner.kill()
    machine.java_life.wait_for_end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_ends_cleanly_while_it_starts(machine: Machine, number: signal.Signals) -> None:
    machine.install_java_that_hangs()
    with subprocess.Popen(COMMAND, env=machine.environment) as owner:
        machine.java_life.wait_for_start()
        owner.send_signal(number)
        assert owner.wait(DEADLINE_SECONDS) == 0
    machine.java_life.wait_for_end()
    assert machine.leftovers == []


def test_command_says_what_is_missing_in_one_line(machine: Machine) -> None:
    answer = subprocess.run(
        COMMAND,
        env=machine.environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("java is missing")
    assert answer.stderr.count("\n") == 1


@pytest.mark.real(only=True)
@pytest.mark.timeout(180)
def test_real_broker_is_ended_and_started_again(server_kind: ServerKind) -> None:
    with RealRocketMQ(server_kind.version) as server:
        first = server.broker_address
        assert accepts(first)
        assert registered_brokers(server.namesrv_address) == {"broker-a": {0: first}}

        server.kill_broker()
        assert not accepts(first)
        server.start_broker()
        assert server.broker_address == first
        assert accepts(first)

        server.stop_broker()
        assert registered_brokers(server.namesrv_address) == {}
        server.start_broker(port=0)
        assert server.broker_address != first
        assert registered_brokers(server.namesrv_address) == {"broker-a": {0: server.broker_address}}
        assert server.broker_log_tail(200).count("boot success") == 3

        addresses = [server.namesrv_address, server.broker_address]
        processes = [server.namesrv.pid, server.broker.pid]
    assert not any(accepts(address) for address in addresses)
    assert not any(is_alive(pid) for pid in processes)


@pytest.mark.real(only=True)
@pytest.mark.timeout(180)
def test_real_server_is_silent_while_it_is_paused(server_kind: ServerKind) -> None:
    with RealRocketMQ(server_kind.version) as server:
        server.namesrv.pause()
        with pytest.raises(TimeoutError):
            registered_brokers(server.namesrv_address, timeout=0.2)
        server.namesrv.resume()
        assert registered_brokers(server.namesrv_address) == {"broker-a": {0: server.broker_address}}
        server.pause_broker()  # and it ends in spite of that


@pytest.mark.real(only=True)
@pytest.mark.timeout(180)
def test_real_cluster_has_masters_and_slaves(server_kind: ServerKind) -> None:
    with RealRocketMQ(server_kind.version) as server:
        slave = server.add_broker("broker-a", 1)
        second = server.add_broker("broker-b")
        assert registered_brokers(server.namesrv_address) == {
            "broker-a": {0: server.broker_address, 1: slave.address},
            "broker-b": {0: second.address},
        }


@pytest.mark.real(only=True)
@pytest.mark.timeout(180)
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -9)])
def test_real_server_of_the_command_ends_with_it(
    server_kind: ServerKind, number: signal.Signals, exit_code: int
) -> None:
    command = [*COMMAND, "--version", server_kind.version]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(TOOLS)}, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        ready = json.loads(owner.stdout.readline())
        assert ready == {
            "namesrv": ready["namesrv"],
            "brokers": {"broker-a": {"0": ready["brokers"]["broker-a"]["0"]}},
            "version": server_kind.version,
        }
        assert registered_brokers(ready["namesrv"]) == {"broker-a": {0: ready["brokers"]["broker-a"]["0"]}}
        owner.send_signal(number)
        assert owner.wait(DEADLINE_SECONDS) == exit_code
    assert eventually(lambda: not accepts(ready["namesrv"]) and not accepts(ready["brokers"]["broker-a"]["0"]))
