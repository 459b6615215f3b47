"""TFRecord files: each record framed by its length and two checksums; plain or gzip.

    uint64 length, uint32 masked CRC32C of the length, the bytes, uint32 masked CRC32C of the bytes (little endian)

The mask rotates the CRC right by 15 bits and adds a constant, as TensorFlow does.
"""

import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, cast

import google_crc32c
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from isal import igzip, isal_zlib

from argosy.errors import DataError, StorageError, located
from argosy.examples.encode import by_number
from argosy.examples.wire import at_every_byte

_HEADER, _FOOTER = 12, 4
_CHUNK = 4 << 20
_BATCH_BYTES = 64 << 20
_MASK_DELTA = 0xA282EAD8
# isal's type stubs declare its exception class as an exception.
_ISAL_ERROR = cast("type[Exception]", isal_zlib.IsalError)
_GZIP_ERRORS = (EOFError, zlib.error, _ISAL_ERROR, igzip.BadGzipFile)
LARGEST_RECORD = 256 << 20
"""The most bytes of a record that is written or read; a step holds it in memory, several times over."""
LARGE_REMEDY = (
    "keep such a value in a file of its own and put its name here; or mend what makes one row of many, as a quote that "
    "is not closed"
)
_REMEDY = "the file is damaged or was not written to the end; write or copy it again"


def masked_crc(data: bytes) -> int:
    """Returns the masked CRC32C of the bytes.

    >>> hex(masked_crc(b"123456789"))
    '0xc78ab0e5'
    """
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def frame(records: pa.BinaryArray) -> bytes:
    """Returns the records as the content of a TFRecord file.

    Raises:
        DataError: One is larger than `LARGEST_RECORD`.
    """
    if not len(records):
        return b""
    _, offsets, data = records.buffers()
    bounds = np.frombuffer(offsets, np.int32)[records.offset : records.offset + len(records) + 1]
    lengths = np.diff(bounds).astype(np.int64)
    if int(lengths.max()) > LARGEST_RECORD:
        raise DataError(f"a row has more than {LARGEST_RECORD:,} bytes; {LARGE_REMEDY}")
    everything = data.slice(bounds[0], bounds[-1] - bounds[0]).to_pybytes()
    crc_of, ends = google_crc32c.value, (bounds - bounds[0]).tolist()
    crcs = _masked([crc_of(everything[start:end]) for start, end in pairwise(ends)])
    header, _ = by_number(lengths, _length_header)
    framed = pc.binary_join_element_wise(header, records, _four_bytes_each(crcs), b"")
    content: bytes = framed.buffers()[2].to_pybytes()
    return content


def _four_bytes_each(numbers: np.ndarray[Any, np.dtype[np.uint32]]) -> pa.BinaryArray:
    offsets = pa.py_buffer(np.arange(0, 4 * len(numbers) + 1, 4, np.int32))
    return pa.BinaryArray.from_buffers(pa.binary(), len(numbers), [None, offsets, pa.py_buffer(numbers.astype("<u4"))])


def read_records(path: str, *, batch_size: int = 10_000, name: str = "") -> Iterator[pa.BinaryArray]:
    """Yields the records of a plain or gzip TFRecord file, at most `batch_size` or about 64 MiB of them at a time.

    `name` is what messages call the file; empty: its path.

    Raises:
        DataError: The gzip stream is truncated or damaged (a `.gz` file without a byte too), a checksum does not match,
            or the file ends within a record.
        StorageError: The file cannot be read.
    """
    with located(file=name or path):
        try:
            with Path(path).open("rb") as raw:
                yield from _batches(_decompressed(raw, path.endswith(".gz")), batch_size)
        except _GZIP_ERRORS as error:
            raise DataError(f"not a whole gzip stream ({error}); {_REMEDY}") from error
        except OSError as error:
            raise StorageError(f"cannot be read: {error}") from error


