"""The report of statistics: each feature of each split, side by side, with what the schema and its checks say of it."""

from collections.abc import Mapping, Sequence

from argosy.data_validation.report.charts import short
from argosy.data_validation.report.differences import distance_of, ranking
from argosy.data_validation.report.feature_table import FILTERS, SHOWN_VALUES, columns, feature_row, missing_share
from argosy.data_validation.report.plain import plain_table
from argosy.data_validation.statistics.files import read_statistics, statistics_splits
from argosy.data_validation.statistics.spec import DatasetStatistics, FeatureStatistics
from argosy.data_validation.validation.spec import Anomalies, Anomaly
from argosy.page import Column, Content, Html, Row, joined, markup, number, page, paragraph, percent, section, tiles
from argosy.page import table as html_table
from argosy.schema import Schema
from argosy.schema.words import demands

FIND = "Find a feature or value (press /)"
OVERVIEW = ("Rows", "Features", "Numeric", "With missing values")


def statistics_html(path: str, *, against: str = "") -> str:
    """Returns the page of a statistics artifact; with `against`, another one, of the splits of both.

    Raises:
        ArtifactError: It is none, or damaged.
    """
    datasets = {split: read_statistics(path, split) for split in statistics_splits(path)}
    if not against:
        return statistics_page(datasets)
    others = {split: read_statistics(against, split) for split in statistics_splits(against)}
    paired: dict[str, DatasetStatistics] = {}
    for split in dict.fromkeys([*datasets, *others]):
        paired |= {split: datasets[split]} if split in datasets else {}
        paired |= {f"{split}, other": others[split]} if split in others else {}
    return statistics_page(paired)


def statistics_page(
    datasets: Mapping[str, DatasetStatistics],
    *,
    schema: Schema | None = None,
    anomalies: Mapping[str, Anomalies] | None = None,
    title: str = "Statistics",
    subtitle: str = "",
    lead: Sequence[tuple[str, str, Html]] = (),
) -> str:
    """Returns the page of datasets by name, side by side.

    Args:
        datasets: The first is what the others are compared with.
        schema: What the rows should look like; told beside each feature.
        anomalies: What is wrong, by dataset; told beside each feature.
        title: The page's.
        subtitle: The line below it; empty: how many rows there are.
        lead: Sections (id, title, content) that come first.
    """
    sections = [*lead, ("overview", "Overview", _overview(datasets))]
    sections += _tables(datasets, schema, anomalies or {})
    sections += [part for name, found in datasets.items() if (part := _slices(name, found))]
    rows = ", ".join(f"{name}: {number(found.num_examples)} rows" for name, found in datasets.items())
    return page(
        title,
        joined(*(section(anchor, heading, content) for anchor, heading, content in sections)),
        subtitle=subtitle or rows,
        links=[(anchor, heading) for anchor, heading, _ in sections],
        script=True,
    )


def statistics_text(path: str) -> str:
    """Returns a statistics artifact as text.

    Raises:
        ArtifactError: It is none, or damaged.
    """
    parts = []
    for split in statistics_splits(path):
        statistics = read_statistics(path, split)
        parts.append(f"split {split}: {number(statistics.num_examples)} rows, {len(statistics.features)} features\n")
        parts.append(
            plain_table(
                ["feature", "type", "missing", "values"],
                [_text_row(feature) for feature in statistics.features],
                numeric=[2],
            )
        )
        parts.append("")
    return "\n".join(parts)


def _overview(datasets: Mapping[str, DatasetStatistics]) -> Html:
    if len(datasets) == 1:
        return tiles([(label, figure) for found in datasets.values() for label, figure in _figures(found).items()])
    headings = [Column(label="Of"), *(Column(label=label, numeric=True) for label in OVERVIEW)]
    rows: list[list[Content]] = [
        [Html(f'<span class="of-{index}">{markup(name)}</span>'), *_figures(found).values()]
        for index, (name, found) in enumerate(datasets.items())
    ]
    return joined(html_table("Rows and features", headings, rows), _most_different(datasets))


