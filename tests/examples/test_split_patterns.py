"""Data of others, used where they lie: the files of a split are those that a pattern names."""

import glob

import pyarrow as pa
import pytest
from pyarrow import parquet

from argosy import fs
from argosy.errors import ArtifactError
from argosy.examples import read_examples, split_files, split_names, with_split_patterns, write_examples
from argosy.examples.layout import split_globs, split_payload

PATTERNS = {"train": "2025-*/part-?.parquet", "eval": "2026-0[12]/*", "late [1]": "late/a.gz"}


@pytest.fixture
def data(tmp_path):
    """The folder, whose name is one that a glob would take otherwise, with an id in each file."""
    folder = tmp_path / "rows [1]"
    names = (
        "2025-01/part-1.parquet", "2025-02/part-2.parquet", "2025-02/part-10.parquet", "2025-02/deep/part-3.parquet",
        "2025-02/.part-4.parquet", "2025-02/_part.parquet", "2026-01/a.parquet", "2026-02/b.parquet",
        "2026-03/c.parquet", "2026-02/.hidden", "2026-02/_SUCCESS", "part-5.parquet",
    )  # fmt: skip
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".parquet"):
            parquet.write_table(pa.table({"id": [number]}), folder / name)
        else:
            (folder / name).write_text("no data")
    write_examples([pa.record_batch({"id": pa.array([[99]])})], str(tmp_path / "made"), "x")
    (folder / "late").mkdir()
    (written,) = (tmp_path / "made" / "Split-x").iterdir()
    written.rename(folder / "late" / "a.gz")
    return str(folder)


def ids(path, split):
    return [row["id"][0] for batch in read_examples(path, split) for row in batch.to_pylist()]


def test_the_splits_are_those_of_the_patterns(data):
    path = with_split_patterns(data, PATTERNS)
    assert split_names(path) == ["eval", "late [1]", "train"]
    assert {split: ids(path, split) for split in PATTERNS} == {"train": [0, 1], "eval": [6, 7], "late [1]": [99]}
    assert split_payload(path, "train") == "FORMAT_PARQUET"
    assert split_payload(path, "late [1]") == "FORMAT_TF_EXAMPLE"


def test_in_a_store_they_are_the_same(data, bucket):
    fs.copy(data, f"{bucket}/data")
    path = with_split_patterns(f"{bucket}/data/", PATTERNS)
    assert {split: ids(path, split) for split in PATTERNS} == {"train": [0, 1], "eval": [6, 7], "late [1]": [99]}
    assert split_globs(path, "train") == [f"{bucket}/data/2025-0{n}/part-{n}.parquet" for n in (1, 2)]


def test_globs_of_a_split_find_its_files_and_no_hidden_ones(data):
    path = with_split_patterns(data, PATTERNS)
    for split in PATTERNS:
        found = [file for one in split_globs(path, split) for file in glob.glob(one)]  # noqa: PTH207 - as user's code
        assert found == split_files(path, split)


def test_what_a_hidden_folder_holds_is_none(tmp_path):
    for folder in ("day", "_temporary", ".cache"):
        write_examples([pa.record_batch({"id": pa.array([[1]])})], str(tmp_path / folder), "x")
    path = with_split_patterns(str(tmp_path), {"some": "*/Split-x/*"})
    assert [file.removeprefix(f"{tmp_path}/").partition("/")[0] for file in split_files(path, "some")] == ["day"]


def test_some_of_the_shards_may_be_a_split(tmp_path):
    for shard in range(3):
        (tmp_path / f"rows-{shard:05d}-of-00003.gz").write_bytes(b"")
    path = with_split_patterns(str(tmp_path), '{"train": "*-0000[01]-of-00003.gz"}')
    assert len(split_files(path, "train")) == 2


def test_a_split_or_a_file_that_is_not_there(data):
    path = with_split_patterns(data, {"train": "*.csv"})
    with pytest.raises(ArtifactError, match=r"rows \[1\]: no file matches '\*.csv', which is custom_split"):
        split_files(path, "train")
    for asked in (split_files, split_globs):
        with pytest.raises(ArtifactError, match=r"rows \[1\]: custom_split_pattern has no split 'trian'; did you"):
            asked(path, "trian")


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        ("train/*", "is no JSON"),
        ("[1]", r"expected a glob for each split, found '\[1\]'"),
        ("{}", "expected a glob for each split"),
        (7.0, "is no JSON"),
        ({"train": "/etc/*"}, "split 'train' has to be a glob below the artifact, found '/etc/\\*'"),
        ({"train": "a/../../b"}, "has to be a glob below"),
        ({"train": "a/**/b.gz"}, r"split 'train' is 'a/\*\*/b.gz', and a \* stays within a folder"),
        ({"train": ["a"]}, "has to be a glob below"),
    ],
)
def test_patterns_that_are_none(patterns, message):
    with pytest.raises(ArtifactError, match=f"^custom_split_pattern: .*{message}"):
        with_split_patterns("/data", patterns)
