"""The diff of two datasets: rows are dealt to partitions by their keys, each of which is joined in memory."""

import dataclasses
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from argosy.data_validation.diff import pairs as pairing
from argosy.data_validation.diff.keys import KEY, deal
from argosy.data_validation.diff.spec import ConfusionCount, Diff, DiffOptions, FeatureSkew, MatchStats, SkewPair
from argosy.data_validation.diff.spill import Spill
from argosy.errors import DataError
from argosy.examples import encode_examples
from argosy.examples.columns import check_columns
from argosy.examples.parquet import listed
from argosy.examples.sequence import with_encoded_lists

PARTITIONS = 32
"""Into how many parts rows are dealt; one of both sides, at a time, has to fit into memory."""

PAIRS_AT_ONCE = 100_000
MAX_CONFUSION = 100_000
"""How many different pairs of values of a feature are counted at most."""

_COUNTED = ("base_count", "test_count", "match_count", "base_only", "test_only", "mismatch_count")
Ranked = tuple[int, SkewPair]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Partial:
    """The diff of some of the rows; `pairs` come with the rank by which they are sampled."""

    match_stats: MatchStats = dataclasses.field(default_factory=MatchStats)
    features: dict[str, Counter[str]] = dataclasses.field(default_factory=dict)
    pairs: tuple[Ranked, ...] = ()
    confusion: Counter[tuple[str, bytes | None, bytes | None]] = dataclasses.field(default_factory=Counter)


def detect_feature_skew(base: Iterable[pa.RecordBatch], test: Iterable[pa.RecordBatch], options: DiffOptions) -> Diff:
    """Returns how the rows of two datasets differ, those with equal identifiers side by side.

    Columns are compared as tf.Examples have them: lists of int64, float32 and binary; lists of lists as one value.
    Memory holds one of 32 partitions of the rows of both; what does not fit waits on the local disk.

    >>> rows = lambda ids, ages: pa.record_batch(
    ...     {"id": pa.array(ids, pa.list_(pa.int64())), "age": pa.array(ages, pa.list_(pa.int64()))})
    >>> found = detect_feature_skew([rows([[1], [2]], [[30], [40]])], [rows([[2], [1]], [[41], [30]])],
    ...                             DiffOptions(identifier_features=("id",)))
    >>> found.features[0].feature_name, found.features[0].match_count, found.features[0].mismatch_count
    ('age', 1, 1)

    Raises:
        DataError: A feature has two types within one dataset, or one that no tf.Example has; or one whose values are
            to be paired is no single string.
    """
    total = Partial()
    with Spill() as spill:
        missing = {}
        for side, batches in (("base", base), ("test", test)):
            missing[side] = 0
            for batch in batches:
                dealt, lacking = deal(_as_examples(batch), options, PARTITIONS)
                missing[side] += lacking
                for partition, rows in dealt.items():
                    spill.add(side, partition, rows)
        for partition in range(PARTITIONS):
            ours, theirs = (list(spill.rows(side, partition)) for side in ("base", "test"))
            total = merged(total, join(ours, theirs, options), options)
    lacking_id = MatchStats(base_missing_id_count=missing["base"], test_missing_id_count=missing["test"])
    return result(merged(total, Partial(match_stats=lacking_id), options))


def join(base: Sequence[pa.RecordBatch], test: Sequence[pa.RecordBatch], options: DiffOptions) -> Partial:
    """Returns the diff of all rows of one partition.

    Raises:
        DataError: As `detect_feature_skew`.
    """
    ours, theirs = _table(base, "base"), _table(test, "test")
    base_rows, test_rows, stats = pairing.match(
        _keys(ours), _keys(theirs), with_duplicates=options.allow_duplicate_identifiers
    )
    total = Partial(match_stats=stats)
    for chosen in pairing.chunks(base_rows, test_rows, PAIRS_AT_ONCE):
        rows, others = (side.take(pa.array(places)) for side, places in zip((ours, theirs), chosen, strict=True))
        total = merged(total, _compare(rows, others, options), options)
    return total


def merged(one: Partial, other: Partial, options: DiffOptions) -> Partial:
    """Returns both together; the pairs are those of the smallest ranks."""
    features = {name: one.features.get(name, Counter()) + other.features.get(name, Counter())
                for name in {*one.features, *other.features}}  # fmt: skip
    confusion = one.confusion + other.confusion
    if len(confusion) > MAX_CONFUSION:
        raise DataError(
            f"confusion_config: there are more than {MAX_CONFUSION} different pairs of values; it is for categories"
        )
    sums = {
        field.name: getattr(one.match_stats, field.name) + getattr(other.match_stats, field.name)
        for field in dataclasses.fields(MatchStats)
    }
    ranked = sorted((*one.pairs, *other.pairs), key=lambda entry: (entry[0], entry[1].base, entry[1].test))
    return Partial(
        match_stats=MatchStats(**sums),
        features=features,
        pairs=tuple(ranked[: options.skew_sample_size]),
        confusion=confusion,
    )


