"""The report of anomalies: per split, what is wrong and what to do."""

from argosy.data_validation.report.plain import plain_table
from argosy.data_validation.validation.files import anomalies_splits, read_anomalies
from argosy.data_validation.validation.spec import Anomalies, Anomaly
from argosy.page import Column, Content, Html, Tone, badge, joined, markup, notice, page, section
from argosy.page import table as html_table

COLUMNS = (
    Column(label="Feature"),
    Column(label="Severity"),
    Column(label="What", help="The kind of anomaly"),
    Column(label="Found, and what to do"),
)

TONES: dict[str, Tone] = {"ERROR": "bad", "WARNING": "warn"}


def anomalies_html(path: str) -> str:
    """Returns the page of an anomalies artifact.

    Raises:
        ArtifactError: It is none, or damaged.
    """
    splits = {split: read_anomalies(path, split) for split in anomalies_splits(path)}
    clean = sum(anomalies.is_clean for anomalies in splits.values())
    verdict = "All splits fit the schema" if clean == len(splits) else f"{clean} of {len(splits)} splits fit the schema"
    links = [(f"split-{split}", f"Split {split}") for split in splits]
    cards = [_split_section(split, anomalies) for split, anomalies in splits.items()]
    return page("Anomalies", joined(*cards), subtitle=verdict, links=links)


def anomalies_text(path: str) -> str:
    """Returns an anomalies artifact as text.

    Raises:
        ArtifactError: It is none, or damaged.
    """
    lines = []
    for split in anomalies_splits(path):
        anomalies = read_anomalies(path, split)
        lines.append(f"split {split}: {_verdict(anomalies)}\n")
        if anomalies.features:
            rows = [[a.name, a.severity.lower(), r.type, r.description] for a in anomalies.features for r in a.reasons]
            lines += [plain_table(["feature", "severity", "type", "what and what to do"], rows), ""]
    return "\n".join(lines)


def _split_section(split: str, anomalies: Anomalies) -> Html:
    tone: Tone = "good" if anomalies.is_clean else "bad" if anomalies.data_missing or _errors(anomalies) else "warn"
    parts = [notice(_verdict(anomalies), tone)]
    if anomalies.features:
        rows = [_row(anomaly) for anomaly in anomalies.features]
        parts.append(html_table(f"Anomalies of split {split}", COLUMNS, rows))
    return section(f"split-{split}", f"Split {split}", *parts)


def _row(anomaly: Anomaly) -> list[Content]:
    severity = badge(anomaly.severity.lower(), TONES.get(anomaly.severity, ""))
    kinds = Html("<br>".join(f"<code>{markup(reason.type)}</code>" for reason in anomaly.reasons))
    texts = Html("<br>".join(markup(reason.description) for reason in anomaly.reasons))
    return [anomaly.name, severity, kinds, texts]


def _verdict(anomalies: Anomalies) -> str:
    if anomalies.data_missing:
        return "There are no rows; nothing was checked."
    count = len(anomalies.features)
    if not count:
        return f"No anomalies: the data fits all {len(anomalies.baseline.features)} features of the schema."
    return f"{count} feature{'s do' if count > 1 else ' does'} not fit the schema."


def _errors(anomalies: Anomalies) -> tuple[Anomaly, ...]:
    return anomalies.at_least("ERROR")
