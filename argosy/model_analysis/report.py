"""An evaluation's report: as a page and as text."""

import json
import math
import re
from collections.abc import Iterable, Sequence

import numpy as np

from argosy.model_analysis.keys import OVERALL, MetricKey, metric_text, slice_text
from argosy.model_analysis.metrics.definition import Value
from argosy.model_analysis.parse_config import eval_config_json
from argosy.model_analysis.report_charts import chart, metered
from argosy.model_analysis.results import ERROR_METRIC, EvalResult, SliceResult, load_eval_result
from argosy.model_analysis.verdict import Reason, Verdict, verdict
from argosy.page import (
    Cell,
    Column,
    Content,
    Html,
    Tone,
    badge,
    joined,
    markup,
    notice,
    number,
    page,
    section,
    table,
    tiles,
)

MAX_SLICES = 500
"""Slices that the page shows; the files hold all."""
MAX_NUMBERS = 5
"""Numbers of a metric at several thresholds that are listed."""


def evaluation_html(path: str) -> str:
    """Returns the report of a ModelEvaluation directory as one self-contained HTML page.

    Raises:
        ArtifactError: A file of the evaluation is missing.
    """
    result = load_eval_result(path)
    sections = {
        "verdict": ("Verdict", _verdict_section(verdict(result))),
        "overall": ("Overall", _overall_section(result)),
        "classes": ("By class", _class_section(result)),
        "slices": ("By slice", _slice_section(result)),
        "plots": ("Plots", _plot_section(result)),
        "config": ("Configuration", _config_section(result)),
    }
    shown = {anchor: (title, body) for anchor, (title, body) in sections.items() if body is not None}
    return page(
        "Evaluation",
        joined(*(section(anchor, title, body) for anchor, (title, body) in shown.items())),
        subtitle=", ".join(result.model_locations.values()),
        links=[(anchor, title) for anchor, (title, _) in shown.items()],
    )


def evaluation_text(path: str) -> str:
    """Returns the report of a ModelEvaluation directory as plain text.

    Raises:
        ArtifactError: A file of the evaluation is missing.
    """
    result = load_eval_result(path)
    found = verdict(result)
    lines = ["blessed" if found.blessed else "NOT blessed"]
    lines += [f"  because {reason.message}" for reason in found.reasons]
    lines += [f"  note: {note}" for note in found.notes]
    lines.append(f"{result.rows['read']} rows read, {result.rows['evaluated']} evaluated")
    for part in result.slices:
        lines += ["", slice_text(part.slice_key)]
        numbers = dict(sorted((metric_text(key), _text(value)) for key, value in part.metrics.items()))
        width = max(map(len, numbers), default=0)
        lines += [f"  {name:<{width}}  {value}" for name, value in numbers.items() if value]
    return "\n".join(lines) + "\n"


def _verdict_section(found: Verdict) -> Html:
    tone: Tone = "good" if found.blessed else "bad"
    mark = badge("Blessed" if found.blessed else "Not blessed", tone)
    failed = [] if found.blessed else [reason for reason in found.reasons if reason.threshold]
    because = [reason.message for reason in found.reasons if reason not in failed]
    if failed:
        because.append(f"{len(failed)} of {len(failed) + len(found.met)} thresholds are not met")
    shown = [notice("Because " + "; ".join(because) + ".", tone), *(notice(note, "warn") for note in found.notes)]
    rows = [*(_threshold_row(reason, "not met", "bad") for reason in failed)]
    rows += [_threshold_row(reason, "met", "good") for reason in found.met]
    columns = [Column(label="metric"), Column(label="slice"), Column(label="outcome")]
    columns += [Column(label="value", numeric=True), Column(label="has to be")]
    listed = [table("Every threshold, held against every slice that it is for", columns, rows)] if rows else []
    return joined(Html(f"<p>{mark.text}</p>"), *shown, *listed)


def _threshold_row(reason: Reason, outcome: str, tone: Tone) -> list[Cell | Content]:
    """Returns the cells of a threshold; the value with as many digits as tell it from its bound."""
    value = "–" if reason.value is None else f"{reason.value:.6g}"
    note = "" if reason.value is not None or not reason.metric else f": {reason.message}"
    name = _breakable(reason.metric or "any metric")
    return [name, _breakable(reason.slice), badge(outcome + note, tone), value, reason.threshold]


def _breakable(name: str) -> Html:
    """Returns a name made of long words such that lines may break within it."""
    return Html(re.sub(r"([_:])", r"\1<wbr>", markup(name)))


def _overall_section(result: EvalResult) -> Html | None:
    overall = next((part for part in result.slices if part.slice_key == OVERALL), None)
    figures: list[tuple[str, Content]] = [("rows read", number(result.rows["read"]))]
    figures += [("rows evaluated", number(result.rows["evaluated"])), ("slices", number(len(result.slices)))]
    if overall is None:
        return tiles(figures)
    listed = [(key, value) for key, value in _listed([overall]) if key.class_id is None]
    columns = [Column(label="metric"), Column(label="value", numeric=True)]
    rows: list[Sequence[Cell | Content]] = [[_breakable(metric_text(key)), _text(value)] for key, value in listed]
    matrices = [chart(metric_text(key), value, _names(result, key)) for key, value in overall.metrics.items()]
    return joined(tiles(figures), table("All rows", columns, rows), *(drawn for drawn in matrices if drawn))


