"""What a page tells of one feature when it is opened: everything that is known and has no column of its own."""

from collections.abc import Mapping, Sequence

from argosy.data_validation.report.charts import short
from argosy.data_validation.statistics.spec import CustomStatistic, FeatureStatistics, Histogram
from argosy.data_validation.statistics.tokens.spec import NaturalLanguageStatistics
from argosy.data_validation.validation.spec import Anomaly
from argosy.page import Content, Html, Tone, badge, joined, markup, number, percent

LONGEST_SEQUENCE = 100
"""Characters of a sequence of tokens that are shown."""
SEVERITY_TONES: Mapping[str, Tone] = {"ERROR": "bad", "WARNING": "warn"}


def feature_details(
    features: Mapping[str, FeatureStatistics | None], anomalies: Mapping[str, Anomaly], demands: str
) -> Html:
    """Returns the details of one feature, by dataset; `demands` is what the schema says of it, or empty."""
    notes: list[Content] = [
        Html(f"<p>{badge(split).text} {reasons(anomaly).text}</p>") for split, anomaly in anomalies.items()
    ]
    if demands:
        notes.append(Html(f"<p>{badge('schema').text} {markup(demands)}</p>"))
    there = [(index, name, feature) for index, (name, feature) in enumerate(features.items()) if feature is not None]
    cards = [
        f'<div><h4 class="of-{index}">{markup(name)}</h4><div class="picture" data-of="{place}"></div>'
        f"{_facts(feature).text}</div>"
        for place, (index, name, feature) in enumerate(there)
    ]
    return joined(*notes, Html(f'<div class="cards">{"".join(cards)}</div>'))


def reasons(anomaly: Anomaly) -> Html:
    """Returns what is wrong with a feature, with its severity, kind by kind."""
    severity = badge(anomaly.severity.lower(), SEVERITY_TONES.get(anomaly.severity, "")).text
    texts = (f"<code>{markup(reason.type)}</code> {markup(reason.description)}" for reason in anomaly.reasons)
    return Html(f"{severity} " + "<br>".join(texts))


def _facts(feature: FeatureStatistics) -> Html:
    common, numeric, strings = feature.common, feature.numeric, feature.strings
    facts: list[tuple[str, str]] = [
        ("Rows with it", f"{number(common.num_non_missing)}, without {number(common.num_missing)}"),
        ("Values per row", _range(common.min_num_values, common.max_num_values, common.avg_num_values)),
    ]
    if numeric is not None:
        facts.append(("NaN", number(numeric.num_nan)))
        facts += [("Quantiles", _quantiles(histogram))] if (histogram := numeric.histogram("QUANTILES")) else []
        if weighted := numeric.weighted_numeric_stats:
            facts.append(("Weighted", f"mean {number(weighted.mean)}, median {number(weighted.median)}"))
    if strings is not None and strings.invalid_utf8_count:
        facts.append(("Not UTF-8", number(strings.invalid_utf8_count)))
    if feature.binary is not None:
        sizes = feature.binary
        facts.append(("Bytes", _range(sizes.min_num_bytes, sizes.max_num_bytes, sizes.avg_num_bytes)))
    for entry in feature.custom_stats:
        if isinstance(entry.value, NaturalLanguageStatistics):
            facts += _tokens(entry.value)
        else:
            facts.append((entry.name, _custom(entry)))
    listed = "".join(f"<dt>{markup(name)}</dt><dd>{markup(value)}</dd>" for name, value in facts if value)
    return joined(Html(f'<dl class="facts">{listed}</dl>'), _top_values(feature))


def _top_values(feature: FeatureStatistics) -> Html:
    strings = feature.strings
    if strings is None or not strings.top_values:
        return Html("")
    total = feature.common.tot_num_values or 1
    items = "".join(
        f"<li>{markup(short(top.value))} <span class='soft'>{number(top.frequency)}, "
        f"{percent(top.frequency / total)}</span></li>"
        for top in strings.top_values
    )
    more = strings.unique - len(strings.top_values)
    rest = f"<p class='soft'>and {number(more)} other value{'s' * (more != 1)}</p>" if more > 0 else ""
    return Html(f'<ol class="values">{items}</ol>{rest}')


def _quantiles(histogram: Histogram) -> str:
    bounds = [histogram.buckets[0].low, *(bucket.high for bucket in histogram.buckets)] if histogram.buckets else []
    return " · ".join(number(bound) for bound in bounds)


def _range(low: float, high: float, mean: float) -> str:
    return number(low) if low == high else f"{number(low)} to {number(high)}, {number(mean)} on average"


def _custom(entry: CustomStatistic) -> str:
    value = entry.value
    if isinstance(value, Histogram):
        return _quantiles(value)
    if isinstance(value, float | int):
        return number(value)
    if isinstance(value, str):
        return short(value)
    return _listed(value) if isinstance(value, tuple) else ""


def _tokens(found: NaturalLanguageStatistics) -> list[tuple[str, str]]:
    low, high = found.min_sequence_length, found.max_sequence_length
    tokens = [f"{one.token} in {percent(one.fraction_of_sequences)} of the rows" for one in found.token_statistics]
    reported = [short(words, LONGEST_SEQUENCE) for words in found.reported_sequences]
    half = len(reported) // 2
    return [
        ("In the vocabulary", f"{percent(found.feature_coverage)}, {number(found.avg_token_length)} characters each"),
        ("Most frequent tokens", _listed(found.ranks)),
        ("Tokens per row", number(low) if low == high else f"{number(low)} to {number(high)}"),
        ("Tokens of the schema", ", ".join(tokens)),
        ("Least in the vocabulary", " · ".join(reported[:half])),
        ("Shortest tokens", " · ".join(reported[half:])),
    ]


def _listed(values: Sequence[object]) -> str:
    return ", ".join(f"{short(v.value)} ({number(v.frequency)})" for v in values[:5])  # type: ignore[attr-defined]
