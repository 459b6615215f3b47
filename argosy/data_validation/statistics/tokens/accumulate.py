"""The accumulator of the tokens of one feature."""

import dataclasses
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from argosy.accumulate import Quantiles
from argosy.accumulate.quantiles import QuantilesState, QuantileSummary
from argosy.accumulate.tally import run_starts, tally_numbers
from argosy.data_validation.statistics import histograms
from argosy.data_validation.statistics.column import Column
from argosy.data_validation.statistics.long_values import shorten
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.spec import Bucket, Histogram
from argosy.data_validation.statistics.tokens.sequences import Sequences, sequences_of
from argosy.data_validation.statistics.tokens.spec import NaturalLanguageStatistics, TokenStatistics
from argosy.data_validation.statistics.tokens.text import Text, Token

Floats = NDArray[np.float64]

REPORTED = 5
"""Sequences that are reported by each measure."""
LENGTHS = Quantiles()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Occurrences:
    """Where a token was seen; `smallest` and `largest` are of a sequence that has tokens, None: there is none.

    `positions` are counts by how far into the sequence, [buckets].
    """

    frequency: int
    sequences: int
    smallest: int | None
    largest: int
    positions: NDArray[np.int64]


Reported = tuple[tuple[float, int, str], ...]
"""Measure, hash and words of a few sequences, the smallest first."""


@dataclasses.dataclass(kw_only=True, slots=True)
class TokensState:
    """What was seen.

    Attributes:
        sequences: How many, those without tokens too.
        counted: Tokens that count for coverage.
        token_lengths: In characters, of those of them that the vocabulary holds.
        sequence_lengths: In tokens, of sequences that have some.
        found: What the schema constrains, by token.
        least_covered: Sequences of which the vocabulary holds the least.
        shortest: Those whose known tokens are the shortest, on average.
    """

    sequences: int = 0
    counted: int = 0
    token_lengths: QuantilesState = dataclasses.field(default_factory=LENGTHS.empty)
    sequence_lengths: QuantilesState = dataclasses.field(default_factory=LENGTHS.empty)
    found: dict[int | str, Occurrences] = dataclasses.field(default_factory=dict)
    least_covered: Reported = ()
    shortest: Reported = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tokens:
    """Accumulates columns of integers or strings; the result lacks ranks, which counts of values have.

    Attributes:
        text: What the schema says of the tokens.
        options: How many buckets histograms have.
    """

    text: Text
    options: StatisticsOptions

    def empty(self) -> TokensState:
        return TokensState()

    def add(self, state: TokensState, column: Column) -> TokensState:
        sequences = sequences_of(column)
        tokens = self.text.tokens(sequences.values)
        known, excluded, skipped = (
            np.array([is_so(token) for token in tokens], np.bool_)
            for is_so in (self.text.is_known, self.text.is_excluded, self.text.is_skipped)
        )
        lengths = np.array([len(token.text or "") for token in tokens], np.int64)
        counts = np.bincount(sequences.codes, minlength=len(tokens))
        covered = known & ~excluded
        sizes = sequences.sizes - sequences.summed(skipped).astype(np.int64)
        in_vocabulary = sequences.summed(known)
        characters = sequences.summed(known * lengths)
        batch = TokensState(
            sequences=sequences.total,
            counted=int(counts[~excluded].sum()),
            token_lengths=LENGTHS.add(LENGTHS.empty(), (lengths[covered], counts[covered])),
            sequence_lengths=LENGTHS.add(LENGTHS.empty(), tally_numbers(sizes)),
            found=self._occurrences(sequences, tokens, column.type),
        )
        hashes = sequences.hashes()
        means = np.divide(characters, in_vocabulary, out=np.zeros(len(sizes)), where=in_vocabulary > 0)
        batch.least_covered = _smallest(in_vocabulary / sequences.sizes, hashes, sequences, tokens)
        batch.shortest = _smallest(means, hashes, sequences, tokens)
        return self.merge(state, batch)

    def merge(self, state: TokensState, other: TokensState) -> TokensState:
        found = dict(state.found)
        for token, seen in other.found.items():
            found[token] = _joined(found[token], seen) if token in found else seen
        return TokensState(
            sequences=state.sequences + other.sequences,
            counted=state.counted + other.counted,
            token_lengths=LENGTHS.merge(state.token_lengths, other.token_lengths),
            sequence_lengths=LENGTHS.merge(state.sequence_lengths, other.sequence_lengths),
            found=found,
            least_covered=_first((*state.least_covered, *other.least_covered)),
            shortest=_first((*state.shortest, *other.shortest)),
        )

    def result(self, state: TokensState) -> NaturalLanguageStatistics:
        lengths, sizes = LENGTHS.result(state.token_lengths), LENGTHS.result(state.sequence_lengths)
        total = float(lengths.values @ np.diff(lengths.ranks, prepend=0.0))
        return NaturalLanguageStatistics(
            feature_coverage=lengths.count / state.counted if state.counted else 0.0,
            avg_token_length=total / lengths.count if lengths.count else 0.0,
            token_length_histogram=self._histogram(lengths),
            min_sequence_length=int(sizes.values[0]) if sizes.count else 0,
            max_sequence_length=int(sizes.values[-1]) if sizes.count else 0,
            sequence_length_histogram=self._histogram(sizes),
            reported_sequences=tuple(words for _, _, words in (*state.least_covered, *state.shortest)),
            token_statistics=tuple(_statistics(token, seen, state.sequences) for token, seen in state.found.items()),
        )

    def _occurrences(self, sequences: Sequences, tokens: list[Token], kind: str) -> dict[int | str, Occurrences]:
        found = {}
        for wanted in self.text.constrained(kind):
            same = np.array([wanted in (token.text, token.id) for token in tokens], np.bool_)
            hits = np.flatnonzero(same[sequences.codes]) if len(tokens) else np.empty(0, np.intp)
            each = np.bincount(sequences.owners[hits], minlength=len(sequences.sizes))
            shares = sequences.places[hits] / sequences.sizes[sequences.owners[hits]]
            buckets = self.options.num_histogram_buckets
            found[wanted] = Occurrences(
                frequency=len(hits),
                sequences=int(np.count_nonzero(each)),
                smallest=int(each.min()) if len(each) else None,
                largest=int(each.max(initial=0)),
                positions=np.bincount((shares * buckets).astype(np.intp), minlength=buckets),
            )
        return found

    def _histogram(self, summary: QuantileSummary) -> Histogram | None:
        if not summary.count:
            return None
        return histograms.quantiles_histogram(*summary.cut(self.options.num_quantiles_histogram_buckets))


