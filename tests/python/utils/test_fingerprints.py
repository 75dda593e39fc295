"""Fingerprints against TensorFlow's: `to_hash_bucket_fast` and `_strong` with 2^31 - 1 buckets."""

from __future__ import annotations

import pytest

from tidegate.utils.fingerprints import farmhash64, siphash

BUCKETS = 2**31 - 1
EXPECTED = {
    0: (1699943623, 1986197827),
    1: (1086517350, 2122172075),
    3: (894926785, 1105394923),
    4: (2139667716, 516789933),
    7: (1355475091, 417565514),
    8: (1265885696, 1875042202),
    16: (1664393298, 1286949636),
    17: (1704251215, 1650230341),
    32: (1562583011, 624959614),
    33: (558639776, 360867429),
    64: (1560237410, 1685444271),
    65: (1579741767, 984943807),
    128: (1932498593, 1287200793),
    129: (557909478, 232419866),
    200: (1480318432, 456738966),
}


@pytest.mark.parametrize("size", EXPECTED)
def test_as_tensorflow(size):
    """Every length that is hashed in a way of its own."""
    data = bytes((7 * i + size) % 251 for i in range(size))
    found = farmhash64(data) % BUCKETS, siphash(data, (133, 2**62 + 5)) % BUCKETS
    assert found == EXPECTED[size]
