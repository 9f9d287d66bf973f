"""`rmq doctor` says what is wrong with a connection, and what to do next, for everything that can listen there."""

from __future__ import annotations

import json
import socket
import ssl
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from listener import Listener
from pyrocketmq.broker.cli import main
from pyrocketmq.model import RemotingCommand, RequestCode
from pyrocketmq.model.enums import CommandFlag
from pyrocketmq.model.frame import FrameDecoder
from pyrocketmq.testkit import Account, FakeBroker, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Rmq, Shop

CHAIN = Path(__file__).parents[2] / "remote" / "localhost.pem"
SETTINGS_FRAME = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve each connection on a thread; give the address."""
    with Listener(serve) as listener:
        yield listener.address


def web_server(connection: socket.socket) -> None:
    """Answer what is no request of its protocol with nothing, as some do."""
    if connection.recv(4096).startswith(b"GET"):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def strict_web_server(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def grpc_server(connection: socket.socket) -> None:
    if connection.recv(4096).startswith(b"PRI * HTTP/2.0"):
        connection.sendall(SETTINGS_FRAME)
        connection.recv(4096)


def mail_server(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example ESMTP\r\n")
    connection.recv(4096)


def hanging_server(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def closing_server(connection: socket.socket) -> None:
    connection.recv(4096)


def tls_server(**settings: Any) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CHAIN)
    for name, value in settings.items():
        setattr(context, name, value)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(4096)

    return serve


class Doctor:
    """Calls the doctor in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *words: str, code: int = 1) -> dict[str, Any]:
        """Return the last finding; each finding that is not ok has to say what to do next."""
        self._capture.readouterr()
        assert main(["doctor", *words, "--timeout", "0.5", "--json"]) == code
        out, err = self._capture.readouterr()
        rows = [json.loads(line) for line in out.splitlines()]
        assert all(bool(row["next"]) is (row["status"] != "ok") for row in rows)
        problems = sum(row["status"] == "failed" for row in rows)
        assert err == (f"rmq: {problems} problem{'' if problems == 1 else 's'} found\n" if problems else "")
        return next((row for row in rows if row["status"] == "failed"), rows[-1])


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(capsys)


def check(row: dict[str, Any], step: str, finding: str, advice: str) -> None:
    assert (row["status"], row["step"]) == ("failed", step)
    assert finding in row["finding"]
    assert advice in row["next"]


def test_nothing_listens(doctor: Doctor, closed_port: int) -> None:
    row = doctor("--broker", f"127.0.0.1:{closed_port}")
    check(row, "tcp", "nothing listens there", "10911")


def test_unreachable(doctor: Doctor) -> None:
    with ExitStack() as resources:
        # The queue of connections that nobody accepts is full, so the system drops what else comes.
        full = resources.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = resources.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        row = doctor("--broker", f"127.0.0.1:{full.getsockname()[1]}")
    check(row, "tcp", "no answer to a connection", "firewall")


def test_unknown_name(doctor: Doctor) -> None:
    check(doctor("--namesrv", "no-such-host.invalid:9876"), "name", "no-such-host.invalid is not known", "DNS")


@pytest.mark.parametrize(
    ("serve", "finding", "advice"),
    [
        (web_server, "an HTTP server answers", "9876"),
        (strict_web_server, "an HTTP server answers", "9876"),
        (grpc_server, "gRPC server (HTTP/2)", "8080"),
        (mail_server, "no protocol known here: 32 32 30 20", "check host and port"),
        (hanging_server, "says nothing", "load balancer"),
        (closing_server, "closes the connection", "see its log"),
    ],
)
def test_other_servers(doctor: Doctor, serve: Callable[[socket.socket], None], finding: str, advice: str) -> None:
    with listening(serve) as address:
        check(doctor("--broker", address), "protocol", finding, advice)


def test_plain_against_tls(doctor: Doctor) -> None:
    with FakeBroker(tls="enforcing") as broker:
        check(doctor("--broker", broker.address), "tls", "it wants TLS", "ROCKETMQ_BROKER_TLS_CA_FILE")
    with listening(tls_server()) as address:
        check(doctor("--broker", address), "tls", "it wants TLS", "ROCKETMQ_BROKER_TLS_CA_FILE")


