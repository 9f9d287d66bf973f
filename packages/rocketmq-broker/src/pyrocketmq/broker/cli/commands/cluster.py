"""`rmq cluster`: brokers, versions, numbers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from pyrocketmq.broker.cli.command import Command, Invocation, argument
from pyrocketmq.broker.cli.errors import CommandError
from pyrocketmq.broker.cli.table import Column, Table, hidden, number, show_rate
from pyrocketmq.broker.client import create_broker_client
from pyrocketmq.broker.errors import BrokerError
from pyrocketmq.broker.routes import MASTER_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyrocketmq.broker.cli.session import Session


def _show_span(seconds: float | None) -> str:
    if seconds is None:
        return ""
    days, rest = divmod(int(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes = f"{hours:02}:{rest // 60:02}"
    return f"{days} d {minutes}" if days else minutes


def _show_part(part: float | None) -> str:
    return "" if part is None else f"{part:.0%}"


BROKERS: Final = Table(
    (
        Column("cluster", "name of the cluster", can_be_cut=True),
        Column("broker_name", "name of the broker", title="broker"),
        number("broker_id", "0 for a master, above for its replicas", title="id"),
        Column("address", "where it says it is"),
        Column("version", "its release"),
        number("in_per_second", "messages stored per second, over the last ten seconds", show=show_rate, title="in/s"),
        number(
            "out_per_second", "messages given out per second, over the last ten seconds", show=show_rate, title="out/s"
        ),
        number("uptime", "seconds since its start", show=_show_span),
        number("disk", "part of the disk that is used", show=_show_part),
        hidden("error", "why it could not be asked"),
    )
)
RUNTIME: Final = Table(
    (
        Column("broker_name", "name of the broker"),
        number("broker_id", "0 for a master"),
        Column("name", "name of a number; they differ between versions"),
        Column("value", "its value"),
    ),
    kind="runtime",
)


def run(call: Invocation) -> None:
    """Ask every broker.

    Raises:
        CommandError: a broker could not be asked.
    """
    options, session, output = call
    failures: list[str] = []
    with output.table(RUNTIME if options.runtime else BROKERS) as rows:
        for cluster, name, broker_id, address in _brokers(session):
            values: Mapping[str, str] = {}
            error: BrokerError | None = None
            try:
                with create_broker_client(address, **session.settings) as client:
                    values = client.get_broker_runtime_info()
            except BrokerError as caught:
                error = caught
                failures.append(f"{name or address}: {caught}")
            if options.runtime:
                for key, value in sorted(values.items()):
                    rows.add({"broker_name": name, "broker_id": broker_id, "name": key, "value": value})
                continue
            started = _number(values, "bootTimestamp")
            row = {
                "cluster": cluster,
                "broker_name": name,
                "broker_id": broker_id,
                "address": address,
                "version": values.get("brokerVersionDesc", "").removeprefix("V").replace("_", ".") or None,
                "in_per_second": _number(values, "putTps"),
                "out_per_second": _number(values, "getTransferredTps", "getTransferedTps"),
                "uptime": None if started is None else round(time.time() - started / 1000),
                "disk": _number(values, "commitLogDiskRatio"),
                "error": None if error is None else str(error),
            }
            rows.add(row, {} if error is None else {"broker_name": "red", "address": "red"})
    if failures:
        raise CommandError("; ".join(failures))


def _brokers(session: Session) -> Iterator[tuple[str | None, str, int, str]]:
    if session.is_direct:
        yield None, session.broker_names[0], MASTER_ID, session.required_address
        return
    for name, data in sorted(session.cluster.broker_addr_table.items()):
        for broker_id, address in sorted(data.broker_addrs.items()):
            yield data.cluster, name, broker_id, address


def _number(values: Mapping[str, str], *names: str) -> float | None:
    """Return the first number of a value: rates come as three, over ten seconds, a minute and ten minutes."""
    for name in names:
        words = values.get(name, "").split()
        try:
            return float(words[0])
        except (IndexError, ValueError):
            continue
    return None


COMMAND = Command(
    name="cluster",
    summary="show brokers, versions and numbers",
    description="Show all brokers and replicas with version, rates, uptime and disk; with --runtime every number that "
    "they give.",
    run=run,
    arguments=(argument("--runtime", action="store_true", help="every number that the brokers give"),),
    examples=("rmq cluster --namesrv localhost:9876", "rmq cluster --runtime --json"),
    tables=(BROKERS, RUNTIME),
)
