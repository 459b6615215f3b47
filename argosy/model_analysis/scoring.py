"""From Extracts to rows ready to be measured: labels as class numbers, rows without a label left out."""

from collections.abc import Mapping

import numpy as np

from argosy.errors import DataError
from argosy.model_analysis.extracts import (
    EXAMPLE_WEIGHTS,
    LABELS,
    PREDICTIONS,
    Extracts,
    Floats,
    Predictions,
    Scored,
    batch_size,
)


def scored_rows(extracts: Extracts) -> tuple[dict[str, Scored], np.ndarray]:
    """Returns the rows of every model, and the numbers of those rows in the batch, ascending.

    A row without a label for one of the models is left out for all.

    Raises:
        DataError: A label does not suit the model.
    """
    labels: dict[str, Floats] = {}
    for name, predictions in extracts[PREDICTIONS].items():
        labels[name] = class_numbers(extracts[LABELS][name], predictions)
    labelled = np.ones(batch_size(extracts), bool)
    for values in labels.values():
        labelled &= ~np.isnan(values)
    rows = np.flatnonzero(labelled)
    weights: Mapping[str, Floats] = extracts[EXAMPLE_WEIGHTS]
    return {
        name: Scored(
            labels=values[rows],
            scores=extracts[PREDICTIONS][name].scores[rows],
            weights=weights[name][rows] if name in weights else np.ones(len(rows)),
        )
        for name, values in labels.items()
    }, rows


def class_numbers(labels: np.ndarray, predictions: Predictions) -> Floats:
    """Returns the labels as numbers, NaN for none: of a text, its place among the model's classes.

    A label that is none of several classes is class -1, which no prediction can hit. A number is looked up where the
    classes are all named by whole numbers, and else is the place itself, or of a model of one score the target.

    Raises:
        DataError: The labels are text and the model names no classes, or only two of which the text is none.
    """
    classes = {name: float(index) for index, name in enumerate(predictions.classes)}
    if labels.dtype == object:
        if not classes and any(label is not None for label in labels):
            raise DataError(
                "the labels are text, but the model has no output 'classes' that names its classes; "
                "export it with one, or use a column of class numbers as label_key"
            )
        return np.array([_class_number(label, classes, predictions) for label in labels], np.float64)
    numbers = labels.astype(np.float64)
    if classes and all(name.removeprefix("-").isdecimal() for name in classes):
        by_number = {float(name): index for name, index in classes.items()}
        return np.array([x if np.isnan(x) else by_number.get(x, -1.0) for x in numbers.tolist()], np.float64)
    columns = predictions.scores.shape[1]
    unknown = ~np.isnan(numbers) & ~np.isin(numbers, np.arange(columns))
    return np.where(unknown, -1.0, numbers) if columns > 1 else numbers


def _class_number(label: str | None, classes: Mapping[str, float], predictions: Predictions) -> float:
    if label is None:
        return float("nan")
    number = classes.get(label, -1.0)
    if number < 0 and predictions.scores.shape[1] == 1:
        raise DataError(f"label {label!r} is neither of the model's two classes: {', '.join(classes)}")
    return number
