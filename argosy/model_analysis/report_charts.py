"""The pictures of an evaluation's report: bars in tables, curves, confusion matrices."""

import html
import math

import numpy as np

from argosy.accumulate.confusion import ConfusionResult
from argosy.model_analysis.metrics.definition import CalibrationCurve, ClassConfusion, Value
from argosy.page import Cell, Column, Content, Html, Tone, joined, line_chart, number, percent, table

_WIDTH, _HEIGHT = 64, 4
_CURVE_POINTS = 200
_CALIBRATION_POINTS = 10


def metered(value: float, limits: tuple[float, float]) -> Html:
    """Returns the number above a bar of its place between the limits; the bar says nothing that the number does not."""
    share = (value - limits[0]) / ((limits[1] - limits[0]) or 1.0)
    length = min(max(share, 0.0), 1.0) * _WIDTH if math.isfinite(share) else 0.0
    return Html(
        f'{number(value)}<svg class="chart" aria-hidden="true" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" style="margin:.15rem 0 .1rem auto">'
        f'<path class="axis" d="M0 {_HEIGHT / 2}H{_WIDTH}"/>'
        f'<rect class="bar" width="{length:.1f}" height="{_HEIGHT}" rx="1.5"/></svg>'
    )


def chart(name: str, value: Value, classes: tuple[str, ...]) -> Html | None:
    """Returns the picture of a metric's or plot's value; None for one that is a number or text."""
    if isinstance(value, ClassConfusion):
        return joined(*(_matrix(name, value, index, classes) for index in range(len(value.thresholds))))
    if isinstance(value, CalibrationCurve):
        return _calibration(name, value)
    if isinstance(value, ConfusionResult):
        return _roc(name, value) if len(value.thresholds) > 10 else _counts(name, value)
    return None


def _matrix(name: str, value: ClassConfusion, index: int, classes: tuple[str, ...]) -> Html:
    pairs = value.pairs[index]
    size = int(max(len(classes), pairs.actual.max(initial=-1) + 1, pairs.predicted.max(initial=-1) + 1))
    labels = [classes[i] if i < len(classes) else f"class {i}" for i in range(size)]
    counts = pairs.matrix(size)
    totals = counts.sum(axis=1)
    rows: list[list[Cell | Content]] = [
        [
            labels[row],
            *(_share(counts[row, column], totals[row], right=row == column) for column in range(size)),
            percent(counts[row, row] / totals[row]) if totals[row] else "",
        ]
        for row in range(size)
    ]
    caption = f"{name}: rows are labels, columns the class with the highest score"
    if value.thresholds[index] > 0:
        caption += f", for rows with a score of at least {value.thresholds[index]:g}"
    columns = [Column(label="label"), *(Column(label=label, numeric=True) for label in labels)]
    return table(caption, [*columns, Column(label="right", numeric=True)], rows)


def _share(count: float, total: float, *, right: bool) -> Cell:
    tone: Tone = "good" if right else "bad"
    return Cell(content=metered(count, (0.0, total)), tone=tone if count else "soft")


def _counts(name: str, value: ConfusionResult) -> Html:
    columns = ["threshold", "true positives", "false positives", "true negatives", "false negatives"]
    four = (value.true_positives, value.false_positives, value.true_negatives, value.false_negatives)
    rows = [[number(float(cell)) for cell in row] for row in zip(value.thresholds, *four, strict=True)]
    return table(name, [Column(label=label, numeric=index > 0) for index, label in enumerate(columns)], rows)


def _roc(name: str, value: ConfusionResult) -> Html:
    positives = value.true_positives[0] + value.false_negatives[0]
    negatives = value.false_positives[0] + value.true_negatives[0]
    if not positives or not negatives:
        return Html(f"<p>{html.escape(name)}: no ROC curve, as all rows have the same label</p>")
    points = np.stack([value.false_positives / negatives, value.true_positives / positives], axis=1)
    points = np.unique(points, axis=0)
    step = max(len(points) // _CURVE_POINTS, 1)
    shown = [(float(x), float(y)) for x, y in [*points[::step], points[-1]]]
    return _figure("ROC: recall by false positive rate", line_chart(shown, label=f"ROC curve of {name}"))


def _calibration(name: str, value: CalibrationCurve) -> Html:
    """Returns mean label by mean prediction, of so many buckets together that each point has a tenth of the rows."""
    total = value.weights.sum()
    points, sums = [], np.zeros(3)
    for part in np.stack([value.weights, value.labels, value.predictions], axis=1):
        sums = sums + part
        if sums[0] >= total / _CALIBRATION_POINTS and sums[0]:
            points.append((sums[2] / sums[0], sums[1] / sums[0]))
            sums = np.zeros(3)
    if sums[0]:
        points.append((sums[2] / sums[0], sums[1] / sums[0]))
    if not points:
        return Html("")
    top = max(1.0, *(float(c) for point in points for c in point))
    limits = (min(0.0, *(float(c) for point in points for c in point)), top)
    drawn = line_chart(points, label=f"Calibration of {name}", x_range=limits, y_range=limits)
    return _figure("Calibration: mean label by mean prediction", drawn)


def _figure(caption: str, drawn: Html) -> Html:
    return Html(
        f'<figure style="display:inline-block;margin:0 1.5rem 1rem 0">{drawn.text}'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )
