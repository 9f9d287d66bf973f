"""`rmq-fake serve`: run fake servers in the foreground until a signal comes."""

from __future__ import annotations

import argparse
import gc
import json
from typing import TYPE_CHECKING, Final

from pyrocketmq.testkit.cli.foreground import ended_by_signal
from pyrocketmq.testkit.cluster import FakeCluster
from pyrocketmq.testkit.version import PROFILES

if TYPE_CHECKING:
    from pyrocketmq.testkit.cli.foreground import Commands

_COLLECTED_AFTER: Final = 50_000
# New objects between two runs of the garbage collector; about as many as 10,000 messages leave behind.


def add_parser(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "serve",
        help="run a fake NameServer and fake brokers",
        description="Runs until SIGINT or SIGTERM. Prints one line of JSON when it is ready.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="IP address to listen on (default: %(default)s)")
    parser.add_argument(
        "--namesrv-port", type=int, default=9876, metavar="PORT", help="0 takes a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--broker-port",
        type=int,
        default=10911,
        metavar="PORT",
        help="port of the first broker, each further one is 10 higher; 0 takes free ones (default: %(default)s)",
    )
    parser.add_argument("--brokers", type=int, default=1, metavar="N", help="number of masters (default: %(default)s)")
    parser.add_argument("--version", choices=sorted(PROFILES), default="5.4.0", help="default: %(default)s")
    parser.add_argument(
        "--topic", type=_topic, action="append", default=[], metavar="NAME:QUEUES", help="create a topic; repeatable"
    )
    parser.add_argument(
        "--property",
        type=_property,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a property of the brokers by its real name; repeatable",
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks, log every connection")
    parser.set_defaults(run=run)


def _topic(text: str) -> tuple[str, int]:
    name, _, queues = text.rpartition(":")
    if not name or not queues.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME:QUEUES")
    return name, int(queues)


def _property(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def run(options: argparse.Namespace) -> None:
    """Serve until a signal comes.

    Raises:
        OSError: an address cannot be used.
        ValueError: a property has a bad value.
    """
    ended = ended_by_signal(options)
    # What a server keeps it keeps on purpose, and none of it is a cycle: the collector would look through all of it
    # again and again.
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER)
    with FakeCluster(
        version=options.version,
        brokers=options.brokers,
        replicas=0,
        namesrvs=1,
        host=options.host,
        namesrv_ports=[options.namesrv_port],
        broker_ports=_ports(options.broker_port, options.brokers),
        properties=dict(options.property),
        topics=dict(options.topic),
    ) as cluster:
        addresses = {
            name: {str(broker.broker_id): broker.address for broker in group} for name, group in cluster.brokers.items()
        }
        ready = {"namesrv": cluster.namesrv_address, "brokers": addresses, "version": options.version}
        print(json.dumps(ready), flush=True)
        ended.wait()


def _ports(first: int, count: int) -> list[int]:
    return [first + 10 * index if first else 0 for index in range(count)]