def test_tls_against_plain(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROCKETMQ_BROKER_TLS", "1")
    with FakeBroker(tls="disabled") as broker:
        check(doctor("--broker", broker.address), "tls", "RocketMQ without TLS", "unset ROCKETMQ_BROKER_TLS")
    with listening(web_server) as address:
        check(doctor("--broker", address), "tls", "does not speak TLS", "unset ROCKETMQ_BROKER_TLS")


def test_certificates(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROCKETMQ_BROKER_TLS", "1")
    with listening(tls_server()) as address:
        check(doctor("--broker", address), "tls", "not trusted", "a name that is in it")
        monkeypatch.delenv("ROCKETMQ_BROKER_TLS")
        monkeypatch.setenv("ROCKETMQ_BROKER_TLS_CA_FILE", str(CHAIN))
        check(doctor("--broker", address), "protocol", "no answer", "client certificate")  # TLS, but no RocketMQ
    old = tls_server(maximum_version=ssl.TLSVersion.TLSv1_2, verify_mode=ssl.CERT_REQUIRED)
    with listening(old) as address:
        check(doctor("--broker", address), "tls", "the handshake fails", "ROCKETMQ_BROKER_TLS_CERT_FILE")
        monkeypatch.delenv("ROCKETMQ_BROKER_TLS_CA_FILE")
        check(doctor("--broker", address), "tls", "it wants TLS", "ROCKETMQ_BROKER_TLS_CA_FILE")


def test_healthy_by_tls(doctor: Doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with FakeBroker(tls="enforcing") as broker:
        authority = tmp_path / "ca.pem"
        authority.write_text(broker.tls_certificate)
        monkeypatch.setenv("ROCKETMQ_BROKER_TLS_CA_FILE", str(authority))
        assert doctor("--broker", broker.address, code=0)["status"] == "ok"


def test_access_control(doctor: Doctor, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    with FakeBroker(accounts=[Account("admin", "secret-1", admin=True)]) as broker:
        row = doctor("--broker", broker.address)
        check(row, "permissions", "it wants credentials", "ROCKETMQ_BROKER_ACCESS_KEY")
        credentials.write_text("accessKey: admin\nsecretKey: secret-2\n")
        row = doctor("--broker", broker.address, "--credentials", str(credentials))
        check(row, "permissions", "credentials are wrong", "check access key and secret key")
        assert "secret" not in json.dumps(row["finding"])
        credentials.write_text("accessKey: admin\nsecretKey: secret-1\n")
        doctor("--broker", broker.address, "--credentials", str(credentials), code=0)


def answering(code: int, body: bytes) -> Callable[[socket.socket], None]:
    """Answer requests of one code with a body, and know no others."""

    def serve(connection: socket.socket) -> None:
        decoder = FrameDecoder()
        while size := connection.recv_into(decoder.get_buffer()):
            for frame in decoder.buffer_updated(size):
                request = RemotingCommand.decode(frame)
                known = RemotingCommand(0, body=body, ext_fields={"version": "1"})  # that of a configuration
                answer = known if request.code == code else RemotingCommand(3)
                answer.opaque, answer.flag = request.opaque, CommandFlag.RESPONSE
                connection.sendall(answer.encode())

    return serve


def nameserver(brokers: dict[str, Any]) -> Callable[[socket.socket], None]:
    """Tell of a cluster of such brokers."""
    body = json.dumps({"brokerAddrTable": brokers, "clusterAddrTable": {}}).encode()
    return answering(RequestCode.GET_BROKER_CLUSTER_INFO, body)


def test_no_broker_is_registered(doctor: Doctor) -> None:
    with listening(nameserver({})) as address:
        check(doctor("--namesrv", address), "brokers", "no broker is registered", f"namesrvAddr={address}")


def test_brokers_advertise_an_address_that_nobody_reaches(doctor: Doctor, closed_port: int) -> None:
    data = {"brokerName": "b", "cluster": "c", "brokerAddrs": {"0": f"127.0.0.1:{closed_port}"}}
    with listening(nameserver({"b": data})) as address:
        check(doctor("--namesrv", address), "reachable", "nothing listens there", "set brokerIP1")


def test_brokers_advertise_what_is_no_address(doctor: Doctor) -> None:
    data = {"brokerName": "b", "cluster": "c", "brokerAddrs": {"0": "10.0.0.1 :10911"}}
    with listening(nameserver({"b": data})) as address:
        check(doctor("--namesrv", address), "advertised", "b, id 0: address '10.0.0.1 :10911'", "set brokerIP1")
    with listening(
        answering(RequestCode.GET_BROKER_CONFIG, b"brokerIP1=10.0.0.1,10.0.0.2\nlistenPort=10911")
    ) as address:
        check(doctor("--broker", address), "advertised", "a bad address '10.0.0.1,10.0.0.2:10911'", "set brokerIP1")


def test_a_broker_that_fails_meanwhile(doctor: Doctor) -> None:
    with FakeBroker() as broker:
        broker.faults.add(Fault.reply(1, "no disk").on(code=RequestCode.GET_BROKER_RUNTIME_INFO))
        check(doctor("--broker", broker.address), "broker", "answered 1 SYSTEM_ERROR: no disk", "see the log")


@pytest.mark.real
def test_healthy(rmq: Rmq, shop: Shop) -> None:
    for server in (f"--namesrv {shop.server.namesrv_address}", f"--broker {shop.server.broker_address}"):
        rows = rmq.json(f"doctor {server} --topic orders")
        assert {row["status"] for row in rows} == {"ok"}
        assert [row["step"] for row in rows][-3:] in (
            ["permissions", "clock", "topic"],
            ["advertised", "clock", "topic"],
        )
        (protocol,) = [row for row in rows if row["step"] == "protocol"]
        assert shop.server.version in protocol["finding"]
        assert "nothing is wrong" in rmq(f"doctor {server}").out


@pytest.mark.real
def test_wrong_kind_of_server(doctor: Doctor, shop: Shop) -> None:
    namesrv, broker = shop.server.namesrv_address, shop.server.broker_address
    check(doctor("--broker", namesrv), "kind", "it is a NameServer", f"use --namesrv {namesrv}")
    check(doctor("--namesrv", broker), "kind", "it is a broker", f"use --broker {broker}")


@pytest.mark.real
def test_wrong_topic(doctor: Doctor, rmq: Rmq, shop: Shop) -> None:
    for server in (f"--namesrv={shop.server.namesrv_address}", f"--broker={shop.server.broker_address}"):
        row = doctor(server, "--topic", "nowhere")
        check(row, "topic", "it has no topic 'nowhere'", "rmq topic create nowhere")
    rmq.json("topic create bills --permission r")
    row = doctor("--broker", shop.server.broker_address, "--topic", shop.names["bills"])
    check(row, "topic", "may not be written to", "--permission rw")
