"""Which models are evaluated, under which names."""

import dataclasses

from argosy.errors import ParameterError
from argosy.model_analysis.config import EvalConfig, MetricsSpec, ModelSpec
from argosy.model_analysis.thresholds import without_change_thresholds

CANDIDATE, BASELINE = "candidate", "baseline"


def configured_for(config: EvalConfig, *, has_baseline: bool) -> EvalConfig:
    """Returns the configuration with one model spec for each model that there is.

    One model is evaluated under the empty name, and change thresholds are left out. Of two, the candidate comes first;
    specs without names are called `candidate` and `baseline`, and a baseline without a spec is asked as the candidate,
    and one whose spec names no label or weight is measured by the candidate's.

    Raises:
        ParameterError: No spec says where the label is.
    """
    candidate = next((spec for spec in config.model_specs if not spec.is_baseline), None)
    if candidate is None or not candidate.label_key:
        raise ParameterError(
            "eval_config: model_specs has to name the column that holds the label, as in "
            "`model_specs: [{label_key: species}]`"
        )
    if not has_baseline:
        specs = tuple(_for_model(spec, candidate.name) for spec in config.metrics_specs)
        alone = dataclasses.replace(
            config,
            model_specs=(dataclasses.replace(candidate, name=""),),
            metrics_specs=tuple(spec for spec in specs if spec is not None),
        )
        return without_change_thresholds(alone)
    first = dataclasses.replace(candidate, name=candidate.name or CANDIDATE)
    given = next((spec for spec in config.model_specs if spec.is_baseline), None)
    second = given or dataclasses.replace(candidate, name=BASELINE, is_baseline=True)
    second = dataclasses.replace(
        second,
        name=second.name or BASELINE,
        label_key=second.label_key or first.label_key,
        example_weight_key=second.example_weight_key or first.example_weight_key,
    )
    return dataclasses.replace(config, model_specs=(first, second))


def needed_columns(specs: tuple[ModelSpec, ...]) -> dict[str, str]:
    """Returns the columns that the specs name, and as what."""
    weights = {spec.example_weight_key: "example_weight_key" for spec in specs if spec.example_weight_key}
    return {**{spec.label_key: "label_key" for spec in specs}, **weights}


def _for_model(spec: MetricsSpec, name: str) -> MetricsSpec | None:
    """Returns the entry for the one model that is left, None when the entry is for others."""
    if not spec.model_names:
        return spec
    return dataclasses.replace(spec, model_names=()) if name in spec.model_names else None
