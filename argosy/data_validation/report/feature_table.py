"""The table of features: a row each, in it a line for each dataset, so that two splits or spans stand side by side."""

from collections.abc import Callable, Mapping, Sequence

from argosy.data_validation.report.charts import distributions, short
from argosy.data_validation.report.details import feature_details
from argosy.data_validation.statistics.spec import FeatureStatistics, NumericStatistics
from argosy.data_validation.validation.spec import Anomaly
from argosy.page import Cell, Column, Content, Html, Row, Tone, badge, joined, markup, number, percent

SHOWN_VALUES = 5
MANY_MISSING = 0.2
MANY_ZEROS = 0.5
LARGE_DISTANCE = 0.1
BLANK: Content = Html('<span class="soft">–</span>')

FILTERS = (
    ("anomaly", "Anomalies"),
    ("missing", "Missing values"),
    ("zeros", "Many zeros"),
    ("different", "Different between datasets"),
)

COMMON_COLUMNS = (
    Column(label="Feature"),
    Column(label="Type"),
    Column(label="Distribution", help="Numbers: from the smallest to the largest. Strings: the most frequent values"),
    Column(label="Missing", numeric=True, help="Share of rows that lack the feature"),
)
NUMERIC_COLUMNS = (
    Column(label="Mean", numeric=True),
    Column(label="Std. dev.", numeric=True, help="Of the population"),
    Column(label="Zeros", numeric=True, help="Share of values that are 0"),
    Column(label="Min", numeric=True),
    Column(label="Median", numeric=True),
    Column(label="Max", numeric=True),
)
OTHER_COLUMNS = (
    Column(label="Unique", numeric=True, help="How many values differ"),
    Column(label="Mean length", numeric=True, help="In bytes"),
    Column(label="Most frequent values"),
)
DISTANCE = Column(
    label="Difference",
    numeric=True,
    help="From 0 (alike) to 1: Jensen-Shannon divergence of numbers, L-infinity distance of strings",
)

Values = Mapping[str, FeatureStatistics | None]
"""One feature by dataset; None where the dataset lacks it."""


def columns(*, numeric: bool, several: bool) -> list[Column]:
    """Returns the headings of the numeric features' table, or of the others'."""
    first, *rest = COMMON_COLUMNS
    names = [Column(label="Of")] if several else []
    own = NUMERIC_COLUMNS if numeric else OTHER_COLUMNS
    return [first, *names, *rest, *own, *([DISTANCE] if several else [])]


def feature_row(
    name: str,
    values: Values,
    *,
    numeric: bool,
    distance: float | None,
    anomalies: Mapping[str, Anomaly],
    demands: str,
) -> Row:
    """Returns the row of one feature.

    Args:
        name: Of the feature.
        values: Its statistics.
        numeric: Which of the two tables it is for.
        distance: Between the first two datasets; None: it was not measured.
        anomalies: What is wrong with it, by dataset.
        demands: What the schema says of it.
    """
    present = [feature for feature in values.values() if feature is not None]
    several = len(values) > 1
    cells: list[Cell | Content] = [Cell(content=_heading(name, present, anomalies), order=name)]
    if several:
        cells.append(_stack([markup(dataset) for dataset in values], named=True))
    cells.append(Cell(content="/".join(dict.fromkeys(f.type for f in present)), order=present[0].type))
    cells.append(_stack([markup(picture) for picture in distributions(list(values.values()))]))
    cells.append(_figures(values, missing_share, percent, _missing_tone, order=max))
    cells += _numeric_cells(values) if numeric else _other_cells(values)
    if several:
        cells.append(_distance_cell(distance))
    return Row(cells=cells, tags=_tags(present, distance, anomalies), more=feature_details(values, anomalies, demands))


def missing_share(feature: FeatureStatistics) -> float:
    """Returns the share of rows that lack the feature; 0 when there is no row."""
    rows = feature.common.num_missing + feature.common.num_non_missing
    return feature.common.num_missing / rows if rows else 0.0