def _figures(found: DatasetStatistics) -> dict[str, str]:
    features = found.features
    numeric = sum(feature.numeric is not None for feature in features)
    gaps = sum(feature.common.num_missing > 0 for feature in features)
    counts = (found.num_examples, len(features), numeric, gaps)
    return dict(zip(OVERVIEW, map(number, counts), strict=True))


def _most_different(datasets: Mapping[str, DatasetStatistics]) -> Html:
    """Returns in words in which features the first two datasets differ most."""
    (name, base), (other_name, other) = list(datasets.items())[:2]
    found = ranking(base, other)[:SHOWN_VALUES]
    if not found:
        return paragraph(f"No feature that {name} and {other_name} share differs between them.")
    shown = ", ".join(f"{feature} ({distance:.3f})" for feature, distance in found)
    return paragraph(f"Between {name} and {other_name} these features differ most: {shown}.")


def _tables(
    datasets: Mapping[str, DatasetStatistics], schema: Schema | None, anomalies: Mapping[str, Anomalies]
) -> list[tuple[str, str, Html]]:
    by_dataset = {name: {f.name: f for f in found.features} for name, found in datasets.items()}
    names = list(dict.fromkeys(name for features in by_dataset.values() for name in features))
    wrong = {name: {a.name: a for a in found.features} for name, found in anomalies.items()}
    told = demands(schema) if schema else {}
    rows: dict[bool, list[Row]] = {True: [], False: []}
    for name in names:
        values = {dataset: features.get(name) for dataset, features in by_dataset.items()}
        numeric = any(feature is not None and feature.numeric is not None for feature in values.values())
        found: dict[str, Anomaly] = {dataset: of[name] for dataset, of in wrong.items() if name in of}
        rows[numeric].append(
            feature_row(
                name,
                values,
                numeric=numeric,
                distance=distance_of(*list(values.values())[:2]) if len(values) > 1 else None,
                anomalies=found,
                demands=told.get(name, ""),
            )
        )
    titles = {True: ("numeric", "Numeric features"), False: ("categorical", "Categorical and other features")}
    several = len(datasets) > 1
    sections = []
    for kind, (anchor, title) in titles.items():
        if rows[kind]:
            caption = f"{title} of {', '.join(datasets)}: {number(len(rows[kind]))}"
            headings = columns(numeric=kind, several=several)
            sections.append((anchor, title, html_table(caption, headings, rows[kind], find=FIND, filters=FILTERS)))
    return sections or [("features", "Features", paragraph("There are no features."))]


def _slices(name: str, found: DatasetStatistics) -> tuple[str, str, Html] | None:
    if not found.slices:
        return None
    headings = (
        Column(label="Slice"),
        Column(label="Rows", numeric=True),
        Column(label="Share", numeric=True),
        Column(label="Differs most from all rows in"),
    )
    rows = []
    for part in found.slices:
        different = ", ".join(f"{feature} ({distance:.3f})" for feature, distance in ranking(found, part)[:3])
        share = part.num_examples / found.num_examples if found.num_examples else 0.0
        rows.append([part.name, number(part.num_examples), percent(share), different])
    return f"slices-{name}", f"Slices of {name}", html_table(f"Slices of {name}", headings, rows)


def _text_row(feature: FeatureStatistics) -> list[str]:
    numeric, strings = feature.numeric, feature.strings
    if numeric is not None and feature.common.tot_num_values > numeric.num_nan:
        values = f"{number(numeric.min)} .. {number(numeric.max)}, mean {number(numeric.mean)}"
        values += f", std. dev. {number(numeric.std_dev)}, {number(numeric.num_zeros)} zeros"
    elif strings is not None and strings.top_values:
        values = f"{number(strings.unique)} unique: "
        values += ", ".join(short(top.value) for top in strings.top_values[:SHOWN_VALUES])
    else:
        values = "none"
    return [feature.name, feature.type, percent(missing_share(feature)), values]
