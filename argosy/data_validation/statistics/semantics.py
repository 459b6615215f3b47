"""What values mean, told from their looks: texts, images and times among strings, times among integers."""

import dataclasses
import zlib
from collections import Counter
from typing import Any

import numpy as np

from argosy.data_validation.statistics.time_formats import INTEGER_TIMES, LEAST_DIGITS, LONGEST_TIME, TEXT_TIMES

IMAGES = {"bmp": b"BM", "gif": b"GIF8", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}
"""The first bytes of a file, by the name of its format."""

LEAST_VALUES, LEAST_SHARE = 100, 0.8
"""How many values have to be there, and which share of them has to match, before a meaning is stated."""

_TEXT_START, _LEAST_WORDS = 100, 3
_WORD_LENGTHS = (2.5, 8.0)


@dataclasses.dataclass(kw_only=True, slots=True)
class SemanticsState:
    """How many values were looked at and how many of them look like what; `binary` are not UTF-8."""

    values: int = 0
    texts: int = 0
    binary: int = 0
    images: Counter[str] = dataclasses.field(default_factory=Counter)
    times: Counter[str] = dataclasses.field(default_factory=Counter)


@dataclasses.dataclass(frozen=True, kw_only=True)
class SemanticsResult:
    """What the values mean.

    Attributes:
        domain: "natural_language", "image", "time" or empty: nothing can be said.
        share: Of the values that look so.
        format: Of a time, in `strptime`'s letters or as UNIX_SECONDS and the like.
        images: How many values are images of each format; "" counts the others.
    """

    domain: str = ""
    share: float = 0.0
    format: str = ""
    images: tuple[tuple[str, int], ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Semantics:
    r"""Accumulates `(values, counts)`: distinct byte strings or numbers, and how often each occurs.

    >>> import pyarrow as pa
    >>> semantics = Semantics()
    >>> dates = pa.array([b"2018-11-30", b"2019-01-31"]), np.array([60, 50])
    >>> found = semantics.result(semantics.add(semantics.empty(), dates))
    >>> found.domain, found.format
    ('time', '%Y-%m-%d')

    Attributes:
        sample_rate: Which fraction of the distinct values is looked at; the same ones in every batch.
    """

    sample_rate: float = 1.0

    def empty(self) -> SemanticsState:
        return SemanticsState()

    def add(self, state: SemanticsState, batch: tuple[Any, np.ndarray]) -> SemanticsState:
        values, counts = batch
        found = SemanticsState()
        if isinstance(values, np.ndarray):
            found.values = int(counts.sum())
            for name, (low, high) in INTEGER_TIMES.items():
                found.times[name] = int(counts[(values >= low) & (values < high)].sum())
            return self.merge(state, found)
        for value, count in zip(values.to_pylist(), counts.tolist(), strict=True):
            if self.sample_rate >= 1.0 or zlib.crc32(value) < self.sample_rate * 2**32:
                _look(value, count, found)
        return self.merge(state, found)

    def merge(self, state: SemanticsState, other: SemanticsState) -> SemanticsState:
        return SemanticsState(
            values=state.values + other.values,
            texts=state.texts + other.texts,
            binary=state.binary + other.binary,
            images=state.images + other.images,
            times=state.times + other.times,
        )

    def result(self, state: SemanticsState) -> SemanticsResult:
        formats = tuple(sorted(state.images.items()))
        if state.values < LEAST_VALUES:
            return SemanticsResult(images=formats)
        images = sum(count for name, count in state.images.items() if name)
        if images >= LEAST_SHARE * state.values:
            return SemanticsResult(domain="image", share=images / state.values, images=formats)
        if state.times:
            # A time with the day's name is text as well: what says more goes before.
            order = [*TEXT_TIMES, *INTEGER_TIMES]
            name, count = min(state.times.items(), key=lambda item: (-item[1], order.index(item[0])))
            if count >= LEAST_SHARE * state.values:
                return SemanticsResult(domain="time", share=count / state.values, format=name)
        if not state.binary and state.texts >= LEAST_SHARE * state.values:
            return SemanticsResult(domain="natural_language", share=state.texts / state.values)
        return SemanticsResult(images=formats)


def _look(value: bytes, count: int, found: SemanticsState) -> None:
    found.values += count
    found.images[next((name for name, start in IMAGES.items() if value.startswith(start)), "")] += count
    try:
        text = value.decode()
    except UnicodeDecodeError:
        found.binary += count
        return
    if _is_text(text):
        found.texts += count
    if len(text) <= LONGEST_TIME and sum(letter.isdecimal() for letter in text) >= LEAST_DIGITS:
        for name, pattern in TEXT_TIMES.items():
            if pattern.fullmatch(text):
                found.times[name] += count


def _is_text(text: str) -> bool:
    words = text[:_TEXT_START].split()
    if len(words) < _LEAST_WORDS:
        return False
    return _WORD_LENGTHS[0] <= sum(map(len, words)) / len(words) <= _WORD_LENGTHS[1]
