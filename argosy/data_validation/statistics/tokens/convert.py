"""Statistics of tokens to and from tensorflow_metadata's NaturalLanguageStatistics, in an Any."""

from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from argosy.data_validation.statistics.distributions import (
    histogram_of,
    ranks_of,
    set_histogram,
    set_ranks,
)
from argosy.data_validation.statistics.tokens.spec import NaturalLanguageStatistics, TokenStatistics

TEXT = ("feature_coverage", "avg_token_length", "min_sequence_length", "max_sequence_length")
TOKEN = (
    "frequency",
    "fraction_of_sequences",
    "per_sequence_min_frequency",
    "per_sequence_avg_frequency",
    "per_sequence_max_frequency",
)
HISTOGRAMS = ("token_length_histogram", "sequence_length_histogram")


def set_any(found: NaturalLanguageStatistics, packed: Any) -> None:
    """Packs the statistics into a `google.protobuf.Any`."""
    proto = statistics_pb2.NaturalLanguageStatistics(**{name: getattr(found, name) for name in TEXT})
    for name in HISTOGRAMS:
        if (histogram := getattr(found, name)) is not None:
            set_histogram(histogram, getattr(proto, name))
    proto.reported_sequences.extend(found.reported_sequences)
    set_ranks(found.ranks, proto.rank_histogram)
    for token in found.token_statistics:
        one = proto.token_statistics.add(**{name: getattr(token, name) for name in TOKEN})
        setattr(one, "int_token" if isinstance(token.token, int) else "string_token", token.token)
        if token.positions is not None:
            set_histogram(token.positions, one.positions)
    packed.Pack(proto, deterministic=True)


def from_any(packed: Any) -> NaturalLanguageStatistics | None:
    """Returns the statistics in an Any; None when that holds something else."""
    proto = statistics_pb2.NaturalLanguageStatistics()
    if not packed.Unpack(proto):
        return None
    fields: dict[str, Any] = {name: getattr(proto, name) for name in TEXT}
    fields |= {name: histogram_of(getattr(proto, name)) for name in HISTOGRAMS if proto.HasField(name)}
    return NaturalLanguageStatistics(
        **fields,
        reported_sequences=tuple(proto.reported_sequences),
        token_statistics=tuple(_token(token) for token in proto.token_statistics),
        ranks=ranks_of(proto.rank_histogram),
    )


def _token(proto: statistics_pb2.NaturalLanguageStatistics.TokenStatistics) -> TokenStatistics:
    return TokenStatistics(
        token=proto.int_token if proto.WhichOneof("token") == "int_token" else proto.string_token,
        **{name: getattr(proto, name) for name in TOKEN},
        positions=histogram_of(proto.positions) if proto.HasField("positions") else None,
    )
