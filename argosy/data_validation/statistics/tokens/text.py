"""What a schema says of a feature's values as tokens."""

import dataclasses
import functools
import heapq
from collections import Counter
from collections.abc import Collection

import pyarrow as pa

from argosy.accumulate.value_counts import ValueCountsResult
from argosy.data_validation.statistics.spec import ValueFrequency
from argosy.data_validation.statistics.text import text_of
from argosy.data_validation.statistics.tokens.vocabulary import Vocabulary
from argosy.schema import Coverage, NaturalLanguageDomain, SequenceLength


@dataclasses.dataclass(frozen=True, kw_only=True)
class Token:
    """A token; None stands for a text or an id that it does not have."""

    text: str | None = None
    id: int | None = None

    def is_among(self, texts: Collection[str], ids: Collection[int]) -> bool:
        """Whether it is listed, by its text or by its id."""
        return self.text in texts or self.id in ids


@dataclasses.dataclass(frozen=True, kw_only=True)
class Text:
    """How to look at the tokens of a feature.

    Attributes:
        domain: What the schema says of them.
        vocabulary: The one that it names; None: it names none.
    """

    domain: NaturalLanguageDomain
    vocabulary: Vocabulary | None = None

    def tokens(self, values: pa.Array) -> list[Token]:
        """Returns the tokens of integers or byte strings without nulls, [n]."""
        if pa.types.is_binary(values.type):
            ids = self.vocabulary.ids if self.vocabulary else {}
            return [Token(text=text, id=ids.get(text)) for text in map(text_of, values.to_pylist())]
        if self.vocabulary is None:
            return [Token(id=value) for value in values.to_pylist()]
        return [Token(text=self.vocabulary.token(value), id=value) for value in values.to_pylist()]

    def is_known(self, token: Token) -> bool:
        """Whether the vocabulary holds a token; without one, any text that is not said to be out of it."""
        in_vocabulary = token.text is not None and (self.vocabulary is None or token.id is not None)
        return in_vocabulary and token.text not in self._coverage.oov_string_tokens

    def is_excluded(self, token: Token) -> bool:
        """Whether a token does not count for coverage."""
        return token.is_among(self._coverage.excluded_string_tokens, self._coverage.excluded_int_tokens)

    def is_skipped(self, token: Token) -> bool:
        """Whether a token does not count for the length of its sequence."""
        skipped = self.domain.sequence_length_constraints or SequenceLength()
        return token.is_among(skipped.excluded_string_values, skipped.excluded_int_values)

    def constrained(self, kind: str) -> tuple[int | str, ...]:
        """Returns the tokens that the schema constrains, where they can be told among values of type INT or STRING."""
        apt = int if kind == "INT" else str
        values = dict.fromkeys(one.value for one in self.domain.token_constraints if one.value is not None)
        return tuple(value for value in values if self.vocabulary is not None or isinstance(value, apt))

    def ranks(self, counts: ValueCountsResult, most: int) -> tuple[ValueFrequency, ...]:
        """Returns the most frequent tokens of the vocabulary; of equally frequent ones, the smaller first."""
        totals: Counter[str] = Counter()
        for token, count in zip(self.tokens(counts.values), counts.counts.tolist(), strict=True):
            if token.text is not None and self.is_known(token) and not self.is_excluded(token):
                totals[token.text] += count
        first = heapq.nsmallest(most, totals.items(), key=lambda item: (-item[1], item[0]))
        return tuple(ValueFrequency(value=text, frequency=float(count)) for text, count in first)

    @functools.cached_property
    def _coverage(self) -> Coverage:
        return self.domain.coverage or Coverage()
