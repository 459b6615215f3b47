"""The report of a diff: how rows were paired, which features differ, and pairs that do."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from argosy.data_validation.diff.files import pair_names, read_diff
from argosy.data_validation.diff.spec import ConfusionCount, Diff, FeatureSkew, SkewPair
from argosy.data_validation.report.plain import plain_table
from argosy.examples import decode_examples
from argosy.page import (
    Cell,
    Column,
    Content,
    Html,
    Tone,
    joined,
    notice,
    number,
    page,
    paragraph,
    percent,
    section,
    table,
    tiles,
)

SHOWN_PAIRS = 20
SHOWN_CONFUSION = 100
_LONGEST = 200
_TOLD = ("matching_pairs_count", "ids_missing_in_base_count", "ids_missing_in_test_count", "duplicate_id_count")
_COUNTS = ("diff_count", "mismatch_count", "base_only", "test_only", "match_count")

FEATURES = (
    Column(label="Feature"),
    Column(label="Differs", numeric=True, help="In how many of the pairs that were compared"),
    Column(label="of compared", numeric=True, help="Of the pairs in which either side has it"),
    Column(label="Other value", numeric=True),
    Column(label="Base only", numeric=True),
    Column(label="Test only", numeric=True),
    Column(label="Equal", numeric=True),
)
PAIR = (Column(label="Feature"), Column(label="Base"), Column(label="Test"), Column(label="How"))
CONFUSION = (
    Column(label="Feature"),
    Column(label="In the base"),
    Column(label="In the test"),
    Column(label="Pairs", numeric=True),
)


def diff_html(path: str) -> str:
    """Returns the page of a diff artifact.

    Raises:
        ArtifactError: It is none.
        DataError: It is damaged.
    """
    return diff_page({pair: read_diff(path, pair) for pair in pair_names(path)})


def diff_text(path: str) -> str:
    """Returns a diff artifact as text.

    Raises:
        ArtifactError: It is none.
        DataError: It is damaged.
    """
    lines = []
    for pair in pair_names(path):
        found = read_diff(path, pair)
        said = [f"{name} {getattr(found.match_stats, name)}" for name in _TOLD]
        lines.append(f"test and base {pair}: {', '.join(said)}\n")
        ordered = sorted(found.features, key=lambda one: (-one.diff_count, one.feature_name))
        rows = [[one.feature_name, *(str(getattr(one, name)) for name in _COUNTS)] for one in ordered]
        lines += [plain_table(["feature", *_COUNTS], rows, numeric=range(1, len(_COUNTS) + 1)), ""]
    return "\n".join(lines)


def diff_page(diffs: Mapping[str, Diff]) -> str:
    """Returns the page of diffs, by pair of splits `<test>_<base>`."""
    differing = {pair: sum(1 for one in diff.features if one.diff_count) for pair, diff in diffs.items()}
    said = [f"{pair}: {count} feature{' differs' if count == 1 else 's differ'}" for pair, count in differing.items()]
    links = [(f"pair-{pair}", pair) for pair in diffs]
    cards = [section(f"pair-{pair}", f"Test and base: {pair}", *_parts(diff)) for pair, diff in diffs.items()]
    return page("Example diff", joined(*cards), subtitle="; ".join(said), links=links)


def _parts(diff: Diff) -> list[Content]:
    stats = diff.match_stats
    parts: list[Content] = [
        _verdict(diff),
        tiles(
            [
                ("Pairs of rows", number(stats.matching_pairs_count)),
                ("Only in the base", number(stats.ids_missing_in_test_count)),
                ("Only in the test", number(stats.ids_missing_in_base_count)),
                ("Identifiers of several rows", number(stats.duplicate_id_count)),
                ("Base rows without identifier", number(stats.base_missing_id_count)),
                ("Test rows without identifier", number(stats.test_missing_id_count)),
            ]
        ),
    ]
    if diff.features:
        ordered = sorted(diff.features, key=lambda one: (-one.diff_count, one.feature_name))
        parts.append(table("Features, those that differ most first", FEATURES, [_row(one) for one in ordered]))
    parts += [_pair(place, pair) for place, pair in enumerate(diff.pairs[:SHOWN_PAIRS], 1)]
    if len(diff.pairs) > SHOWN_PAIRS:
        parts.append(paragraph(f"{len(diff.pairs) - SHOWN_PAIRS} more pairs are in the artifact."))
    if diff.confusion:
        rows = [_confusion(one) for one in diff.confusion[:SHOWN_CONFUSION]]
        parts.append(table("Pairs of values, the most frequent first", CONFUSION, rows))
    return parts


def _verdict(diff: Diff) -> Html:
    differing = [one.feature_name for one in diff.features if one.diff_count]
    if not diff.match_stats.matching_pairs_count:
        return notice("No row of the test has the identifiers of a row of the base; nothing was compared.", "bad")
    if not differing:
        return notice("The rows that were compared are equal.", "good")
    return notice(f"{len(differing)} of {len(diff.features)} features do not agree in some pair of rows.", "warn")


def _row(one: FeatureSkew) -> Sequence[Cell | Content]:
    compared = one.match_count + one.diff_count
    tone: Tone = "warn" if one.diff_count else ""
    return [
        one.feature_name,
        Cell(content=number(one.diff_count), tone=tone),
        percent(one.diff_count / compared) if compared else "",
        number(one.mismatch_count),
        number(one.base_only),
        number(one.test_only),
        number(one.match_count),
    ]


def _pair(place: int, pair: SkewPair) -> Html:
    base, test = _values(pair.base), _values(pair.test)
    how = {
        **dict.fromkeys(pair.mismatched_features, "other value"),
        **dict.fromkeys(pair.base_only_features, "base only"),
        **dict.fromkeys(pair.test_only_features, "test only"),
    }
    others = sorted({*base, *test} - set(how))
    rows = [[name, base.get(name, ""), test.get(name, ""), how.get(name, "")] for name in (*sorted(how), *others)]
    return table(f"Pair {place} that differs", PAIR, rows)


def _values(record: bytes) -> dict[str, str]:
    batch = decode_examples(pa.array([record], pa.binary()))
    cells = zip(batch.schema.names, (column[0].as_py() for column in batch.columns), strict=True)
    return {name: ", ".join(map(_shown, cell)) or "an empty list" for name, cell in cells if cell is not None}


def _confusion(one: ConfusionCount) -> list[Content]:
    base, test = ("no value" if value is None else _shown(value) for value in (one.base, one.test))
    return [one.feature_name, base, test, number(one.count)]


def _shown(value: object) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else f"{value:.9g}" if isinstance(
        value, float) else str(value)  # fmt: skip
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