def _joined(one: Occurrences, other: Occurrences) -> Occurrences:
    smallest = [each.smallest for each in (one, other) if each.smallest is not None]
    return Occurrences(
        frequency=one.frequency + other.frequency,
        sequences=one.sequences + other.sequences,
        smallest=min(smallest, default=None),
        largest=max(one.largest, other.largest),
        positions=one.positions + other.positions,
    )


def _statistics(token: int | str, seen: Occurrences, sequences: int) -> TokenStatistics:
    if not seen.frequency:
        return TokenStatistics(token=token)
    counts, buckets = seen.positions.tolist(), len(seen.positions)
    positions = (
        Bucket(low=place / buckets, high=(place + 1) / buckets, count=count)
        for place, count in enumerate(counts)
        if count
    )
    return TokenStatistics(
        token=token,
        frequency=float(seen.frequency),
        fraction_of_sequences=seen.sequences / sequences,
        per_sequence_min_frequency=float(seen.smallest or 0),
        per_sequence_avg_frequency=seen.frequency / seen.sequences,
        per_sequence_max_frequency=float(seen.largest),
        positions=Histogram(type="STANDARD", buckets=tuple(positions)),
    )


def _smallest(measures: Floats, hashes: np.ndarray, sequences: Sequences, tokens: list[Token]) -> Reported:
    """Returns the different sequences of the smallest measures; among equal ones, hashes decide: any order gives them.

    Equal sequences have equal measures and hashes, and so stand together.
    """
    order = np.lexsort((hashes, measures))
    first = order[run_starts(hashes[order])][:REPORTED]
    return tuple((float(measures[one]), int(hashes[one]), _words(sequences.tokens_of(one), tokens)) for one in first)


def _first(reported: Iterable[tuple[float, int, str]]) -> Reported:
    return tuple(sorted(set(reported))[:REPORTED])


def _words(codes: list[int], tokens: list[Token]) -> str:
    """Returns a sequence as a list of its texts, and of ids that have none; where it is long, its beginning."""
    words = [tokens[code].id if tokens[code].text is None else tokens[code].text for code in codes]
    return shorten(str(words).encode()).decode()
