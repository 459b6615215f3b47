"""The report of statistics: an overview of each split with a row a feature, then the details of values."""

from argosy.data_validation.report.plain import plain_table
from argosy.data_validation.statistics.files import read_statistics, statistics_splits
from argosy.data_validation.statistics.spec import Bucket, DatasetStatistics, FeatureStatistics, Histogram
from argosy.page import Cell, Column, Content, Html, bar_chart, joined, number, page, paragraph, percent, section, tiles
from argosy.page import table as html_table

SHOWN_VALUES = 5
LONGEST_VALUE = 32
MANY_MISSING = 0.2
MANY_ZEROS = 0.5

NUMERIC_COLUMNS = (
    Column(label="Feature"),
    Column(label="Type"),
    Column(label="Distribution", help="Ten buckets of equal width between the smallest and the largest value"),
    Column(label="Missing", numeric=True, help="Share of rows that lack the feature"),
    Column(label="Mean", numeric=True),
    Column(label="Std. dev.", numeric=True, help="Of the population"),
    Column(label="Zeros", numeric=True, help="Share of values that are 0"),
    Column(label="Min", numeric=True),
    Column(label="Median", numeric=True),
    Column(label="Max", numeric=True),
)

STRING_COLUMNS = (
    Column(label="Feature"),
    Column(label="Type"),
    Column(label="Distribution", help="The most frequent values, by falling count"),
    Column(label="Missing", numeric=True, help="Share of rows that lack the feature"),
    Column(label="Unique", numeric=True, help="How many values differ"),
    Column(label="Mean length", numeric=True, help="In bytes"),
    Column(label="Most frequent values"),
)


def statistics_html(path: str) -> str:
    """Returns the page of a statistics artifact.

    Raises:
        ArtifactError: It is none, or damaged.
    """
    splits = {split: read_statistics(path, split) for split in statistics_splits(path)}
    cards = [_split_section(split, statistics) for split, statistics in splits.items()]
    rows = ", ".join(f"{split}: {number(statistics.num_examples)} rows" for split, statistics in splits.items())
    links = [(f"split-{split}", f"Split {split}") for split in splits]
    return page("Statistics", joined(*cards), subtitle=rows, links=links)


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


def missing_share(feature: FeatureStatistics) -> float:
    """Returns the share of rows that lack the feature; 0 when there is no row."""
    rows = feature.common.num_missing + feature.common.num_non_missing
    return feature.common.num_missing / rows if rows else 0.0


def distribution(feature: FeatureStatistics, *, width: int = 132) -> Html:
    """Returns the sparkline of a feature's values, with words for those who do not see it."""
    numeric, strings = feature.numeric, feature.strings
    standard = numeric.histogram("STANDARD") if numeric else None
    if standard is not None and standard.buckets:
        return bar_chart(
            [b.count for b in standard.buckets], label=_histogram_words(feature.name, standard), width=width
        )
    if strings is not None and strings.top_values:
        top = _short(strings.top_values[0].value)
        label = f"{feature.name}: {strings.unique} distinct values, the most frequent {top}"
        return bar_chart([top.frequency for top in strings.top_values], label=label, width=width, second=True)
    return Html('<span class="soft">no values</span>')


def _split_section(split: str, statistics: DatasetStatistics) -> Html:
    numeric = [feature for feature in statistics.features if feature.numeric is not None]
    strings = [feature for feature in statistics.features if feature.numeric is None]
    gaps = sum(1 for feature in statistics.features if feature.common.num_missing)
    figures: list[tuple[str, Content]] = [
        ("Rows", number(statistics.num_examples)),
        ("Features", number(len(statistics.features))),
        ("Numeric", number(len(numeric))),
        ("With missing values", number(gaps)),
    ]
    parts: list[Content] = [tiles(figures)]
    if numeric:
        caption = f"Numeric features of split {split}"
        parts.append(html_table(caption, NUMERIC_COLUMNS, [_numeric_row(feature) for feature in numeric]))
    if strings:
        caption = f"Categorical features of split {split}"
        parts.append(html_table(caption, STRING_COLUMNS, [_string_row(feature) for feature in strings]))
    if not statistics.features:
        parts.append(paragraph("This split has no features."))
    return section(f"split-{split}", f"Split {split}", *parts)


def _numeric_row(feature: FeatureStatistics) -> list[Cell | Content]:
    numeric = feature.numeric
    assert numeric is not None
    values = feature.common.tot_num_values - numeric.num_nan
    blank: Content = Html('<span class="soft">–</span>')
    name = f"{feature.name} ({number(numeric.num_nan)} NaN)" if numeric.num_nan else feature.name
    row: list[Cell | Content] = [name, feature.type, distribution(feature), _missing_cell(feature)]
    if not values:
        return [*row, blank, blank, blank, blank, blank, blank]
    zeros = numeric.num_zeros / values
    return [
        *row,
        number(numeric.mean),
        number(numeric.std_dev),
        Cell(content=percent(zeros), tone="warn" if zeros >= MANY_ZEROS else ""),
        number(numeric.min),
        number(numeric.median),
        number(numeric.max),
    ]


def _string_row(feature: FeatureStatistics) -> list[Cell | Content]:
    strings = feature.strings
    if strings is None or not feature.common.tot_num_values:
        blank: Content = Html('<span class="soft">–</span>')
        return [feature.name, feature.type, distribution(feature), _missing_cell(feature), blank, blank, blank]
    values = ", ".join(
        f"{_short(top.value)} ({percent(top.frequency / feature.common.tot_num_values)})"
        for top in strings.top_values[:SHOWN_VALUES]
    )
    return [
        feature.name,
        feature.type,
        distribution(feature),
        _missing_cell(feature),
        number(strings.unique),
        number(strings.avg_length),
        values,
    ]


def _missing_cell(feature: FeatureStatistics) -> Cell:
    share = missing_share(feature)
    return Cell(content=percent(share), tone="bad" if share >= MANY_MISSING else "warn" if share else "soft")


def _text_row(feature: FeatureStatistics) -> list[str]:
    numeric, strings = feature.numeric, feature.strings
    if numeric is not None and feature.common.tot_num_values > numeric.num_nan:
        values = f"{number(numeric.min)} .. {number(numeric.max)}, mean {number(numeric.mean)}"
        values += f", std. dev. {number(numeric.std_dev)}, {number(numeric.num_zeros)} zeros"
    elif strings is not None and strings.top_values:
        values = f"{number(strings.unique)} unique: "
        values += ", ".join(_short(top.value) for top in strings.top_values[:SHOWN_VALUES])
    else:
        values = "none"
    return [feature.name, feature.type, percent(missing_share(feature)), values]


def _histogram_words(name: str, histogram: Histogram) -> str:
    highest: Bucket = max(histogram.buckets, key=lambda bucket: bucket.count)
    ends = histogram.buckets[0].low, histogram.buckets[-1].high
    where = f"{number(highest.low)} and {number(highest.high)}"
    return f"{name}: values from {number(ends[0])} to {number(ends[1])}, most of them between {where}"


def _short(text: str) -> str:
    shown = text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
    return shown or '""'
