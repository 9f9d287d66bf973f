"""The stream becomes the same frames however it is cut, and memory stays bounded."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrocketmq.model.errors import FrameTooLargeError, ProtocolError
from pyrocketmq.model.frame import MAX_FRAME_SIZE, MIN_FRAME_SIZE, FrameDecoder, frame_of

frames = st.builds(frame_of, st.binary(max_size=20), st.binary(max_size=60), st.integers(0, 255))
sizes = st.sampled_from([8, 9, 100, 65_535, 65_536, 65_537, 70_000, 200_000])


def frame_of_size(size: int) -> bytes:
    return frame_of(b"h" * min(size - 8, 3), bytes(max(size - 11, 0)), 0)


def cut(stream: bytes, points: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(point, len(stream)) for point in points), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


def received(decoder: FrameDecoder, data: bytes) -> list[bytes | bytearray]:
    """Receive as a transport does: into the buffer that the decoder lends."""
    found: list[bytes | bytearray] = []
    while data:
        buffer = decoder.get_buffer()
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        buffer.release()
        found += decoder.buffer_updated(size)
        data = data[size:]
    return found


def received_anywhere(decoder: FrameDecoder, data: bytes) -> list[bytes | bytearray]:
    """Receive as a transport does that has a buffer lent only for the rest of a frame."""
    found: list[bytes | bytearray] = []
    while data:
        buffer = decoder.rest_buffer()
        if buffer is None:
            size = min(len(data), 65536)
            found += decoder.take(data[:size])
        else:
            size = min(len(buffer), len(data))
            buffer[:size] = data[:size]
            buffer.release()
            found += decoder.take(size)
        data = data[size:]
    return found


def test_layout() -> None:
    frame = frame_of(b"header", b"body", 1)
    assert frame == struct.pack(">IB", 14, 1) + b"\0\0\x06header" + b"body"


@given(st.lists(frames, max_size=6), st.lists(st.integers(0, 600), max_size=12))
def test_any_cut_gives_the_same_frames(expected: list[bytes], points: list[int]) -> None:
    pieces = cut(b"".join(expected), points)
    fed, lent, mixed = FrameDecoder(), FrameDecoder(), FrameDecoder()
    assert [frame for piece in pieces for frame in fed.feed(piece)] == expected
    assert [frame for piece in pieces for frame in received(lent, piece)] == expected
    assert [frame for piece in pieces for frame in received_anywhere(mixed, piece)] == expected
    for decoder in (fed, lent, mixed):
        assert decoder.rest_buffer() is None
        assert decoder.position == sum(map(len, expected))
        assert decoder.pending == 0
        decoder.close()


@given(st.lists(sizes, min_size=1, max_size=4), st.lists(st.integers(0, 500_000), max_size=6))
@settings(max_examples=40)
def test_any_cut_of_large_frames(lengths: list[int], points: list[int]) -> None:
    expected = [frame_of_size(length) for length in lengths]
    fed, lent, mixed = FrameDecoder(), FrameDecoder(), FrameDecoder()
    pieces = cut(b"".join(expected), points)
    assert [frame for piece in pieces for frame in fed.feed(piece)] == expected
    assert [frame for piece in pieces for frame in received(lent, piece)] == expected
    assert [frame for piece in pieces for frame in received_anywhere(mixed, piece)] == expected


def test_a_frame_that_came_alone_is_not_copied() -> None:
    decoder = FrameDecoder()
    for size in (MIN_FRAME_SIZE, 100, 100_000):
        frame = frame_of_size(size)
        (same,) = decoder.take(frame)
        assert same is frame


def test_frames_stay_what_they_are_when_more_comes() -> None:
    decoder = FrameDecoder()
    first = decoder.feed(frame_of_size(70_000)) + decoder.feed(frame_of(b"a", b"first", 0))
    copies = [bytes(frame) for frame in first]
    decoder.feed(frame_of_size(200_000) + frame_of(b"b", b"second", 0) * 100)
    assert first == copies


def split(decoder: FrameDecoder, pieces: list[bytes]) -> tuple[list[bytes | bytearray], ProtocolError | None]:
    """Return the frames up to the first error, or up to the end of the stream."""
    found: list[bytes | bytearray] = []
    try:
        for piece in pieces:
            found += decoder.feed(piece)
        decoder.close()
    except ProtocolError as error:
        return found, error
    return found, None


@given(st.binary(max_size=64), st.lists(st.integers(0, 64), max_size=5))
def test_any_bytes_give_frames_or_an_error(stream: bytes, points: list[int]) -> None:
    decoder = FrameDecoder()
    found, error = split(decoder, cut(stream, points))
    assert b"".join(found) == stream[: decoder.position]
    at_once, same_error = split(FrameDecoder(), [stream])
    if error is None:
        assert (at_once, same_error) == (found, None)
    else:
        assert error.offset == decoder.position
        assert same_error is not None
        assert (same_error.reason, same_error.offset) == (error.reason, error.offset)


@pytest.mark.parametrize("length", [-(2**31), -5, -1, 0, 3])
def test_lengths_that_no_frame_has(length: int) -> None:
    decoder = FrameDecoder()
    good = frame_of(b"h", b"b", 0)
    assert decoder.feed(good) == [good]
    with pytest.raises(ProtocolError, match=f"length field {length} ") as caught:
        decoder.feed(struct.pack(">i", length))
    assert caught.value.offset == len(good)


def test_limit() -> None:
    limit = 1000
    decoder = FrameDecoder(limit)
    largest = frame_of_size(limit)
    assert decoder.feed(largest) == [largest]
    with pytest.raises(FrameTooLargeError, match="frame of 1001 bytes, limit 1000") as caught:
        decoder.feed(frame_of_size(limit + 1)[:4])
    assert (caught.value.size, caught.value.limit, caught.value.offset) == (limit + 1, limit, limit)


def test_default_limit_is_that_of_brokers() -> None:
    assert FrameDecoder().feed(struct.pack(">i", MAX_FRAME_SIZE - 4)) == []
    with pytest.raises(FrameTooLargeError):
        FrameDecoder().feed(struct.pack(">i", MAX_FRAME_SIZE - 3))
    assert len(frame_of(b"", bytes(MAX_FRAME_SIZE - 8), 0)) == MAX_FRAME_SIZE
    with pytest.raises(FrameTooLargeError):
        frame_of(b"", bytes(MAX_FRAME_SIZE - 7), 0)


@pytest.mark.parametrize("length", [*range(1, MIN_FRAME_SIZE), 20])
def test_a_stream_that_ends_inside_a_frame(length: int) -> None:
    frame = frame_of(b"header", b"some body", 0)
    decoder = FrameDecoder()
    decoder.feed(frame + frame[:length])
    assert decoder.pending == length
    with pytest.raises(ProtocolError, match=f"after {length} of its bytes") as caught:
        decoder.close()
    assert caught.value.offset == len(frame)


def test_the_lent_buffer_is_never_empty_and_does_not_grow() -> None:
    decoder = FrameDecoder()
    frame = frame_of_size(MIN_FRAME_SIZE + 5)
    room = len(decoder.get_buffer())
    for _ in range(room):
        assert received(decoder, frame[:7]) == []
        assert received(decoder, frame[7:]) == [frame]
        assert 0 < len(decoder.get_buffer()) <= room
