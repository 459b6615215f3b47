"""A diff on disk: `SplitPair-<test>_<base>/{skew_stats,sample_pairs,match_stats,confusion}`, as TFX lays it out."""

from pathlib import Path

import pyarrow as pa

from argosy import fs
from argosy.data_validation.diff import convert
from argosy.data_validation.diff.spec import Diff
from argosy.errors import ArtifactError, did_you_mean, located
from argosy.examples.tfrecord import frame, read_records

PREFIX = "SplitPair-"
SHARD = "-00000-of-00001"


def pair_path(path: str, pair: str) -> str:
    """Returns the folder of a pair of splits."""
    return f"{path.rstrip('/')}/{PREFIX}{pair}"


def pair_names(path: str) -> list[str]:
    """Returns the pairs of splits of an artifact, sorted.

    Raises:
        ArtifactError: There are none.
    """
    names = sorted(folder.name.removeprefix(PREFIX) for folder in Path(path).glob(f"{PREFIX}*"))
    if not names:
        raise ArtifactError(f"{path}: no {PREFIX}<test>_<base> in it; give what ExampleDiff wrote")
    return names


def write_diff(diff: Diff, path: str, pair: str) -> None:
    """Writes the diff of a pair of splits, as TFRecord files of TFDV's protos."""
    for name, records in convert.to_records(diff).items():
        file = f"{pair_path(path, pair)}/{name}{SHARD}"
        fs.write_bytes(file, frame(pa.array(records, pa.binary())))


def read_diff(path: str, pair: str) -> Diff:
    """Returns the diff of a pair of splits.

    Raises:
        ArtifactError: The artifact has no such pair.
        DataError: A file is damaged.
    """
    folder = Path(pair_path(path, pair))
    if not folder.is_dir():
        raise ArtifactError(f"{path}: no pair {pair!r}; {did_you_mean(pair, pair_names(path))}")
    records = {}
    for name in ("skew_stats", "sample_pairs", "match_stats", "confusion"):
        files = sorted(map(str, folder.glob(f"{name}-*-of-*")))
        records[name] = [record for file in files for batch in read_records(file) for record in batch.to_pylist()]
    with located(artifact=str(folder)):
        return convert.from_records(records)
