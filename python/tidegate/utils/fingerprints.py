"""64-bit hashes of bytes: FarmHash's fingerprint and SipHash-2-4, as TensorFlow has them.

Sources: Pike, Alakuijala, "FarmHash" (its stable fingerprint of 64 bits), 2014; Aumasson,
Bernstein, "SipHash: a fast short-input PRF", 2012.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["farmhash64", "siphash"]

_ALL = 2**64 - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _word(data: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _right(value: int, by: int) -> int:
    value &= _ALL
    return (value >> by) | ((value << (64 - by)) & _ALL)


def _folded(value: int) -> int:
    value &= _ALL
    return value ^ (value >> 47)


def _mixed(u: int, v: int, factor: int) -> int:
    a = _folded((u ^ v) * factor)
    return _folded(((v & _ALL) ^ a) * factor) * factor & _ALL


def farmhash64(data: bytes) -> int:
    """The fingerprint of some bytes.

    >>> farmhash64(b"tide")  # as tf.fingerprint
    8209822599140687966
    """
    size = len(data)
    factor = _K2 + 2 * size
    if size > 64:
        return _long(data)
    if size > 16:
        return _middle(data, factor)
    if size >= 8:
        a, b = _word(data, 0) + _K2, _word(data, size - 8)
        return _mixed(_right(b, 37) * factor + a, (_right(a, 25) + b) * factor, factor)
    if size >= 4:
        return _mixed(size + (_word(data, 0, 4) << 3), _word(data, size - 4, 4), factor)
    if size:
        y = data[0] + (data[size // 2] << 8)
        z = size + (data[-1] << 2)
        return _folded(y * _K2 ^ z * _K0) * _K2 & _ALL
    return _K2


def _middle(data: bytes, factor: int) -> int:
    """17 to 64 bytes."""
    size = len(data)
    a = _word(data, 0) * (_K1 if size <= 32 else _K2)
    b = _word(data, 8)
    c, d = _word(data, size - 8) * factor, _word(data, size - 16) * _K2
    y = _right(a + b, 43) + _right(c, 30) + d
    z = _mixed(y, a + _right(b + _K2, 18) + c, factor)
    if size <= 32:
        return z
    e, f = _word(data, 16) * factor, _word(data, 24)
    g = (y + _word(data, size - 32)) * factor
    h = (z + _word(data, size - 24)) * factor
    return _mixed(_right(e + f, 43) + _right(g, 30) + h, e + _right(f + a, 18) + g, factor)


def _weak(data: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = (_word(data, at + 8 * i) for i in range(4))
    a += w
    b = _right(b + a + z, 21)
    c = a
    a += x + y
    return (a + z) & _ALL, (b + _right(a, 44) + c) & _ALL


def _long(data: bytes) -> int:
    """Over 64 bytes: blocks of 64, the last of which may overlap the one before."""
    y = 81 * _K1 + 113
    z = _folded(y * _K2 + 113) * _K2
    x = 81 * _K2 + _word(data, 0)
    v = w = (0, 0)
    rest = (len(data) - 1) % 64
    end = len(data) - 1 - rest
    for at in range(0, end, 64):
        x, y, z, v, w = _block(data, at, x, y, z, v, w, _K1, 1)
    factor = _K1 + 2 * (z & 0xFF)
    first = w[0] + rest
    v = (v[0] + first, v[1])
    w = (first + v[0], w[1])
    x, y, z, v, w = _block(data, len(data) - 64, x, y, z, v, w, factor, 9)
    return _mixed(
        _mixed(v[0], w[0], factor) + _folded(y) * _K0 + z,
        _mixed(v[1], w[1], factor) + x,
        factor,
    )


def _block(
    data: bytes,
    at: int,
    x: int,
    y: int,
    z: int,
    v: tuple[int, int],
    w: tuple[int, int],
    factor: int,
    times: int,
) -> tuple[int, int, int, tuple[int, int], tuple[int, int]]:
    x = _right(x + y + v[0] + _word(data, at + 8), 37) * factor & _ALL
    y = _right(y + v[1] + _word(data, at + 48), 42) * factor
    x ^= w[1] * times & _ALL
    y += v[0] * times + _word(data, at + 40)
    z = _right(z + w[0], 33) * factor
    v = _weak(data, at, v[1] * factor, x + w[0])
    w = _weak(data, at + 32, z + w[1], y + _word(data, at + 16))
    return z & _ALL, y & _ALL, x, v, w


def siphash(data: bytes, key: Sequence[int]) -> int:
    """The hash of some bytes under a key of two numbers below 2^64."""
    v = [
        key[0] ^ 0x736F6D6570736575,
        key[1] ^ 0x646F72616E646F6D,
        key[0] ^ 0x6C7967656E657261,
        key[1] ^ 0x7465646279746573,
    ]
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) % 256])
    for at in range(0, len(padded), 8):
        word = _word(padded, at)
        v[3] ^= word
        _round(v, 2)
        v[0] ^= word
    v[2] ^= 0xFF
    _round(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _round(v: list[int], times: int) -> None:
    for _ in range(times):
        v[0] = (v[0] + v[1]) & _ALL
        v[1] = _right(v[1], 51) ^ v[0]
        v[0] = _right(v[0], 32)
        v[2] = (v[2] + v[3]) & _ALL
        v[3] = _right(v[3], 48) ^ v[2]
        v[0] = (v[0] + v[3]) & _ALL
        v[3] = _right(v[3], 43) ^ v[0]
        v[2] = (v[2] + v[1]) & _ALL
        v[1] = _right(v[1], 47) ^ v[2]
        v[2] = _right(v[2], 32)
