"""The pytest plugin: which cases it makes, and that it never leaves out in silence what was asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from real_rocketmq import VERSIONS, RealRocketMQ

pytest_plugins = ["pytester"]

TOOLS = Path(sys.modules[RealRocketMQ.__module__].__file__ or "").parent.parent

TESTS = """
import pytest


def test_plain(server_kind): ...


@pytest.mark.real
def test_both(server_kind): ...


@pytest.mark.real(only=True)
def test_real(server_kind): ...


@pytest.mark.real(only=True)
def test_alone(): ...


@pytest.mark.foreign
def test_foreign(server_kind): ...
"""

FAKE = {f"fake-{version}" for version in VERSIONS}
REAL = {f"real-{version}" for version in VERSIONS}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with the plugin, on a machine with Java, Maven and nothing to fetch."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(pytester.mkdir("bin")))
    monkeypatch.setenv("PYROCKETMQ_CACHE", str(pytester.mkdir("cache")))
    monkeypatch.setenv("PYTHONPATH", str(TOOLS))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for version in VERSIONS:
        (pytester.path / "cache" / f"rocketmq-{version}").mkdir()
    java = pytester.path / "bin" / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"17.0.15\"'\n")
    java.chmod(0o755)
    pytester.makeini(
        "[pytest]\naddopts = --strict-markers\nmarkers =\n    real: real brokers\n    foreign: other languages\n"
    )
    pytester.makeconftest('pytest_plugins = ["real_rocketmq.pytest_plugin"]')
    pytester.makepyfile(TESTS)
    return pytester


def cases(result: pytest.RunResult) -> dict[str, set[str]]:
    """The collected cases: name of the test to its ids."""
    found: dict[str, set[str]] = {}
    for line in result.outlines:
        if "::" in line:
            name, _, case = line.partition("::")[2].partition("[")
            found.setdefault(name, set()).add(case.rstrip("]"))
    return found


def test_without_option_only_the_fake_is_used(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("--collect-only", "-q")
    assert cases(result) == {"test_plain": FAKE, "test_both": FAKE}
    result.stdout.fnmatch_lines("4/9 tests collected (5 deselected)*")


def test_option_adds_the_real_brokers(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("--collect-only", "-q", "--real")
    assert cases(result) == {
        "test_plain": FAKE,
        "test_both": FAKE | REAL,
        "test_real": REAL,
        "test_alone": {""},
        "test_foreign": FAKE | REAL,
    }
    assert result.ret == 0


def test_real_versions_are_restricted(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("--collect-only", "-q", "--real", "--real-version", VERSIONS[0])
    assert cases(result)["test_both"] == FAKE | {f"real-{VERSIONS[0]}"}
    assert cases(result)["test_real"] == {f"real-{VERSIONS[0]}"}


def test_version_without_the_option_is_refused(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("--real-version", VERSIONS[0])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: --real-version needs --real")


def test_unknown_version_is_refused(project: pytest.Pytester) -> None:
    assert project.runpytest_subprocess("--real", "--real-version", "1.2.3").ret == pytest.ExitCode.USAGE_ERROR


def test_missing_java_is_an_error(project: pytest.Pytester) -> None:
    (project.path / "bin" / "java").unlink()
    result = project.runpytest_subprocess("--real")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: --real: java is missing: install a Java runtime*")


def test_missing_maven_is_an_error_when_there_are_jars_to_fetch(project: pytest.Pytester) -> None:
    (project.path / "cache" / f"rocketmq-{VERSIONS[0]}").rmdir()
    result = project.runpytest_subprocess("--real")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: --real: mvn is missing and the jars of RocketMQ*install Apache Maven*")


def test_one_worker_runs_all_cases_of_a_real_version(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_workers="""
        import os, pathlib, pytest

        @pytest.mark.real(only=True)
        @pytest.mark.parametrize("number", range(8))
        def test_worker(server_kind, number):
            with pathlib.Path(f"workers-{server_kind}").open("a") as file:
                file.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
        """
    )
    result = project.runpytest_subprocess("-p", "xdist", "--real", "-n2", "test_workers.py")
    result.assert_outcomes(passed=16)
    for kind in REAL:
        workers = (project.path / f"workers-{kind}").read_text().split()
        assert len(workers) == 8
        assert len(set(workers)) == 1


def test_fake_server_is_one_for_each_version(project: pytest.Pytester) -> None:
    project.makeconftest(
        """
        import sys, types
        pytest_plugins = ["real_rocketmq.pytest_plugin"]

        class FakeBroker:
            made = 0

            def __init__(self, version, properties):
                self.version = version
                FakeBroker.made += 1

            def __enter__(self):
                return self

            def __exit__(self, *error):
                print("closed", self.version)

            address = "127.0.0.1:1"
            namesrv_address = "127.0.0.1:2"
            broker_name = "broker-x"

        sys.modules["pyrocketmq.testkit"] = types.SimpleNamespace(FakeBroker=FakeBroker)
        """
    )
    project.makepyfile(
        test_fake="""
        import sys, pytest
        from real_rocketmq.pytest_plugin import Server

        @pytest.mark.real
        @pytest.mark.parametrize("number", range(2))
        def test_server(server, server_kind, number):
            assert server == Server(
                "127.0.0.1:2", "127.0.0.1:1", "broker-x", "DefaultCluster", server_kind.version, is_real=False
            )
            assert sys.modules["pyrocketmq.testkit"].FakeBroker.made <= 2
        """
    )
    result = project.runpytest_subprocess("-s", "test_fake.py")
    result.assert_outcomes(passed=2 * len(VERSIONS))
    for version in VERSIONS:
        result.stdout.fnmatch_lines(f"*closed {version}*")


def test_broken_server_is_started_once_for_all_its_tests(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_broken="""
        import pytest

        @pytest.mark.real(only=True)
        @pytest.mark.parametrize("number", range(3))
        def test_server(server, number): ...
        """
    )
    (project.path / "bin" / "java").write_text(
        "#!/bin/sh\n"
        'if [ "$1" = -version ]; then echo \'openjdk version "17"\'; exit; fi\n'
        f"echo start >> {project.path}/starts; echo something is wrong; exit 1\n"
    )
    result = project.runpytest_subprocess("--real", "test_broken.py")
    result.assert_outcomes(errors=3 * len(VERSIONS))
    result.stdout.fnmatch_lines("*StartError: the namesrv of RocketMQ * ended with exit code 1*")
    assert (project.path / "starts").read_text().split() == ["start"] * len(VERSIONS)
