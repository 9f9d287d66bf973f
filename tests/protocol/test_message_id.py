"""Message ids, and the hosts in them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrocketmq.model.errors import ProtocolError
from pyrocketmq.model.message_id import (
    OffsetMessageId,
    UniqueIdGenerator,
    create_unique_id,
    decode_offset_message_id,
    decode_unique_id,
    offset_message_id,
    pack_address,
    pack_host,
    unpack_address,
    unpack_host,
)

addresses = st.ip_addresses().filter(lambda address: getattr(address, "scope_id", None) is None)
ports = st.integers(-(2**31), 2**31 - 1)
offsets = st.integers(-(2**63), 2**63 - 1)


@given(addresses)
def test_addresses(address: IPv4Address | IPv6Address) -> None:
    assert pack_address(str(address)) == address.packed
    assert unpack_address(address.packed) == str(address)


@pytest.mark.parametrize(
    "text",
    ["", "1.2.3", "1.2.3.4.5", "01.2.3.4", " 1.2.3.4", "1.2.3.256", "1.2.3.-4", "1.2.3.+4", "1.2.3.1_0", "1.2.3.٤",
     "localhost", "1.2.3.4:5", "::g", "[::1]"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ProtocolError, match="is no IP address"):
        pack_address(text)


@given(addresses.map(str), ports)
def test_hosts(address: str, port: int) -> None:
    data = pack_host((address, port))
    assert len(data) == (20 if ":" in address else 8)
    assert unpack_host(data) == (address, port)


def test_ports_that_do_not_fit() -> None:
    with pytest.raises(ProtocolError, match="port 2147483648 does not fit"):
        pack_host(("127.0.0.1", 2**31))


@given(addresses.map(str), ports, offsets)
def test_offset_ids(address: str, port: int, offset: int) -> None:
    text = offset_message_id(address, port, offset)
    assert len(text) == (56 if ":" in address else 32)
    assert text == text.upper()
    assert decode_offset_message_id(text) == OffsetMessageId(address, port, offset)
    assert decode_offset_message_id(text.lower()) == OffsetMessageId(address, port, offset)


def test_offset_id_of_a_real_broker() -> None:
    assert offset_message_id("127.0.0.1", 11921, 8422982) == "7F00000100002E910000000000808646"


@pytest.mark.parametrize(("host", "port", "offset"), [("broker", 1, 1), ("::1", 2**31, 1), ("::1", 1, 2**63)])
def test_offset_ids_that_do_not_fit(host: str, port: int, offset: int) -> None:
    with pytest.raises(ProtocolError):
        offset_message_id(host, port, offset)


@given(st.text(max_size=60) | st.text("0123456789abcdefABCDEF \n", min_size=30, max_size=60))
def test_any_text_is_an_id_or_an_error(text: str) -> None:
    for decode in (decode_offset_message_id, decode_unique_id):
        try:
            decode(text)
        except ProtocolError:
            continue
        assert len(text) in (32, 56)


@pytest.mark.parametrize(
    "text", ["", "7F", "G" * 32, "7F " * 10 + "7F", " " * 32, "7F000001 0002E910000000000808646", "٤" * 32]
)
def test_what_is_no_id(text: str) -> None:
    with pytest.raises(ProtocolError, match=r"hexadecimal|digits"):
        decode_offset_message_id(text)


def test_unique_ids_tell_where_they_come_from() -> None:
    identity = decode_unique_id(UniqueIdGenerator("192.0.2.7").create())
    assert identity.address == "192.0.2.7"
    assert identity.pid == os.getpid() & 0xFFFF
    now = datetime.now()
    elapsed = (now - now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)).total_seconds() * 1000
    assert abs(identity.month_millis - elapsed) < 7_200_000 + 60_000  # clocks may have been put forward this month


def test_unique_ids_of_ipv6_clients_are_longer() -> None:
    unique_id = UniqueIdGenerator("fd00::2").create()
    assert len(unique_id) == 56
    assert decode_unique_id(unique_id).address == "fd00::2"


def test_unique_id_of_a_java_client() -> None:
    identity = decode_unique_id("FD000000000000000000000000000002" + "7EB9" + "1DBD16A6" + "71C640A9" + "0000")
    assert identity == ("fd00::2", 0x7EB9, 0x1DBD16A6, 0x71C640A9, 0)


def test_a_generator_needs_an_address() -> None:
    with pytest.raises(ProtocolError, match="'localhost' is no IP address"):
        UniqueIdGenerator("localhost")


def test_unique_ids_are_unique_among_threads() -> None:
    generator = UniqueIdGenerator()
    ids: list[str] = []
    threads = [threading.Thread(target=lambda: ids.extend([generator.create() for _ in range(2000)])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 8000


def test_the_counter_wraps_around(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = UniqueIdGenerator()
    first = decode_unique_id(generator.create())
    for _ in range(65_535):
        generator.create()
    assert decode_unique_id(generator.create()).counter == first.counter


_FORKING = """
import os
from pyrocketmq.model.message_id import UniqueIdGenerator

generator = UniqueIdGenerator()
print(os.getpid(), generator.create(), generator.create(), flush=True)
child = os.fork()
if child:
    os.waitpid(child, 0)
else:
    print(os.getpid(), generator.create(), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_gets_a_salt_of_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FORKING], capture_output=True, encoding="ascii", check=True, timeout=60
    )
    parent_pid, first, second, child_pid, third = done.stdout.split()
    before, after = decode_unique_id(first), decode_unique_id(third)
    assert decode_unique_id(second).salt == before.salt
    assert (before.pid, after.pid) == (int(parent_pid) & 0xFFFF, int(child_pid) & 0xFFFF)
    assert after.salt != before.salt


@pytest.mark.parametrize("year_month", [(2026, 1), (2026, 11), (2026, 12), (2028, 2)])
def test_time_starts_again_each_month(year_month: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    year, month = year_month
    end = time.mktime((year + month // 12, month % 12 + 1, 1, 0, 0, 0, 0, 0, -1))
    generator = UniqueIdGenerator()
    elapsed: list[int] = []
    for now in (end - 0.25, end, end + 1.5, end - 0.25):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        elapsed.append(decode_unique_id(generator.create()).month_millis)
    days = (end - time.mktime((year, month, 1, 0, 0, 0, 0, 0, -1))) / 86_400
    assert elapsed == [round(days * 86_400_000) - 250, 0, 1500, round(days * 86_400_000) - 250]


def test_the_process_has_a_generator() -> None:
    assert create_unique_id() != create_unique_id()
    assert len(create_unique_id()) == 32


def test_many_at_once() -> None:
    generator = UniqueIdGenerator()
    ids = generator.create_many(100)
    assert len(set(ids) | {generator.create()}) == 101
    assert {len(each) for each in ids} == {32}
    assert len(generator.create_many(0x10001)) == 0x10001