def _class_section(result: EvalResult) -> Html | None:
    """Returns one row for each class, one column for each metric of it."""
    overall = [part for part in result.slices if part.slice_key == OVERALL]
    listed = {key: value for key, value in _listed(overall) if key.class_id is not None}
    if not listed:
        return None
    kinds = list(dict.fromkeys(_without_class(key) for key in listed))
    ids = sorted({key.class_id for key in listed if key.class_id is not None})
    by_kind = {(_without_class(key), key.class_id): value for key, value in listed.items()}
    names = _names(result, kinds[0])
    rows = [
        [
            names[class_id] if class_id < len(names) else f"class {class_id}",
            *(_metered(by_kind.get((kind, class_id)), [by_kind.get((kind, i)) for i in ids]) for kind in kinds),
        ]
        for class_id in ids
    ]
    columns = [Column(label="class"), *(Column(label=metric_text(kind), numeric=True) for kind in kinds)]
    return table("Each class against the rest, all rows", columns, rows)


def _slice_section(result: EvalResult) -> Html | None:
    """Returns one row for each slice, one column for each metric that is of no single class."""
    if len(result.slices) < 2:
        return None
    shown = result.slices[:MAX_SLICES]
    keys = [key for key in dict.fromkeys(key for key, _ in _listed(shown)) if key.class_id is None]
    columns = [Column(label="slice"), *(Column(label=metric_text(key), numeric=True) for key in keys)]
    by_key = {key: [part.metrics.get(key) for part in shown] for key in keys}
    failed = {(failure.slice_key, failure.key) for failure in result.validation.failures}
    rows: list[list[Cell | Content]] = [
        [
            _breakable(slice_text(part.slice_key) + _error_note(part)),
            *(
                Cell(
                    content=_metered(part.metrics.get(key), by_key[key]),
                    tone="bad" if (part.slice_key, key) in failed else "",
                )
                for key in keys
            ),
        ]
        for part in shown
    ]
    hidden = len(result.slices) - len(shown)
    note = [notice(f"{hidden} more slices are in the evaluation's files")] if hidden else []
    return joined(table("Metrics by slice", columns, rows), *note)


def _plot_section(result: EvalResult) -> Html | None:
    overall = [part for part in result.slices if part.slice_key == OVERALL]
    drawn = []
    for part in overall:
        for key, value in part.plots.items():
            names = _names(result, key)
            known = key.class_id is not None and key.class_id < len(names)
            title = f"{names[key.class_id]}" if known and key.class_id is not None else metric_text(key)
            picture = chart(title, value, names)
            drawn += [Html(f"<h3>{markup(title)}</h3>"), picture] if picture else []
    return joined(*_grouped(drawn)) if drawn else None


def _grouped(drawn: list[Html]) -> list[Html]:
    """Leaves out a heading that is the same as the one before it, so that the plots of a class stand together."""
    heading, kept = "", []
    for part in sorted(zip(drawn[::2], drawn[1::2], strict=True), key=lambda pair: pair[0].text):
        kept += [part[1]] if part[0].text == heading else list(part)
        heading = part[0].text
    return kept


def _config_section(result: EvalResult) -> Html:
    text = json.dumps(eval_config_json(result.config), indent=2)
    return Html(f"<details><summary>EvalConfig</summary><pre>{markup(text)}</pre></details>")


def _listed(parts: Iterable[SliceResult]) -> list[tuple[MetricKey, Value]]:
    """Returns the metrics that fit into a table's cell."""
    return [
        (key, value)
        for part in parts
        for key, value in part.metrics.items()
        if isinstance(value, float) or (isinstance(value, np.ndarray) and value.size <= MAX_NUMBERS)
    ]


def _without_class(key: MetricKey) -> MetricKey:
    return MetricKey(name=key.name, model_name=key.model_name, weighted=key.weighted, is_diff=key.is_diff)


def _names(result: EvalResult, key: MetricKey) -> tuple[str, ...]:
    return result.classes.get(key.model_name, ())


def _metered(value: Value | None, beside: Sequence[Value | None]) -> Content:
    """Returns the number with a bar from 0 to the greatest beside it, or to 1."""
    if not isinstance(value, float):
        return "–" if value is None else _text(value)
    finite = [other for other in beside if isinstance(other, float) and math.isfinite(other)]
    return metered(value, (min(0.0, *finite, 0.0), max(1.0, *finite, 1.0)))


def _error_note(part: SliceResult) -> str:
    texts = [value for key, value in part.metrics.items() if key.name == ERROR_METRIC]
    return f" ({texts[0]})" if texts else ""


def _text(value: Value) -> str:
    if isinstance(value, float):
        return number(value)
    if isinstance(value, np.ndarray):
        return ", ".join(number(float(part)) for part in value.ravel()[:MAX_NUMBERS])
    return value if isinstance(value, str) else ""
