"""Statistics from files, whoever wrote them: binary, text or TFRecord, whole or in shards."""

import re
from collections.abc import Iterator, Sequence

from argosy import fs
from argosy.data_validation.statistics import convert
from argosy.data_validation.statistics.files import whole_of
from argosy.data_validation.statistics.merge import merge_datasets
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.errors import ArtifactError, DataError, ParameterError, located
from argosy.examples.tfrecord import masked_crc, read_records

_SHARD = re.compile(r"-(\d+)-of-(\d+)$")


def load_statistics(file: str) -> DatasetStatistics:
    """Returns the statistics of all rows in a file, with those of its slices in `slices`.

    Args:
        file: A path or URI of a DatasetFeatureStatisticsList: binary (as `FeatureStats.pb`), text, or TFRecord.

    Raises:
        StorageError: The file cannot be read.
        ArtifactError: It is none of these, or has no statistics of all rows.
        DataError: Its records say otherwise of one feature.
    """
    return _merged([file], file)


def load_sharded_statistics(input_path_prefix: str = "", input_paths: Sequence[str] = ()) -> DatasetStatistics:
    """Returns the statistics whose features and slices lie in several files, as TFDV's sharded output.

    Args:
        input_path_prefix: What the names of all files begin with, before `-00000-of-00003`; a path or URI.
        input_paths: Instead, the files.

    Raises:
        ParameterError: Neither or both are given, or there is no such file.
        StorageError: A file cannot be read.
        ArtifactError: A shard is not there, a file holds no statistics, or there are none of all rows.
        DataError: Two shards say otherwise of one feature.
    """
    if bool(input_path_prefix) == bool(input_paths):
        raise ParameterError("give input_path_prefix or input_paths, one of them")
    return _merged(
        _shards(input_path_prefix) if input_path_prefix else input_paths, input_path_prefix or input_paths[0]
    )


def _merged(files: Sequence[str], name: str) -> DatasetStatistics:
    datasets = [dataset for file in files for dataset in _datasets(file)]
    with located(file=name):
        merged = merge_datasets(datasets)
    return whole_of(merged, name)


def _shards(prefix: str) -> list[str]:
    folder, _, start = prefix.rpartition("/")
    if fs.is_remote(prefix):
        known = [file for file in fs.list_files(folder) if file.rpartition("/")[0] == folder]
    else:
        known = [str(file) for file in fs.local_path(folder or ".").glob("*")]
    names = {file: file.rpartition("/")[2] for file in sorted(known)}
    files = [file for file, name in names.items() if name.startswith(f"{start}-") and "-of-" in name[len(start) :]]
    if not files:
        raise ParameterError(f"input_path_prefix: there is no file {prefix}-00000-of-...; give the path before that")
    numbers = [found for file in files if (found := _SHARD.search(file))]
    expected = max(int(found[2]) for found in numbers) if numbers else 0
    if not len({found[1] for found in numbers}) == len(files) == expected:
        raise ArtifactError(
            f"{prefix}: {len(files)} files where their names say {expected}; the features of one that is missing would "
            "be missing too, so copy all shards of one run, and nothing else"
        )
    return files


def _datasets(file: str) -> Iterator[DatasetStatistics]:
    data = fs.read_bytes(file)
    if not _holds_records(data):
        yield from _parsed(data, file)
        return
    with fs.fetched(file) as local:
        for records in read_records(str(local), name=file):
            for record in records.to_pylist():
                yield from _parsed(record, file)


def _holds_records(data: bytes) -> bool:
    """Whether the file is gzip, or begins with a length and its checksum."""
    return data[:2] == b"\x1f\x8b" or (len(data) > 12 and data[8:12] == masked_crc(data[:8]).to_bytes(4, "little"))


def _parsed(data: bytes, file: str) -> tuple[DatasetStatistics, ...]:
    try:
        return convert.from_bytes(data)
    except DataError as error:
        told = error
    try:
        return convert.from_text(data.decode())
    except UnicodeDecodeError:
        pass
    except DataError as error:
        told = error
    raise ArtifactError(f"{file}: {told}; give a binary, text or TFRecord file of statistics") from told
