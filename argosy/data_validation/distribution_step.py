"""The step DistributionValidator."""

import json
import logging
from pathlib import Path
from typing import Any

from argosy.artifacts import HTML, ExampleAnomalies, ExampleStatistics, Input, Output
from argosy.data_validation.distribution import parse_distribution_config, validate_distributions
from argosy.data_validation.split_pairs import chosen_pairs, pair_name
from argosy.data_validation.statistics.files import read_statistics, statistics_splits
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.step_parts import recorded_splits
from argosy.data_validation.validation.custom import parse_custom_validations
from argosy.data_validation.validation.files import pair_anomalies_file, write_anomalies
from argosy.data_validation.validation.gate import check_fail_on, open_gate
from argosy.data_validation.validation.spec import Anomalies
from argosy.errors import located

_LOG = logging.getLogger("argosy.data_validation")

OK, NOT_BLESSED, NO_BASELINE = 1, 0, 2
"""What `blessed` says of a pair of splits."""


def distribution_validator(
    statistics: Input[ExampleStatistics],
    anomalies: Output[ExampleAnomalies],
    report: Output[HTML],
    baseline_statistics: Input[ExampleStatistics] | None = None,
    *,
    config: dict[str, Any],
    include_split_pairs: list[Any] | None = None,
    custom_validation_config: dict[str, Any] | None = None,
    fail_on: str = "error",
) -> None:
    """Compares distributions of configured features with those of a baseline; stops the run where they lie too far.

    Raises:
        GateError: A pair of splits has anomalies of the severity that `fail_on` names.
        ParameterError: The configuration makes no sense, or a pair of splits is not there.
    """
    check_fail_on(fail_on)
    parsed = parse_distribution_config(config)
    custom = parse_custom_validations(custom_validation_config or {})
    splits = recorded_splits(statistics.metadata) or statistics_splits(statistics.path)
    if baseline_statistics is None:
        _without_baseline(splits, anomalies, report)
        return
    known = recorded_splits(baseline_statistics.metadata) or statistics_splits(baseline_statistics.path)
    pairs = chosen_pairs(splits, known, include_split_pairs, every=False)
    found: dict[str, Anomalies] = {}
    datasets: dict[str, DatasetStatistics] = {}
    for test, base in pairs:
        ours, theirs = read_statistics(statistics.path, test), read_statistics(baseline_statistics.path, base)
        pair = pair_name(test, base)
        with located(pair=pair):
            found[pair] = validate_distributions(ours, theirs, parsed, custom_validations=custom)
        write_anomalies(found[pair], pair_anomalies_file(anomalies.path, pair))
        datasets |= {f"test {test}": ours, f"baseline {base}": theirs}
        _LOG.info("pair %s: features with anomalies: %d", pair, len(found[pair].features))
        for anomaly in found[pair].all:
            _LOG.info("  %s: %s", anomaly.name, anomaly.description)
    blessed = {pair: OK if one.is_clean else NOT_BLESSED for pair, one in found.items()}
    anomalies.metadata.update({"split_names": json.dumps(list(found)), "blessed": json.dumps(blessed)})
    if "span" in statistics.metadata:
        anomalies.metadata["span"] = statistics.metadata["span"]
    from argosy.data_validation.report import anomalies_page

    Path(report.path).write_text(anomalies_page(found, statistics=datasets), encoding="utf-8")
    open_gate(
        found,
        fail_on=fail_on,
        fault="distributions lie too far from the baseline's",
        remedy="Mend the data; or, where the data is right, raise the thresholds of config or take another baseline",
    )


def _without_baseline(splits: list[str], anomalies: Output[ExampleAnomalies], report: Output[HTML]) -> None:
    """Lets the first run pass, as TFX does: there is nothing yet to compare with."""
    from argosy.page import notice, page

    _LOG.warning("no baseline statistics were given: nothing is compared, and every split passes")
    blessed = dict.fromkeys(splits, NO_BASELINE)
    anomalies.metadata.update({"split_names": json.dumps(splits), "blessed": json.dumps(blessed)})
    said = notice("There is no baseline, so nothing was compared.", "warn")
    Path(report.path).write_text(page("Distributions", said), encoding="utf-8")
