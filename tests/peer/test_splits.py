"""Splits by `hash: tfx`: each row in the split in which TFX's CsvExampleGen puts it."""

from pathlib import Path

import pytest

pytestmark = [pytest.mark.peer, pytest.mark.beam]

PENGUINS_CSV = Path(__file__).parents[2] / "pipelines" / "penguins" / "data" / "penguins.csv"
SPLITS = [["train", 6], ["eval", 3], ["test", 1]]


@pytest.fixture(scope="module")
def gaps(tmp_path_factory):
    """A CSV with missing cells of each type, a column without a value, and names that begin other names."""
    file = tmp_path_factory.mktemp("gaps") / "gaps.csv"
    rows = ["id,id_b,x,text,never"]
    rows += [f"{k},{k if k % 3 else ''},{k / 8 if k % 4 else ''},{f't{k % 7}' if k % 5 else ''}," for k in range(300)]
    file.write_text("\n".join(rows) + "\n")
    return file


def dealt(file, folder, **split_config):
    """Our rows: {split: rows}, a missing value as what TFX writes for it, a list without values."""
    from argosy.artifacts import Examples, Output
    from argosy.examples import read_examples
    from argosy.ingest.executor import example_gen

    config = {"splits": [{"name": name, "hash_buckets": buckets} for name, buckets in SPLITS], "hash": "tfx"}
    example_gen(
        Output[Examples](uri=str(folder), path=str(folder), name="examples"),
        input_base=str(file),
        read_options={"null_tokens": [""]},
        output_config={"split_config": {**config, **split_config}},
    )
    return {
        split: [
            {
                name: [v.decode("latin-1") if isinstance(v, bytes) else v for v in values or []]
                for name, values in row.items()
            }
            for batch in read_examples(str(folder), split)
            for row in batch.to_pylist()
        ]
        for split, _ in SPLITS
    }


@pytest.mark.parametrize("feature", ["", "species"])
def test_penguins_lie_where_tfx_puts_them(peer, tmp_path, feature):
    answer = peer("split_rows", file=str(PENGUINS_CSV), splits=SPLITS, feature=feature)
    assert dealt(PENGUINS_CSV, tmp_path, **({"partition_feature_name": feature} if feature else {})) == answer
    assert sum(map(len, answer.values())) == 344


@pytest.mark.parametrize("feature", ["", "text"])
def test_rows_with_gaps_lie_where_tfx_puts_them(peer, tmp_path, gaps, feature):
    answer = peer("split_rows", file=str(gaps), splits=SPLITS, feature=feature)
    assert dealt(gaps, tmp_path, **({"partition_feature_name": feature} if feature else {})) == answer
    assert answer["train"]
    assert answer["eval"]
