"""What to evaluate: TFMA's EvalConfig, its field names and meaning, as frozen dataclasses.

`parse_config.py` reads it from text; each class's docstring says where Argosy decides more than TFMA's documentation.
"""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """How to ask one model, and where labels and weights are.

    Attributes:
        name: `candidate` and `baseline` when there are two models and no names; ignored for one model.
        model_type: TFMA's; every model is run by its signature, so the value changes nothing.
        signature_name: Empty: `predict` where the model has it, else `serving_default`.
        label_key: The column with the label: numbers, or strings that the model's `classes` output names.
        prediction_key: Which output holds the scores. Empty: the only one, or the first there is of `probabilities`,
            `scores`, `logistic`, `predictions`.
        example_weight_key: The column with the rows' weights. Empty: every row weighs 1.
        is_baseline: It is what the candidate is compared with.
        inference_batch_size: Rows in one call of the model. 0: as they are read.
    """

    name: str = ""
    model_type: str = ""
    signature_name: str = ""
    label_key: str = ""
    prediction_key: str = ""
    example_weight_key: str = ""
    is_baseline: bool = False
    inference_batch_size: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class SlicingSpec:
    """Which slices: one for each value of `feature_keys` (crossed), where `feature_values` hold; none: overall."""

    feature_keys: tuple[str, ...] = ()
    feature_values: dict[str, str] = dataclasses.field(default_factory=dict)

    def features(self) -> tuple[str, ...]:
        """Returns the names of all features that it looks at, sorted."""
        return tuple(sorted({*self.feature_keys, *self.feature_values}))


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValueThreshold:
    """Fails a value outside of [lower_bound, upper_bound], ends included, and NaN."""

    lower_bound: float | None = None
    upper_bound: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class ChangeThreshold:
    """Bounds the candidate's value less the baseline's (`absolute`), and that by the baseline's value (`relative`).

    `direction` LOWER_IS_BETTER: at most the bound; HIGHER_IS_BETTER: at least.
    """

    direction: str
    absolute: float | None = None
    relative: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class MetricThreshold:
    """One bound or both."""

    value_threshold: ValueThreshold | None = None
    change_threshold: ChangeThreshold | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class PerSliceMetricThreshold:
    """A threshold for some slices only; `slicing_specs` refer to slices that the configuration defines."""

    slicing_specs: tuple[SlicingSpec, ...]
    threshold: MetricThreshold


@dataclasses.dataclass(frozen=True, kw_only=True)
class PerSliceMetricThresholds:
    """A list of them, as TFMA nests it."""

    thresholds: tuple[PerSliceMetricThreshold, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class MetricConfig:
    """One metric.

    Attributes:
        class_name: One of `metrics.catalogue.METRICS`.
        module: Empty, or the module that TFMA or Keras has the class in; nothing is imported by it.
        config: The metric's own options: a mapping, or TFMA's JSON text with or without its outer braces.
        threshold: Applies to **every** slice, as in TFMA: the overall one and each other. For the overall slice alone
            write `per_slice_thresholds` with `slicing_specs: [{}]`.
        per_slice_thresholds: Apply to the slices that they name.
    """

    class_name: str
    module: str = ""
    config: dict[str, Any] = dataclasses.field(default_factory=dict)
    threshold: MetricThreshold | None = None
    per_slice_thresholds: tuple[PerSliceMetricThreshold, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class BinarizationOptions:
    """Computes binary metrics of each listed class against the rest."""

    class_ids: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class AggregationOptions:
    """Computes one number out of the classes: exactly one of the averages is true.

    Attributes:
        micro_average: Every pair of row and class counts alike.
        macro_average: The mean of the classes' metrics.
        weighted_macro_average: That, weighted by how often each class is the label.
        class_weights: Which classes, and their weights. Empty: all, weight 1 (TFMA demands them for macro averages).
    """

    micro_average: bool = False
    macro_average: bool = False
    weighted_macro_average: bool = False
    class_weights: dict[int, float] = dataclasses.field(default_factory=dict)

    def kind(self) -> str:
        """Returns the name of the average that is on, or the empty string."""
        kinds = ("micro_average", "macro_average", "weighted_macro_average")
        return next((kind for kind in kinds if getattr(self, kind)), "")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExampleWeightOptions:
    """Metrics with rows weighted, unweighted, or both; neither: weighted if there is a weight key."""

    weighted: bool = False
    unweighted: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class MetricsSpec:
    """Metrics that are computed alike.

    Attributes:
        metrics: Which ones.
        model_names: For which models. Empty: for all.
        binarize: One class against the rest; metrics in here are then binary ones.
        aggregate: One number out of several classes, likewise; both may be set.
        example_weights: Overrides whether rows are weighted.
        thresholds: By metric name, for metrics that are configured anywhere; else as `MetricConfig.threshold`.
        per_slice_thresholds: By metric name, likewise.
    """

    metrics: tuple[MetricConfig, ...] = ()
    model_names: tuple[str, ...] = ()
    binarize: BinarizationOptions | None = None
    aggregate: AggregationOptions | None = None
    example_weights: ExampleWeightOptions | None = None
    thresholds: dict[str, MetricThreshold] = dataclasses.field(default_factory=dict)
    per_slice_thresholds: dict[str, PerSliceMetricThresholds] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """The rest.

    Attributes:
        include_default_metrics: TFMA's; a SavedModel's signature carries no metrics, so it changes nothing.
        min_slice_size: Slices of fewer rows are named but not measured, and no threshold applies to them; the overall
            slice always is.
    """

    include_default_metrics: bool = True
    min_slice_size: int = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class EvalConfig:
    """The whole. The overall slice is always computed, also where `slicing_specs` do not list it."""

    model_specs: tuple[ModelSpec, ...] = ()
    slicing_specs: tuple[SlicingSpec, ...] = ()
    metrics_specs: tuple[MetricsSpec, ...] = ()
    options: Options = Options()
