"""Compressed bodies."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrocketmq.model import RemotingCommand
from pyrocketmq.model.compression import MAX_DECOMPRESSED_SIZE, Compression, compress, decompress
from pyrocketmq.model.errors import MissingCodecError, ProtocolError
from pyrocketmq.model.message_ext import decode_messages
from pyrocketmq.model.sys_flag import MessageSysFlag

ways = st.sampled_from(Compression)


@given(st.binary(max_size=2000), ways, st.integers(0, 9))
def test_round_trip(body: bytes, way: Compression, level: int) -> None:
    assert decompress(compress(body, way, level), way) == body


@given(st.binary(max_size=60), ways)
def test_any_bytes_give_a_body_or_an_error(data: bytes, way: Compression) -> None:
    check_any(data, way)


@given(st.binary(max_size=200), ways, st.data())
@settings(max_examples=300)
def test_changed_bytes_give_a_body_or_an_error(body: bytes, way: Compression, data: st.DataObject) -> None:
    changed = bytearray(compress(body, way))
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    check_any(bytes(changed), way)


def check_any(data: bytes, way: Compression) -> None:
    try:
        assert len(decompress(data, way, 10_000)) <= 10_000
    except ProtocolError as error:
        assert error.reason


@given(st.binary(max_size=200), ways, st.data())
def test_a_cut_body_is_an_error(body: bytes, way: Compression, data: st.DataObject) -> None:
    packed = compress(body, way)
    with pytest.raises(ProtocolError, match=way.name.lower()):
        decompress(packed[: data.draw(st.integers(0, len(packed) - 1))], way)


@pytest.mark.parametrize("way", Compression)
def test_bytes_after_the_end_are_an_error(way: Compression) -> None:
    with pytest.raises(ProtocolError, match="2 bytes follow the end of a"):
        decompress(compress(b"hello", way) + b"\0\0", way)
    with pytest.raises(ProtocolError, match="follow the end of a"):
        decompress(compress(b"hello", way) * 2, way)


@pytest.mark.parametrize("way", Compression)
def test_a_body_can_be_as_large_as_the_limit_but_not_larger(way: Compression) -> None:
    packed = compress(bytes(100_000), way)
    assert decompress(packed, way, 100_000) == bytes(100_000)
    with pytest.raises(ProtocolError, match="decompresses to more than 99999 bytes"):
        decompress(packed, way, 99_999)


@pytest.mark.parametrize("way", Compression)
def test_a_bomb_stops_at_the_limit(way: Compression) -> None:
    bomb = compress(bytes(8_000_000), way, 1)
    assert len(bomb) < 40_000
    with pytest.raises(ProtocolError, match="more than 1000 bytes"):
        decompress(bomb, way, 1000)


def test_the_default_limit() -> None:
    with pytest.raises(ProtocolError, match="more than 67108864 bytes"):
        decompress(compress(bytes(MAX_DECOMPRESSED_SIZE + 1), Compression.ZSTD, 1), Compression.ZSTD)


def test_zstd_streams_that_do_not_tell_their_size() -> None:
    zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    compressor = zstd.ZstdCompressor()
    packed = compressor.compress(b"hello ") + compressor.compress(b"world") + compressor.flush()
    assert zstd.get_frame_info(packed).decompressed_size is None
    assert decompress(packed, Compression.ZSTD) == b"hello world"


@pytest.mark.parametrize(("way", "magic"), [(Compression.LZ4, "04224d18"), (Compression.ZSTD, "28b52ffd")])
def test_frame_formats(way: Compression, magic: str) -> None:
    assert compress(b"hello", way)[:4].hex() == magic


@pytest.mark.parametrize("level", [-1, 10])
def test_levels(level: int) -> None:
    with pytest.raises(ValueError, match=f"compression level {level}"):
        compress(b"", Compression.ZLIB, level)


@pytest.mark.parametrize(
    ("sys_flag", "way"),
    [
        (0, None),
        (0x300, None),
        (0x1, Compression.ZLIB),
        (0x301, Compression.ZLIB),
        (0x101, Compression.LZ4),
        (0x201 | MessageSysFlag.TRANSACTION_COMMIT, Compression.ZSTD),
    ],
)
def test_what_the_system_flag_says(sys_flag: int, way: Compression | None) -> None:
    assert Compression.of(sys_flag) is way


@pytest.mark.parametrize("way", Compression)
def test_what_to_set_in_the_system_flag(way: Compression) -> None:
    assert type(way.sys_flag) is int
    assert Compression.of(way.sys_flag) is way


@pytest.mark.parametrize("bits", [4, 5, 6, 7])
def test_types_that_are_not_defined(bits: int) -> None:
    with pytest.raises(ProtocolError, match=f"unknown compression type {bits}"):
        Compression.of(bits << 8 | 1)


@pytest.mark.parametrize(
    ("way", "modules"),
    [(Compression.LZ4, ["lz4.frame"]), (Compression.ZSTD, ["compression.zstd", "backports.zstd"])],
)
def test_a_missing_codec_says_how_to_get_it(
    way: Compression, modules: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    name = way.name.lower()
    with pytest.raises(MissingCodecError, match=rf"pip install rocketmq-protocol\[{name}\]") as caught:
        decompress(b"", way)
    assert caught.value.extra == name
    with pytest.raises(MissingCodecError):
        compress(b"", way)
    assert decompress(zlib.compress(b"x"), Compression.ZLIB) == b"x"


@pytest.mark.parametrize("name", ["lz4", "zstd", "zlib", "zlib0"])
def test_golden_bodies(name: str, golden: Callable[[str, str], RemotingCommand]) -> None:
    message = decode_messages(golden(f"pull_compressed_{name}_5.4.0", "response").body)[0]
    way = Compression.of(message.sys_flag)
    assert way is not None
    assert way.name.lower() == name.removesuffix("0")
    assert message.body
    assert decompress(compress(message.body, way), way) == message.body
