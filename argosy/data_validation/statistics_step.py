"""The step StatisticsGen."""

import json
import logging
from collections.abc import Sequence
from typing import Any

from argosy import artifacts
from argosy.artifacts import HTML, Examples, ExampleStatistics, Input, Output
from argosy.data_validation.statistics.files import read_statistics
from argosy.data_validation.statistics.generate import dataset_accumulator
from argosy.data_validation.statistics.options import StatisticsOptions
from argosy.data_validation.statistics.parse_options import parse_options
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.step_parts import chosen_splits, recorded_splits, write_page
from argosy.errors import ParameterError, did_you_mean
from argosy.examples import layout
from argosy.schema import read_schema

_LOG = logging.getLogger("argosy.data_validation")


def statistics_gen(
    examples: Input[Examples],
    statistics: Output[ExampleStatistics],
    report: Output[HTML],
    schema: Input[artifacts.Schema] | None = None,
    *,
    stats_options: dict[str, Any] | None = None,
    exclude_splits: list[str] | None = None,
    beam_pipeline_args: list[str] | None = None,
) -> None:
    """Computes descriptive statistics of every feature of every split.

    Raises:
        ParameterError: An unknown option, or a split or feature that an option names and that is not there.
        DataError: A feature has two types, a row lacks its weight, or a file is damaged.
        RuntimeError: A row was lost or read twice.
    """
    from argosy.data_validation.beam import write_split_statistics

    options = parse_options(stats_options or {})
    known = recorded_splits(examples.metadata) or layout.split_names(examples.path)
    splits = chosen_splits(known, exclude_splits or [])
    _check_generators(options)
    _check_splits(options, known)
    accumulator = dataset_accumulator(options=options, schema=read_schema(schema.path) if schema else None)
    rows = write_split_statistics(
        examples.path, splits, statistics.path, accumulator=accumulator, beam_pipeline_args=beam_pipeline_args or []
    )
    found = {split: read_statistics(statistics.path, split) for split in splits}
    for split, one in found.items():
        if one.num_examples != rows[split]:
            raise RuntimeError(f"split {split}: {rows[split]} rows were read, but {one.num_examples} counted")
        slices = f", {len(one.slices)} slices" if one.slices else ""
        _LOG.info("split %s: %d rows, %d features%s", split, one.num_examples, len(one.features), slices)
    _check_allowlist(options, list(found.values()))
    statistics.metadata.update({"split_names": json.dumps(splits), "num_examples": json.dumps(rows)})
    if options.sample_rate_by_split:
        statistics.metadata["sample_rate_by_split"] = json.dumps(dict(options.sample_rate_by_split))
    if "span" in examples.metadata:
        statistics.metadata["span"] = examples.metadata["span"]
    write_page(report, "statistics", statistics.path)


def _check_generators(options: StatisticsOptions) -> None:
    if options.generators or not options.add_default_generators:
        raise ParameterError(
            "stats_options: generators are objects, which cannot travel in a pipeline; in a step of your own give them "
            "to generate_statistics_from_tfrecord of argosy.data_validation"
        )


def _check_splits(options: StatisticsOptions, known: Sequence[str]) -> None:
    for split in options.sample_rate_by_split:
        if split not in known:
            raise ParameterError(
                f"stats_options: sample_rate_by_split names no split {split!r}; {did_you_mean(split, known)}"
            )


def _check_allowlist(options: StatisticsOptions, found: Sequence[DatasetStatistics]) -> None:
    seen = {feature.path for one in found for feature in one.features if feature.common.num_non_missing}
    for path in options.feature_allowlist:
        if path not in seen and any(one.num_examples for one in found):
            raise ParameterError(f"stats_options: feature_allowlist: no row has feature {'.'.join(path)!r}")
