"""The command line: fetch the jars, or run a server in the foreground.

Run it with this package's parent folder on the path::

    PYTHONPATH=tools python -m real_rocketmq fetch
    PYTHONPATH=tools python -m real_rocketmq run --version 5.4.0 --property transactionTimeOut=3000

``run`` prints one line of JSON when the servers are ready and ends cleanly on SIGINT and SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence

from real_rocketmq.errors import RealRocketMQError
from real_rocketmq.jars import VERSIONS, fetch_jars
from real_rocketmq.server import RealRocketMQ

_POLL_SECONDS = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns 0 when it is done and 1 when it failed. Wrong usage exits with 2."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "fetch":
            return _fetch(options.version or VERSIONS)
        return _run(options)
    except RealRocketMQError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="real_rocketmq", description="A real Apache RocketMQ on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)

    fetch = commands.add_parser("fetch", help="fetch the jars into the cache")
    fetch.add_argument("--version", action="append", help=f"may be given several times; default: {', '.join(VERSIONS)}")

    run = commands.add_parser("run", help="run a name server and a broker until SIGINT or SIGTERM")
    run.add_argument("--version", default=VERSIONS[-1], help="default: %(default)s")
    run.add_argument("--namesrv-port", type=int, default=0, metavar="PORT", help="default: any free one")
    run.add_argument("--broker-port", type=int, default=0, metavar="PORT", help="default: any free one")
    run.add_argument(
        "--property", type=_property, action="append", default=[], metavar="NAME=VALUE", help="a broker property"
    )
    return parser


def _property(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not (name and separator):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _fetch(versions: Sequence[str]) -> int:
    for version in versions:
        print(fetch_jars(version))
    return 0


def _run(options: argparse.Namespace) -> int:
    # Set both: a shell starts background jobs with SIGINT ignored, and Python would leave it so.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with RealRocketMQ(
            options.version,
            properties=dict(options.property),
            namesrv_port=options.namesrv_port,
            broker_port=options.broker_port,
        ) as server:
            print(_ready_line(server), flush=True)
            return _watch(server)
    except KeyboardInterrupt:
        return 0


def _ready_line(server: RealRocketMQ) -> str:
    brokers: dict[str, dict[str, str]] = {}
    for broker in server.brokers:
        brokers.setdefault(broker.name, {})[str(broker.broker_id)] = broker.address
    return json.dumps({"namesrv": server.namesrv_address, "brokers": brokers, "version": server.version})


def _watch(server: RealRocketMQ) -> int:
    servers = (server.namesrv, *server.brokers)
    while all(one.running for one in servers):
        time.sleep(_POLL_SECONDS)
    print("a server ended by itself; the broker's last output:\n" + server.broker_log_tail(), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