def _heading(name: str, present: Sequence[FeatureStatistics], anomalies: Mapping[str, Anomaly]) -> Html:
    nan = max((feature.numeric.num_nan for feature in present if feature.numeric), default=0)
    parts: list[Content] = [f"{name} ({number(nan)} NaN)" if nan else name]
    if anomalies:
        worst = "error" if any(anomaly.severity == "ERROR" for anomaly in anomalies.values()) else "warning"
        parts.append(badge(worst, "bad" if worst == "error" else "warn"))
    return joined(*parts)


def _numeric_cells(values: Values) -> list[Cell | Content]:
    def of(read: Callable[[NumericStatistics], float]) -> Callable[[FeatureStatistics], float | None]:
        return lambda feature: read(feature.numeric) if feature.numeric and _numbers(feature) else None

    return [
        _figures(values, of(lambda numeric: numeric.mean), number),
        _figures(values, of(lambda numeric: numeric.std_dev), number),
        _figures(values, _zeros, percent, lambda share: "warn" if share >= MANY_ZEROS else "", order=max),
        _figures(values, of(lambda numeric: numeric.min), number),
        _figures(values, of(lambda numeric: numeric.median), number),
        _figures(values, of(lambda numeric: numeric.max), number),
    ]


def _other_cells(values: Values) -> list[Cell | Content]:
    return [
        _figures(values, lambda feature: feature.strings.unique if feature.strings else None, number),
        _figures(values, lambda feature: feature.strings.avg_length if feature.strings else None, number),
        _stack([_top_values(feature) for feature in values.values()]),
    ]


def _top_values(feature: FeatureStatistics | None) -> str:
    if feature is None or feature.strings is None:
        return markup(BLANK)
    total = feature.common.tot_num_values or 1
    return markup(
        ", ".join(
            f"{short(top.value)} ({percent(top.frequency / total)})"
            for top in feature.strings.top_values[:SHOWN_VALUES]
        )
    )


def _figures(
    values: Values,
    read: Callable[[FeatureStatistics], float | None],
    text: Callable[[float], str],
    tone: Callable[[float], Tone] = lambda _: "",
    *,
    order: Callable[[list[float]], float] = lambda found: found[0],
) -> Cell:
    """Returns a cell with a figure a dataset, sorted by the first one or as `order` says."""
    figures = [None if feature is None else read(feature) for feature in values.values()]
    found = [figure for figure in figures if figure is not None and figure == figure]
    lines = [
        markup(BLANK) if figure is None else f'<span class="{tone(figure)}">{markup(text(figure))}</span>'
        for figure in figures
    ]
    return Cell(content=_stack(lines), order=order(found) if found else None)


def _stack(lines: Sequence[str], *, named: bool = False) -> Html:
    if len(lines) == 1:
        return Html(lines[0])
    shown = (f'<div class="line{f" of-{index}" if named else ""}">{line}</div>' for index, line in enumerate(lines))
    return Html("".join(shown))


def _distance_cell(distance: float | None) -> Cell:
    if distance is None:
        return Cell(content=BLANK)
    return Cell(content=f"{distance:.3f}", tone="warn" if distance >= LARGE_DISTANCE else "", order=distance)


def _tags(present: Sequence[FeatureStatistics], distance: float | None, anomalies: Mapping[str, Anomaly]) -> list[str]:
    found = {
        "anomaly": bool(anomalies),
        "missing": any(feature.common.num_missing for feature in present),
        "zeros": any((_zeros(feature) or 0.0) >= MANY_ZEROS for feature in present),
        "different": (distance or 0.0) >= LARGE_DISTANCE,
    }
    return [tag for tag, holds in found.items() if holds]


def _numbers(feature: FeatureStatistics) -> int:
    return feature.common.tot_num_values - feature.numeric.num_nan if feature.numeric else 0


def _zeros(feature: FeatureStatistics) -> float | None:
    numbers = _numbers(feature)
    return feature.numeric.num_zeros / numbers if feature.numeric and numbers else None


def _missing_tone(share: float) -> Tone:
    return "bad" if share >= MANY_MISSING else "warn" if share else "soft"
