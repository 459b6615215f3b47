"""The report of anomalies: per split, what is wrong and what to do, beside what the features look like."""

from collections.abc import Mapping, Sequence

from argosy.data_validation.report.details import SEVERITY_TONES
from argosy.data_validation.report.plain import plain_table
from argosy.data_validation.report.statistics import statistics_page
from argosy.data_validation.rows.report import RowReport, WrongRows, read_row_report
from argosy.data_validation.statistics.spec import DatasetStatistics
from argosy.data_validation.validation.files import anomalies_splits, read_anomalies
from argosy.data_validation.validation.spec import Anomalies, Anomaly, Measurement
from argosy.page import Cell, Column, Content, Html, Tone, badge, joined, markup, notice, number, page, section
from argosy.page import table as html_table
from argosy.schema import Schema

COLUMNS = (
    Column(label="Feature"),
    Column(label="Severity"),
    Column(label="What", help="The kind of anomaly"),
    Column(label="Found, and what to do"),
)

MEASURED_COLUMNS = (
    Column(label="Feature"),
    Column(label="Against"),
    Column(label="Distance"),
    Column(label="Value", numeric=True),
    Column(label="Threshold", numeric=True, help="What it may be at most"),
)

ROW_COLUMNS = (
    Column(label="Feature"),
    Column(label="What", help="The kind of anomaly"),
    Column(label="Rows", numeric=True),
    Column(label="Demand"),
    Column(label="A sample of them", help="File, number of the row in it from 0, and what it holds"),
)

DISTANCES = {
    "L_INFTY": "L-infinity",
    "JENSEN_SHANNON_DIVERGENCE": "Jensen-Shannon divergence",
    "NORMALIZED_ABSOLUTE_DIFFERENCE": "normalized absolute difference",
}

FIND = "Find a feature or anomaly (press /)"


def anomalies_html(path: str) -> str:
    """Returns the page of an anomalies artifact.

    Raises:
        ArtifactError: It is none, or damaged.
    """
    splits = anomalies_splits(path)
    rows = {split: told for split in splits if (told := read_row_report(path, split)) is not None}
    return anomalies_page({split: read_anomalies(path, split) for split in splits}, rows=rows)


def anomalies_page(
    anomalies: Mapping[str, Anomalies],
    *,
    statistics: Mapping[str, DatasetStatistics] | None = None,
    schema: Schema | None = None,
    rows: Mapping[str, RowReport] | None = None,
) -> str:
    """Returns the page of what is wrong, by dataset, with the rows that are, where they were judged one by one.

    Below it come the statistics that were judged, where given.
    """
    sections = [
        (f"split-{split}", f"Split {split}", joined(_split_section(split, found), *_wrong_rows(split, rows or {})))
        for split, found in anomalies.items()
    ]
    if statistics:
        return statistics_page(
            statistics,
            schema=schema,
            anomalies=anomalies,
            title="Anomalies",
            subtitle=_summary(anomalies),
            lead=sections,
        )
    return page(
        "Anomalies",
        joined(*(section(anchor, heading, content) for anchor, heading, content in sections)),
        subtitle=_summary(anomalies),
        links=[(anchor, heading) for anchor, heading, _ in sections],
        script=True,
    )


def anomalies_text(path: str) -> str:
    """Returns an anomalies artifact as text.

    Raises:
        ArtifactError: It is none, or damaged.
    """
    lines = []
    for split in anomalies_splits(path):
        anomalies = read_anomalies(path, split)
        lines.append(f"split {split}: {_verdict(anomalies)}\n")
        if anomalies.all:
            rows = [[a.name, a.severity.lower(), r.type, r.description] for a in anomalies.all for r in a.reasons]
            lines += [plain_table(["feature", "severity", "type", "what and what to do"], rows), ""]
        if measured := _measured(anomalies):
            lines += [plain_table([c.label.lower() for c in MEASURED_COLUMNS], [list(row) for row, _ in measured]), ""]
    return "\n".join(lines)


