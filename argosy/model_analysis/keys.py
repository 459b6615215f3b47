"""What a result is filed under: the slice of the rows, the metric, the plot."""

import dataclasses

import numpy as np

SliceKey = tuple[tuple[str, str | int | float], ...]
"""The rows' features and their values, sorted by feature; `()` is the overall slice."""

OVERALL: SliceKey = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class MetricKey:
    """The name of a number.

    Attributes:
        name: As in the configuration, or the metric's class in snake_case.
        model_name: Empty when there is one model only.
        class_id: Of one class against the rest; None when it is not that.
        aggregation: `micro_average`, `macro_average`, `weighted_macro_average`, or empty.
        weighted: Whether rows were weighted, where the configuration asked for it by name; else None.
        is_diff: The candidate's value less the baseline's.
    """

    name: str
    model_name: str = ""
    class_id: int | None = None
    aggregation: str = ""
    weighted: bool | None = None
    is_diff: bool = False


def metric_text(key: MetricKey) -> str:
    """Returns the key as people read it; it is unique within a slice.

    >>> metric_text(MetricKey(name="auc", class_id=2))
    'auc (class 2)'
    """
    weighting = {None: "", True: "weighted", False: "unweighted"}[key.weighted]
    parts = [
        key.model_name,
        "" if key.class_id is None else f"class {key.class_id}",
        key.aggregation.replace("_", " "),
        weighting,
        "difference to the baseline" if key.is_diff else "",
    ]
    note = ", ".join(part for part in parts if part)
    return f"{key.name} ({note})" if note else key.name


def slice_text(key: SliceKey) -> str:
    """Returns the slice's name as TFMA writes it, control characters written out.

    >>> slice_text(()), slice_text((("island", "Biscoe"), ("year", 2007)))
    ('Overall', 'island_X_year:Biscoe_X_2007')
    """
    if not key:
        return "Overall"
    text = "_X_".join(name for name, _ in key) + ":" + "_X_".join(_value_text(value) for _, value in key)
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def slice_order(key: SliceKey) -> tuple[object, ...]:
    """Returns what slices are sorted by: the overall one, single features, crosses; numbers by value."""
    names = tuple(name for name, _ in key)
    values = tuple((isinstance(value, str), value if isinstance(value, str) else float(value)) for _, value in key)
    return len(key), names, values


def _value_text(value: str | int | float) -> str:
    """Returns the value; of a number, which is a float32, no more digits than tell it from the next one."""
    # By way of Python's own float: numpy's releases differ in when they turn to an exponent.
    return str(float(str(np.float32(value)))) if isinstance(value, float) else str(value)
