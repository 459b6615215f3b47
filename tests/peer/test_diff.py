"""What ExampleDiff finds, read by TFDV's readers, against what TFDV's detector finds in the same rows."""

import json
from typing import Any

import pytest

pytestmark = [pytest.mark.peer, pytest.mark.beam]

BASE = {
    "id": ("INT", [1, 2, 3, 4, 5, 5, None, 8]),
    "name": ("BYTES", [b"a", b"b", None, b"d", b"e", b"e", b"g", b"h"]),
    "size": ("FLOAT", [1.0, 2.01, 3.0, None, 5.0, 5.0, 7.0, 8.0]),
    "tags": ("BYTES", [[b"x", b"y"], [b"x"], [], [b"z"], [], [], [], None]),
}
TEST = {
    "id": ("INT", [3, 2, 1, 4, 5, 6, 8, None]),
    "name": ("BYTES", [b"c", b"b", b"A", b"d", b"e", b"f", b"h", b"i"]),
    "size": ("FLOAT", [3.0, 2.04, 1.0, 4.0, 5.5, 6.0, 8.0, 9.0]),
    "tags": ("BYTES", [[], [b"x", b"x"], [b"x", b"y"], [b"z"], [b"q"], [], None, []]),
}
CONFIGS: dict[str, dict[str, Any]] = {
    "plain": {"identifier_features": ["id"], "sample_size": 10, "confusion_configs": ["name"]},
    "rounded": {"identifier_features": ["id"], "features_to_ignore": ["tags"], "float_round_ndigits": 1},
    "duplicates": {"identifier_features": ["id"], "allow_duplicate_identifiers": True, "sample_size": 10},
    "two": {"identifier_features": ["name", "id"]},
}
"""By TFDV's names of arguments."""

OURS = {
    "sample_size": "skew_sample_size",
    "features_to_ignore": "ignore_features",
    "float_round_ndigits": "float_round_ndigits",
    "allow_duplicate_identifiers": "allow_duplicate_identifiers",
    "identifier_features": "identifier_features",
}


@pytest.fixture(scope="module")
def answers(peer, rows_of, tmp_path_factory):
    from argosy.artifacts import HTML, Examples, ExamplesDiff, Input, Output
    from argosy.data_validation.diff_step import example_diff
    from argosy.examples import write_examples

    folder = tmp_path_factory.mktemp("diff")
    for side, columns in (("base", BASE), ("test", TEST)):
        write_examples([rows_of(columns)], str(folder / side), "train")
    folders = {}
    for name, config in CONFIGS.items():
        asked = {OURS[key]: value for key, value in config.items() if key in OURS}
        asked["confusion_config"] = [{"feature_name": one} for one in config.get("confusion_configs", [])]
        made = folder / name
        made.mkdir()
        example_diff(
            Input[Examples](uri="", path=str(folder / "test")),
            Input[Examples](uri="", path=str(folder / "base")),
            Output[ExamplesDiff](uri="", path=str(made)),
            Output[HTML](uri="", path=f"{made}.html"),
            config={"paired_example_skew": asked},
        )
        folders[name] = str(made / "SplitPair-train_train")
    files = {side: str(next((folder / side / "Split-train").iterdir())) for side in ("base", "test")}
    return peer("diff_rows", **files, config=json.loads(json.dumps(CONFIGS)), ours=folders)


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("what", ["stats", "match", "confusion", "pairs"])
def test_it_is_tfdvs(answers, name, what):
    ours, theirs = (answers[name][side][what] for side in ("ours", "theirs"))
    assert ours == theirs
    if what in ("stats", "match"):
        assert theirs