def open_gzip(raw: BinaryIO) -> Any:
    """Returns a binary stream that writes gzip to `raw`; the same bytes in give the same bytes out."""
    return igzip.IGzipFile(filename="", mode="wb", fileobj=raw, compresslevel=1, mtime=0)


def _length_header(length: int) -> bytes:
    packed = struct.pack("<Q", length)
    return packed + struct.pack("<I", masked_crc(packed))


def _decompressed(raw: BinaryIO, named_gzip: bool) -> BinaryIO:
    magic = raw.read(2)
    raw.seek(0)
    if named_gzip and not magic:
        raise EOFError("the file is empty")
    stream: BinaryIO = igzip.IGzipFile(fileobj=raw, mode="rb") if magic == b"\x1f\x8b" else raw
    return stream


def _batches(stream: BinaryIO, batch_size: int) -> Iterator[pa.BinaryArray]:
    data, first = b"", 0
    start = at = 0
    sizes: list[int] = []
    known: dict[bytes, int] = {}
    while True:
        # This loop is much of the cost of reading, so it does only what has to be done record by record.
        for _ in range(batch_size - len(sizes)):
            header = data[at : at + _HEADER]
            size = known.get(header)
            if size is None:
                if len(header) < _HEADER:
                    break
                size = known[header] = _frame_size(header, first + len(sizes))
            sizes.append(size)
            at += size
        missing = at - len(data)
        if missing > 0:
            at -= sizes.pop()
        if len(sizes) == batch_size or at - start > _BATCH_BYTES:
            yield _checked(data, start, sizes, first)
            first, start, sizes = first + len(sizes), at, []
        else:
            chunk = stream.read(max(_CHUNK, missing))
            if not chunk:
                break
            data, start, at = data[start:] + chunk, 0, at - start
    if sizes:
        yield _checked(data, start, sizes, first)
    if at < len(data):
        raise DataError(f"ends within record {first + len(sizes)} (from 0); {_REMEDY}")


def _frame_size(header: bytes, record: int) -> int:
    """Returns how many bytes the frame of a record has, its header included."""
    length, crc = struct.unpack("<QI", header)
    if crc != masked_crc(header[:8]):
        raise DataError(f"record {record} (from 0): the checksum of its length does not match; {_REMEDY}")
    if length > LARGEST_RECORD:
        raise DataError(f"record {record} (from 0) has {length:,} bytes, more than {LARGEST_RECORD:,}; {LARGE_REMEDY}")
    return _HEADER + int(length) + _FOOTER


def _checked(data: bytes, start: int, sizes: list[int], first: int) -> pa.BinaryArray:
    """Returns the records of frames of these sizes, from `start` on, whose checksums have to match."""
    ends = start - _FOOTER + np.cumsum(sizes)
    limits = np.empty(2 * len(sizes), np.int32)
    limits[::2], limits[1::2] = ends + (_HEADER + _FOOTER) - sizes, ends
    crc_of, numbers = google_crc32c.value, limits.tolist()
    crcs = _masked([crc_of(data[begin:end]) for begin, end in zip(numbers[::2], numbers[1::2], strict=True)])
    wrong = np.flatnonzero(crcs != at_every_byte(data, "<u4")[ends])
    if len(wrong):
        raise DataError(f"record {first + wrong[0]} (from 0): the checksum of its bytes does not match; {_REMEDY}")
    # The records are every second element of an array whose others are the framing.
    both = pa.BinaryArray.from_buffers(pa.binary(), len(limits) - 1, [None, pa.py_buffer(limits), pa.py_buffer(data)])
    return both.take(pa.array(np.arange(0, len(limits) - 1, 2)))


def _masked(crcs: list[int]) -> np.ndarray[Any, np.dtype[np.uint32]]:
    found = np.array(crcs, np.uint32)
    return (found >> np.uint32(15) | found << np.uint32(17)) + np.uint32(_MASK_DELTA)
