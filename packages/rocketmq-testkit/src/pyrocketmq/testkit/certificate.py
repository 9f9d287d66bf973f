"""A throw-away certificate for the TLS side of a fake: P-256, signed by itself, valid for loopback.

It protects nothing. The private key is made on the spot, lives in a temporary file that only this user can read, and
the arithmetic is plain Python, which is slow and gives its secrets away to whoever can time it. All that matters is
that TLS libraries accept it, so that a client's TLS can be tested without anything installed.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from functools import cache
from ipaddress import ip_address
from typing import Final, NamedTuple

_P: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G: Final = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
# The curve P-256: prime, order of the base point, base point (SEC 2, section 2.4.2).

_DAY: Final = 86_400
_LIFETIME: Final = 30 * _DAY

# Object identifiers, as the bytes that stand for them (RFC 5280, RFC 5480, RFC 5758).
_EC_PUBLIC_KEY: Final = "2a8648ce3d0201"
_PRIME256V1: Final = "2a8648ce3d030107"
_ECDSA_WITH_SHA256: Final = "2a8648ce3d040302"
_COMMON_NAME: Final = "550403"
_BASIC_CONSTRAINTS: Final = "551d13"
_KEY_USAGE: Final = "551d0f"
_SUBJECT_ALT_NAME: Final = "551d11"
_SUBJECT_KEY_IDENTIFIER: Final = "551d0e"

_SIGNS_AND_CERTIFIES: Final = bytes.fromhex("03020284")
# Key usage: a string of eight bits, the last two unused; digitalSignature and keyCertSign are set.


class Certificate(NamedTuple):
    """A certificate and its key, in PEM.

    Attributes:
        certificate: What a client has to trust.
        key: The private key.
    """

    certificate: str
    key: str


@cache
def throw_away_certificate() -> Certificate:
    """Return a certificate for `localhost` and the loopback addresses; the same one for the life of the process."""
    private = secrets.randbelow(_N - 1) + 1
    x, y = _multiplied(private, _G)
    point = b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    algorithm = _sequence(_identifier(_EC_PUBLIC_KEY), _identifier(_PRIME256V1))
    signature_algorithm = _sequence(_identifier(_ECDSA_WITH_SHA256))
    name = _sequence(_set(_sequence(_identifier(_COMMON_NAME), _utf8("rocketmq-testkit"))))
    now = int(time.time())
    extensions = _sequence(
        _extension(_BASIC_CONSTRAINTS, _sequence(_TRUE), is_critical=True),
        _extension(_KEY_USAGE, _SIGNS_AND_CERTIFIES, is_critical=True),
        _extension(_SUBJECT_ALT_NAME, _hosts()),
        _extension(_SUBJECT_KEY_IDENTIFIER, _octets(hashlib.sha256(point).digest()[:20])),
    )
    content = _sequence(
        _tagged(0, _integer(2)),  # version 3
        _integer(secrets.randbits(63) + 1),
        signature_algorithm,
        name,
        _sequence(_utc_time(now - _DAY), _utc_time(now + _LIFETIME)),
        name,
        _sequence(algorithm, _bits(point)),
        _tagged(3, extensions),
    )
    certificate = _sequence(content, signature_algorithm, _bits(_signature(content, private)))
    key = _sequence(
        _integer(1),
        _octets(private.to_bytes(32, "big")),
        _tagged(0, _identifier(_PRIME256V1)),
        _tagged(1, _bits(point)),
    )
    return Certificate(_pem("CERTIFICATE", certificate), _pem("EC PRIVATE KEY", key))


def _hosts() -> bytes:
    addresses = [ip_address(text).packed for text in ("127.0.0.1", "::1")]
    return _sequence(_der(0x82, b"localhost"), *[_der(0x87, packed) for packed in addresses])


def _signature(content: bytes, private: int) -> bytes:
    """Sign by ECDSA with SHA-256 (FIPS 186-5)."""
    digest = int.from_bytes(hashlib.sha256(content).digest(), "big")
    while True:
        once = secrets.randbelow(_N - 1) + 1
        r = _multiplied(once, _G)[0] % _N
        s = pow(once, -1, _N) * (digest + r * private) % _N
        if r and s:
            return _sequence(_integer(r), _integer(s))


def _multiplied(factor: int, point: tuple[int, int]) -> tuple[int, int]:
    """Multiply a point of the curve; `factor` is neither zero nor a multiple of the order."""
    result: tuple[int, int] | None = None
    while factor:
        if factor & 1:
            result = point if result is None else _added(result, point)
        point = _added(point, point)
        factor >>= 1
    if result is None:
        raise ValueError("no multiple of a point by zero")
    return result


def _added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    if one == other:
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, _P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P)
    x = (slope * slope - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


# DER: a tag, a length, the content.


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


_TRUE: Final = b"\x01\x01\xff"


def _sequence(*parts: bytes) -> bytes:
    return _der(0x30, b"".join(parts))


def _set(*parts: bytes) -> bytes:
    return _der(0x31, b"".join(parts))


def _tagged(number: int, content: bytes) -> bytes:
    return _der(0xA0 | number, content)


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _identifier(encoded: str) -> bytes:
    return _der(0x06, bytes.fromhex(encoded))


def _octets(content: bytes) -> bytes:
    return _der(0x04, content)


def _bits(content: bytes) -> bytes:
    return _der(0x03, b"\0" + content)


def _utf8(text: str) -> bytes:
    return _der(0x0C, text.encode())


def _utc_time(moment: int) -> bytes:
    return _der(0x17, time.strftime("%y%m%d%H%M%SZ", time.gmtime(moment)).encode())


def _extension(encoded: str, content: bytes, *, is_critical: bool = False) -> bytes:
    return _sequence(_identifier(encoded), *([_TRUE] if is_critical else []), _octets(content))


def _pem(label: str, content: bytes) -> str:
    text = base64.b64encode(content).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
