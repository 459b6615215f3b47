"""The step ExampleDiff."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from argosy.artifacts import HTML, Examples, ExamplesDiff, Input, Output
from argosy.data_validation.diff.detect import detect_feature_skew
from argosy.data_validation.diff.files import write_diff
from argosy.data_validation.diff.page import diff_page
from argosy.data_validation.diff.spec import Diff, DiffOptions, parse_diff_options
from argosy.data_validation.split_pairs import chosen_pairs, pair_name
from argosy.data_validation.step_parts import recorded_splits
from argosy.errors import DataError, did_you_mean, located
from argosy.examples import layout, read_examples

_LOG = logging.getLogger("argosy.data_validation")


def example_diff(
    examples_test: Input[Examples],
    examples_base: Input[Examples],
    diff: Output[ExamplesDiff],
    report: Output[HTML],
    *,
    config: dict[str, Any],
    include_split_pairs: list[Any] | None = None,
) -> None:
    """Joins the rows of two datasets by what identifies them and counts, feature by feature, where they differ.

    Raises:
        ParameterError: The configuration makes no sense, or a pair of splits is not there.
        DataError: No row of a split has the identifiers, or a feature has two types within one dataset.
    """
    options = parse_diff_options(config)
    tests, bases = (
        recorded_splits(examples.metadata) or layout.split_names(examples.path)
        for examples in (examples_test, examples_base)
    )
    pairs = chosen_pairs(tests, bases, include_split_pairs, every=True)
    found: dict[str, Diff] = {}
    for test, base in pairs:
        pair = pair_name(test, base)
        with located(pair=pair):
            found[pair] = _diff(examples_test.path, test, examples_base.path, base, options)
        write_diff(found[pair], diff.path, pair)
        differing = sum(1 for one in found[pair].features if one.diff_count)
        stats = found[pair].match_stats
        _LOG.info("pair %s: %d pairs of rows, features that differ: %d", pair, stats.matching_pairs_count, differing)
    diff.metadata["split_names"] = json.dumps(list(found))
    Path(report.path).write_text(diff_page(found), encoding="utf-8")


def _diff(test_path: str, test: str, base_path: str, base: str, options: DiffOptions) -> Diff:
    counts: dict[str, int] = {"test": 0, "base": 0}
    names: dict[str, dict[str, None]] = {"test": {}, "base": {}}

    def read(side: str, path: str, split: str) -> Iterator[pa.RecordBatch]:
        for batch in read_examples(path, split):
            counts[side] += batch.num_rows
            names[side].update(dict.fromkeys(batch.schema.names))
            yield batch

    found = detect_feature_skew(read("base", base_path, base), read("test", test_path, test), options)
    stats = found.match_stats
    joined = {"test": stats.test_with_id_count, "base": stats.base_with_id_count}
    lacking = {"test": stats.test_missing_id_count, "base": stats.base_missing_id_count}
    for side in counts:
        if joined[side] + lacking[side] != counts[side]:
            raise RuntimeError(f"{side}: {counts[side]} rows were read, but {joined[side] + lacking[side]} compared")
        if counts[side] and not joined[side]:
            wrong = next((name for name in options.identifier_features if name not in names[side]), "")
            hint = f"; {did_you_mean(wrong, names[side])}" if wrong else ""
            asked = ", ".join(options.identifier_features)
            raise DataError(f"no row of the {side} has all of identifier_features ({asked}){hint}")
    return found
