"""Statistics of tokens as frozen dataclasses, under the names of tensorflow_metadata's protos."""

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argosy.data_validation.statistics.spec import Histogram, ValueFrequency

NL_STATISTICS = "nl_statistics"
"""The custom statistic that holds them, as TFDV calls it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TokenStatistics:
    """How often one token occurs.

    Attributes:
        token: Its id, or its text.
        frequency: In all sequences.
        fraction_of_sequences: That hold it; those without tokens are sequences too.
        per_sequence_min_frequency: In a sequence that has tokens, this one or others.
        per_sequence_avg_frequency: In a sequence that holds it.
        per_sequence_max_frequency: In any sequence.
        positions: Where in its sequence it stands, from 0 to 1; buckets without it are left out. None: nowhere.
    """

    token: int | str
    frequency: float = 0.0
    fraction_of_sequences: float = 0.0
    per_sequence_min_frequency: float = 0.0
    per_sequence_avg_frequency: float = 0.0
    per_sequence_max_frequency: float = 0.0
    positions: "Histogram | None" = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class NaturalLanguageStatistics:
    """Of the values of a feature as tokens, those of a row a sequence.

    Attributes:
        feature_coverage: The fraction of the tokens that is in the vocabulary; excluded ones do not count.
        avg_token_length: Of those in the vocabulary, in characters.
        token_length_histogram: Likewise; None where there is none.
        min_sequence_length: Tokens of a sequence that has any, those excluded from lengths not counted.
        max_sequence_length: Likewise.
        sequence_length_histogram: Likewise; None where no sequence has a token.
        reported_sequences: Up to five of the smallest coverage, then up to five of the shortest tokens on average.
        token_statistics: Of the tokens that the schema constrains.
        ranks: The most frequent tokens of the vocabulary; of equally frequent ones, the smaller first.
    """

    feature_coverage: float = 0.0
    avg_token_length: float = 0.0
    token_length_histogram: "Histogram | None" = None
    min_sequence_length: int = 0
    max_sequence_length: int = 0
    sequence_length_histogram: "Histogram | None" = None
    reported_sequences: tuple[str, ...] = ()
    token_statistics: tuple[TokenStatistics, ...] = ()
    ranks: "tuple[ValueFrequency, ...]" = ()

    def token(self, token: int | str) -> TokenStatistics | None:
        """Returns the statistics of a token; None where it was not counted."""
        return next((one for one in self.token_statistics if one.token == token), None)
