"""Checks of a dataset as a whole: how many rows it has, by itself and against others."""

from collections.abc import Iterator

from argosy.data_validation.validation.spec import Reason
from argosy.schema import DatasetConstraints, NumExamplesComparator, Schema


def check_dataset(
    schema: Schema, num_examples: float, *, previous: float | None = None, previous_version: float | None = None
) -> list[Reason]:
    """Returns what is wrong with the number of rows.

    Args:
        schema: What is demanded.
        num_examples: How many rows there are, or the sum of their weights.
        previous: Likewise of the previous span; None: not known.
        previous_version: Likewise of the previous version of the same span; None: not known.
    """
    constraints = schema.dataset_constraints
    if constraints is None:
        return []
    return [
        *_check_limits(constraints, num_examples),
        *_check_ratio(constraints.num_examples_drift_comparator, num_examples, previous, "previous span"),
        *_check_ratio(constraints.num_examples_version_comparator, num_examples, previous_version, "previous version"),
    ]


def _check_limits(constraints: DatasetConstraints, rows: float) -> Iterator[Reason]:
    least, most = constraints.min_examples_count, constraints.max_examples_count
    if least is not None and rows < least:
        message = f"The dataset has {rows:.12g} rows; the schema demands at least {least}."
        yield Reason(type="DATASET_LOW_NUM_EXAMPLES", short="Low num examples in dataset", description=message)
    if most is not None and rows > most:
        message = f"The dataset has {rows:.12g} rows; the schema allows at most {most}."
        yield Reason(type="DATASET_HIGH_NUM_EXAMPLES", short="High num examples in dataset", description=message)


def _check_ratio(
    comparator: NumExamplesComparator | None, rows: float, control: float | None, name: str
) -> Iterator[Reason]:
    if comparator is None or control is None:
        return
    least, most = comparator.min_fraction_threshold, comparator.max_fraction_threshold
    if not control:
        if most is not None:
            short = f"High num examples in current dataset versus the {name}"
            message = f"The dataset has {rows:.12g} rows, the {name} has none."
            yield Reason(type="COMPARATOR_HIGH_NUM_EXAMPLES", short=short, description=message)
        return
    ratio, said = rows / control, f"The dataset has {rows:.12g} rows, {rows / control:.6g} times the {name}'s"
    if most is not None and ratio > most:
        short = f"High num examples in current dataset versus the {name}"
        message = f"{said} {control:.12g}; the schema allows {most:.6g} times."
        yield Reason(type="COMPARATOR_HIGH_NUM_EXAMPLES", short=short, description=message)
    if least is not None and ratio < least:
        short = f"Low num examples in current dataset versus the {name}"
        message = f"{said} {control:.12g}; the schema demands {least:.6g} times."
        yield Reason(type="COMPARATOR_LOW_NUM_EXAMPLES", short=short, description=message)
