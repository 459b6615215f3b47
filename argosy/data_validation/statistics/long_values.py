"""Strings too long to be listed, by a short name of each."""

import hashlib

import pyarrow as pa
import pyarrow.compute as pc

LONGEST = 1024
"""Bytes of a value that is listed as it is."""
_KEPT = 1000


def shorten_values(values: pa.Array) -> pa.Array:
    """Returns the values, those of more than LONGEST bytes as their first 1000 bytes, `...` and a digest.

    So a megabyte of text, or an image, is told from others and counted, but neither kept nor written a thousand times.

    >>> shorten_values(pa.array([b"ab", b"x" * 2000])).to_pylist()[1][-19:]
    b'...91ee4e3956f236e1'
    """
    if not pa.types.is_binary(values.type) or not len(values):
        return values
    long = pc.greater(pc.binary_length(values), LONGEST)
    if not pc.any(long).as_py():
        return values
    short = [
        shorten(value) if too_long else value
        for value, too_long in zip(values.to_pylist(), long.to_pylist(), strict=True)
    ]
    return pa.array(short, pa.binary())


def shorten(value: bytes) -> bytes:
    """Returns a value of at most LONGEST bytes as it is, another as its beginning and a digest."""
    if len(value) <= LONGEST:
        return value
    # Cut where a character ends, so that what was UTF-8 still is.
    head = value[:_KEPT]
    for cut in range(4):
        try:
            head[: _KEPT - cut].decode()
        except UnicodeDecodeError:
            continue
        head = head[: _KEPT - cut]
        break
    return head + b"..." + hashlib.blake2b(value, digest_size=8).hexdigest().encode()