def result(total: Partial) -> Diff:
    """Returns what was found in all partitions."""
    features = (
        FeatureSkew(feature_name=name, **{field: counts[field] for field in _COUNTED})
        for name, counts in sorted(total.features.items())
    )
    by_count = sorted(total.confusion.items(), key=lambda entry: (-entry[1], str(entry[0])))
    return Diff(
        match_stats=total.match_stats,
        features=tuple(features),
        pairs=tuple(pair for _, pair in total.pairs),
        confusion=tuple(
            ConfusionCount(feature_name=name, base=ours, test=theirs, count=count)
            for (name, ours, theirs), count in by_count
        ),
    )


def _as_examples(batch: pa.RecordBatch) -> pa.RecordBatch:
    rows = listed(batch)
    check_columns(rows)
    return with_encoded_lists(rows)


def _compare(base: pa.Table, test: pa.Table, options: DiffOptions) -> Partial:
    left_out = {KEY, *options.identifier_features, *options.ignore_features}
    names = sorted({*base.schema.names, *test.schema.names} - left_out)
    found = {
        name: pairing.compare(_column(base, name), _column(test, name), digits=options.float_round_ndigits)
        for name in names
    }
    features = {}
    for name, compared in found.items():
        codes = np.bincount(compared.codes, minlength=5).tolist()
        counts = Counter(dict(zip(_COUNTED, (compared.base_count, compared.test_count, *codes[1:]), strict=True)))
        if any(counts.values()):
            features[name] = counts
    return Partial(
        features=features,
        pairs=tuple(_sampled(base, test, found, options)),
        confusion=sum((_confusion(base, test, name) for name in options.confusion_features), Counter()),
    )


def _sampled(
    base: pa.Table, test: pa.Table, found: dict[str, pairing.Compared], options: DiffOptions
) -> Iterator[Ranked]:
    """Yields pairs that differ, at most as many as wanted: those of the smallest hashes of their keys."""
    if not options.skew_sample_size or not found:
        return
    codes = np.stack([compared.codes for compared in found.values()])
    differing = np.flatnonzero((codes >= pairing.BASE_ONLY).any(axis=0))
    keys = base[KEY].combine_chunks().take(pa.array(differing)).to_pylist()
    ranks = np.array([zlib.crc32(key[::-1]) for key in keys], np.int64)
    chosen = np.argsort(ranks, kind="stable")[: options.skew_sample_size]
    rows, names = differing[chosen], list(found)
    sides = (encode_examples(_rows(side, rows)).to_pylist() for side in (base, test))
    for rank, place, ours, theirs in zip(ranks[chosen], rows, *sides, strict=True):
        by_code = {code: tuple(names[at] for at in np.flatnonzero(codes[:, place] == code)) for code in range(5)}
        yield (
            int(rank),
            SkewPair(
                base=ours,
                test=theirs,
                base_only_features=by_code[pairing.BASE_ONLY],
                test_only_features=by_code[pairing.TEST_ONLY],
                matched_features=by_code[pairing.MATCH],
                mismatched_features=by_code[pairing.MISMATCH],
            ),
        )


def _confusion(base: pa.Table, test: pa.Table, name: str) -> Counter[tuple[str, bytes | None, bytes | None]]:
    ours, theirs = (_single_strings(_column(side, name), name) for side in (base, test))
    return Counter((name, one, other) for one, other in zip(ours, theirs, strict=True))


def _single_strings(column: pa.Array, name: str) -> list[bytes | None]:
    if pa.types.is_null(column.type):
        return [None] * len(column)
    if not pa.types.is_binary(column.type.value_type):
        raise DataError(f"confusion_config: feature {name!r} holds numbers; values are paired of strings only")
    cells = column.to_pylist()
    if any(cell is not None and len(cell) > 1 for cell in cells):
        raise DataError(f"confusion_config: feature {name!r} has several values in a row; it may have one at most")
    return [cell[0] if cell else None for cell in cells]


def _table(batches: Sequence[pa.RecordBatch], side: str) -> pa.Table:
    if not batches:
        return pa.table({KEY: pa.array([], pa.binary())})
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    try:
        return pa.concat_tables(tables, promote_options="default").combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(f"the {side} examples have a feature of two types: {error}") from error


def _keys(table: pa.Table) -> pa.Array:
    return _column(table, KEY)


def _column(table: pa.Table, name: str) -> pa.Array:
    if name not in table.schema.names:
        return pa.nulls(table.num_rows)
    column: Any = table[name]
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _rows(table: pa.Table, rows: Any) -> pa.RecordBatch:
    chosen = table.drop_columns([KEY]).take(pa.array(rows)).combine_chunks()
    columns = {name: _column(chosen, name) for name in chosen.schema.names}
    return pa.RecordBatch.from_pydict(columns)