def _summary(splits: Mapping[str, Anomalies]) -> str:
    clean = sum(anomalies.is_clean for anomalies in splits.values())
    return "All splits fit the schema" if clean == len(splits) else f"{clean} of {len(splits)} splits fit the schema"


def _split_section(split: str, anomalies: Anomalies) -> Html:
    tone: Tone = "good" if anomalies.is_clean else "bad" if anomalies.data_missing or _errors(anomalies) else "warn"
    parts = [notice(_verdict(anomalies), tone)]
    if anomalies.all:
        rows = [_row(anomaly) for anomaly in anomalies.all]
        parts.append(html_table(f"Anomalies of split {split}", COLUMNS, rows, find=FIND))
    if measured := _measured(anomalies):
        caption = f"Distances measured for split {split}"
        cells = [_measured_row(row, above) for row, above in measured]
        parts.append(html_table(caption, MEASURED_COLUMNS, cells))
    return joined(*parts)


def _wrong_rows(split: str, reports: Mapping[str, RowReport]) -> list[Html]:
    if split not in reports:
        return []
    told = reports[split]
    if not told.reasons:
        return [notice(f"Each of the {number(told.num_rows)} rows fits the schema by itself.", "good")]
    verdict = notice(f"{number(told.num_wrong)} of {number(told.num_rows)} rows do not fit the schema.", "warn")
    cells: list[list[Cell | Content]] = [
        [wrong.feature, Html(f"<code>{markup(wrong.type)}</code>"), number(wrong.count), wrong.demand, _samples(wrong)]
        for wrong in told.reasons
    ]
    return [verdict, html_table(f"Wrong rows of split {split}", ROW_COLUMNS, cells)]


def _samples(wrong: WrongRows) -> Html:
    places = (
        f"{markup(f'{sample.file}, ' if sample.file else '')}row {sample.row}: {markup(sample.value)}"
        for sample in wrong.samples
    )
    return Html("<br>".join(places))


def _row(anomaly: Anomaly) -> list[Cell | Content]:
    severity = badge(anomaly.severity.lower(), SEVERITY_TONES.get(anomaly.severity, ""))
    kinds = Html("<br>".join(f"<code>{markup(reason.type)}</code>" for reason in anomaly.reasons))
    texts = Html("<br>".join(markup(reason.description) for reason in anomaly.reasons))
    return [
        Cell(content=anomaly.name, order=anomaly.name),
        Cell(content=severity, order=anomaly.severity),
        kinds,
        texts,
    ]


def _measured_row(row: Sequence[str], above: bool) -> list[Cell | Content]:
    name, against, kind, value, threshold = row
    return [name, against, kind, Cell(content=value, tone="bad" if above else ""), threshold]


def _measured(anomalies: Anomalies) -> list[tuple[tuple[str, str, str, str, str], bool]]:
    """Returns the cells of each measured distance, and whether it is above its threshold; the largest first."""
    found: list[tuple[str, str, Measurement]] = [
        (feature.name, against, measurement)
        for feature in anomalies.drift_skew
        for against, measurements in (("previous", feature.drift), ("serving", feature.skew))
        for measurement in measurements
    ]
    return [
        (
            (name, against, DISTANCES[m.type], f"{m.value:.4f}", f"{m.threshold:g}"),
            m.value > m.threshold,
        )
        for name, against, m in sorted(found, key=lambda entry: -entry[2].value)
    ]


def _verdict(anomalies: Anomalies) -> str:
    if anomalies.data_missing:
        return "There are no rows; nothing was checked."
    whole = "" if anomalies.dataset is None else " The dataset as a whole does not fit."
    count = len(anomalies.features)
    if count:
        return f"{count} feature{'s do' if count > 1 else ' does'} not fit the schema.{whole}"
    return (
        whole.strip() or f"No anomalies: the data fits all {len(anomalies.baseline.features)} features of the schema."
    )


def _errors(anomalies: Anomalies) -> tuple[Anomaly, ...]:
    return anomalies.at_least("ERROR")
