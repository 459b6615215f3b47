"""What `input_config`, `output_config` and `range_config` mean: TFX's Input, Output and RangeConfig as dictionaries."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.errors import ParameterError, did_you_mean

_SPLIT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_MOST_BUCKETS = 1 << 31
_SPAN_SPEC = re.compile(r"\{(SPAN|VERSION|YYYY|MM|DD)(:\d+)?\}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class InputSplit:
    """A part of the input.

    Attributes:
        name: Its name.
        pattern: A glob, relative to `input_base`.
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
    """

    splits: tuple[OutputSplit, ...] = ()
    partition_feature_name: str = ""


DEFAULT_SPLITS = (OutputSplit(name="train", hash_buckets=2), OutputSplit(name="eval", hash_buckets=1))


def input_splits(input_config: Mapping[str, Any] | None) -> tuple[InputSplit, ...]:
    """Returns the input splits; without any, all files are one.

    Raises:
        ParameterError: A key is unknown, a name is no name or stands twice, or a pattern has a span.

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
    return tuple(splits) or (InputSplit(),)


def output_config(output_config: Mapping[str, Any] | None, inputs: Sequence[InputSplit]) -> OutputConfig:
    """Returns how rows are dealt to splits: by default two of three to train; with several input splits, as they are.

    Raises:
        ParameterError: A key is unknown, a name is no name or stands twice, a number of buckets is not positive, or
            there are several input splits as well.

    >>> output_config({}, [InputSplit()]).splits[1]
    OutputSplit(name='eval', hash_buckets=1)
    """
    known = _known(output_config, "output_config", ("split_config",))
    fields = _known(known.get("split_config"), "output_config.split_config", ("splits", "partition_feature_name"))
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
    return OutputConfig(splits=tuple(splits) or DEFAULT_SPLITS, partition_feature_name=partition)


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


def check_range(range_config: Mapping[str, Any] | None) -> None:
    """Accepts no range: a range chooses among spans, and no pattern can have one.

    Raises:
        ParameterError: A range is given.
    """
    if _known(range_config, "range_config", ("static_range", "rolling_range")):
        raise ParameterError(
            "range_config needs a pattern with {SPAN} in input_config, which this version does not read; "
            "leave it out and name the span's files by the pattern"
        )


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
    if span := _SPAN_SPEC.search(pattern):
        raise ParameterError(
            f"{where}.pattern: {span[0]} is not read by this version; name the span's files, such as 'span-1/*'"
        )
    return pattern


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
