"""What `input_config`, `output_config` and `range_config` mean: TFX's Input, Output and RangeConfig as dictionaries."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.errors import ParameterError, did_you_mean
from argosy.ingest.pattern_syntax import MOST_DIGITS
from argosy.ingest.patterns import read_pattern
from argosy.ingest.spans import UNKNOWN, Wanted, check_same_specs

_SPLIT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_MOST_BUCKETS = 1 << 31
OWN_HASH = "argosy"
HASHES = (OWN_HASH, "tfx", "tfx-protobuf3")


@dataclasses.dataclass(frozen=True, kw_only=True)
class InputSplit:
    """A part of the input.

    Attributes:
        name: Its name.
        pattern: A glob, relative to `input_base`; it may say where span and version stand (`patterns`).
    """

    name: str = "single_split"
    pattern: str = "*"


@dataclasses.dataclass(frozen=True, kw_only=True)
class OutputSplit:
    """A part of the output.

    Attributes:
        name: Its name.
        hash_buckets: How many of all hash buckets go to it.
    """

    name: str
    hash_buckets: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class OutputConfig:
    """How rows are dealt to splits.

    Attributes:
        splits: In order of their buckets; empty when each input split is an output split.
        partition_feature_name: The feature whose hash decides; empty: the whole row's.
        hash: Which hash: that of `row_hash`, or of `tfx_hash`.
    """

    splits: tuple[OutputSplit, ...] = ()
    partition_feature_name: str = ""
    hash: str = OWN_HASH


DEFAULT_SPLITS = (OutputSplit(name="train", hash_buckets=2), OutputSplit(name="eval", hash_buckets=1))


def input_splits(input_config: Mapping[str, Any] | None) -> tuple[InputSplit, ...]:
    """Returns the input splits; without any, all files are one.

    Raises:
        ParameterError: A key is unknown, a name is no name or stands twice, a pattern is none, or only some have spans.

    >>> input_splits({"splits": [{"name": "train", "pattern": "train/*.csv"}]})
    (InputSplit(name='train', pattern='train/*.csv'),)
    """
    known = _known(input_config, "input_config", ("splits",))
    splits = []
    for index, entry in enumerate(_list(known.get("splits", []), "input_config.splits")):
        where = f"input_config.splits[{index}]"
        fields = _known(entry, where, ("name", "pattern"))
        splits.append(InputSplit(name=_name(fields, where), pattern=_pattern(fields, where)))
    _check_unique([split.name for split in splits], "input_config.splits")
    if splits:
        check_same_specs({split.name: read_pattern(split.pattern) for split in splits})
    return tuple(splits) or (InputSplit(),)


def query_splits(query: str, input_config: Mapping[str, Any] | None) -> tuple[InputSplit, ...]:
    """Returns the input splits of a query source: `query` is one, or each pattern in `input_config` is a split's query.

    Raises:
        ParameterError: Both are given, or none, or a query is no text, or what `input_splits` raises about names.

    >>> query_splits("SELECT 1 AS x", None)
    (InputSplit(name='single_split', pattern='SELECT 1 AS x'),)
    """
    known = _known(input_config, "input_config", ("splits",))
    entries = _list(known.get("splits", []), "input_config.splits")
    if bool(query) == bool(entries):
        raise ParameterError(
            "a connection is asked a query, or one for each split by input_config as "
            f'{{"splits": [{{"name": ..., "pattern": QUERY}}]}}; {"both" if query else "none"} are given'
        )
    splits = [] if entries else [InputSplit(pattern=query)]
    for index, entry in enumerate(entries):
        where = f"input_config.splits[{index}]"
        fields = _known(entry, where, ("name", "pattern"))
        splits.append(InputSplit(name=_name(fields, where), pattern=fields.get("pattern", "")))
    for split in splits:
        if not isinstance(split.pattern, str) or not split.pattern.strip():
            raise ParameterError(f"split {split.name}: expected a query, found {split.pattern!r}")
    _check_unique([split.name for split in splits], "input_config.splits")
    return tuple(splits)


def output_config(output_config: Mapping[str, Any] | None, inputs: Sequence[InputSplit]) -> OutputConfig:
    """Returns how rows are dealt to splits: by default two of three to train; with several input splits, as they are.

    Raises:
        ParameterError: A key is unknown, a name is no name or stands twice, a number of buckets is not positive, the
            hash is none, or there are several input splits as well.

    >>> output_config({}, [InputSplit()]).splits[1]
    OutputSplit(name='eval', hash_buckets=1)
    """
    known = _known(output_config, "output_config", ("split_config",))
    keys = ("splits", "partition_feature_name", "hash")
    fields = _known(known.get("split_config"), "output_config.split_config", keys)
    if len(inputs) > 1:
        if fields:
            raise ParameterError(
                "output_config cannot be combined with several input splits: these are the output splits"
            )
        return OutputConfig()
    splits = []
    for index, entry in enumerate(_list(fields.get("splits", []), "output_config.split_config.splits")):
        where = f"output_config.split_config.splits[{index}]"
        split = _known(entry, where, ("name", "hash_buckets"))
        splits.append(OutputSplit(name=_name(split, where), hash_buckets=_buckets(split, where)))
    _check_unique([split.name for split in splits], "output_config.split_config.splits")
    partition = fields.get("partition_feature_name", "")
    if not isinstance(partition, str):
        raise ParameterError(f"output_config.split_config.partition_feature_name: expected a text, found {partition!r}")
    chosen = fields.get("hash", OWN_HASH)
    if chosen not in HASHES:
        raise ParameterError(f"output_config.split_config.hash: expected one of {', '.join(HASHES)}, found {chosen!r}")
    return OutputConfig(splits=tuple(splits) or DEFAULT_SPLITS, partition_feature_name=partition, hash=chosen)


def value_types(types: Mapping[str, Any] | None) -> dict[str, str]:
    """Returns the kinds that a person gave to columns.

    Raises:
        ParameterError: One is no kind.

    >>> value_types({"year": "int"})
    {'year': 'int'}
    """
    kinds = ("int", "float", "bytes")
    for name, kind in (types or {}).items():
        if kind not in kinds:
            raise ParameterError(f"types.{name}: expected one of {', '.join(kinds)}, found {kind!r}")
    return dict(types or {})


def wanted_span(range_config: Mapping[str, Any] | None, span: int = UNKNOWN, version: int = UNKNOWN) -> Wanted:
    """Returns which span is to be read.

    Args:
        range_config: `static_range` with `start_span_number` and `end_span_number`, the same; or `rolling_range` with
            `num_spans`, 1, and `start_span_number`, the lowest that may be taken. None or empty: any span.
        span: The span, where it is known already.
        version: Its version, where it is known already.

    Raises:
        ParameterError: A key is unknown, a number is none, or more than one span is asked for.

    >>> wanted_span({"static_range": {"start_span_number": 3, "end_span_number": 3}}).last
    3
    """
    ranges = _known(range_config, "range_config", ("static_range", "rolling_range"))
    if len(ranges) > 1:
        raise ParameterError("range_config has both a static_range and a rolling_range; leave one of them out")
    wanted = Wanted()
    if "static_range" in ranges:
        wanted = _static_range(ranges["static_range"])
    if "rolling_range" in ranges:
        wanted = _rolling_range(ranges["rolling_range"])
    span, version = _whole(span, "span", UNKNOWN), _whole(version, "version", UNKNOWN)
    if version != UNKNOWN:
        wanted = dataclasses.replace(wanted, version=version)
    if span == UNKNOWN:
        return wanted
    if not wanted.takes(span):
        raise ParameterError(f"span {span} is not what {wanted.said_by} asks for, {wanted}; leave one of them out")
    return dataclasses.replace(wanted, first=span, last=span, said_by=wanted.said_by or "parameter span")


def _static_range(value: Any) -> Wanted:
    where = "range_config.static_range"
    fields = _known(value, where, ("start_span_number", "end_span_number"))
    for name in ("start_span_number", "end_span_number"):
        if name not in fields:
            raise ParameterError(f"{where}: {name} is missing; give the span's number as start and as end")
    start, end = (_whole(fields[name], f"{where}.{name}") for name in ("start_span_number", "end_span_number"))
    if start != end:
        raise ParameterError(
            f"{where}: ExampleGen reads one span, and {start} to {end} are given; give one number as start and as end, "
            "and run it for each span"
        )
    return Wanted(first=start, last=end, said_by=where)


def _rolling_range(value: Any) -> Wanted:
    where = "range_config.rolling_range"
    fields = _known(value, where, ("num_spans", "start_span_number"))
    spans = _whole(fields.get("num_spans", 0), f"{where}.num_spans")
    if spans != 1:
        raise ParameterError(f"{where}: ExampleGen reads one span, the newest; give num_spans as 1, found {spans}")
    return Wanted(first=_whole(fields.get("start_span_number", 0), f"{where}.start_span_number"), said_by=where)


def _known(value: Mapping[str, Any] | None, where: str, keys: Sequence[str]) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ParameterError(f"{where}: expected a dictionary, found {value!r}")
    for key in value:
        if key not in keys:
            raise ParameterError(f"{where}: unknown key {key!r}; {did_you_mean(str(key), keys)}")
    return value


def _list(value: Any, where: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise ParameterError(f"{where}: expected a list, found {value!r}")
    return value


def _name(fields: Mapping[str, Any], where: str) -> str:
    name = fields.get("name")
    if not isinstance(name, str) or not _SPLIT_NAME.fullmatch(name):
        raise ParameterError(f"{where}.name: expected letters, digits, _ and -, not first a sign; found {name!r}")
    return name


def _pattern(fields: Mapping[str, Any], where: str) -> str:
    pattern = fields.get("pattern")
    if not isinstance(pattern, str) or not pattern or pattern.startswith("/") or ".." in pattern.split("/"):
        raise ParameterError(f"{where}.pattern: expected a glob below input_base, such as 'train/*'; found {pattern!r}")
    read_pattern(pattern)
    return pattern


def _whole(value: Any, where: str, lowest: int = 0) -> int:
    """Returns a whole number of at least `lowest`; a float stands for it where JSON knows no other numbers."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value < 10**MOST_DIGITS:
        raise ParameterError(
            f"{where}: expected a whole number from {lowest} on, of at most {MOST_DIGITS} digits; found {value!r}"
        )
    return value


def _buckets(fields: Mapping[str, Any], where: str) -> int:
    buckets = fields.get("hash_buckets")
    if isinstance(buckets, float) and buckets.is_integer():
        buckets = int(buckets)
    if not isinstance(buckets, int) or isinstance(buckets, bool) or not 0 < buckets < _MOST_BUCKETS:
        raise ParameterError(
            f"{where}.hash_buckets: expected a whole number above zero and below {_MOST_BUCKETS}, found "
            f"{fields.get('hash_buckets')!r}"
        )
    return buckets


def _check_unique(names: Sequence[str], where: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"{where}: the name {twice[0]!r} stands twice; give each split its own")
