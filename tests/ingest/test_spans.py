"""Which span and version is read: by pattern and range, the same for all splits, in a folder and in a bucket."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy import fs
from argosy.errors import DataError, ParameterError, StorageError
from argosy.ingest.config import InputSplit, input_splits, wanted_span
from argosy.ingest.source import describe_span, find_sources, resolve_source
from argosy.ingest.spans import Wanted

PLAIN = [
    "span-1/a.csv",
    "span-2/a.csv",
    "span-2/b.csv",
    "span-2/_SUCCESS",
    "span-2/.part.csv",
    "span-10/a.csv",
    "span-10/b.csv",
    "span-11/notes.txt",
    "span-012/a.csv",
    "span-x/a.csv",
    "span-99999999999999999999/a.csv",
    "other/span-12/a.csv",
]
VERSIONED = ["s1/v9/a.csv", "s2/v0/a.csv", "s2/v9/a.csv", "s2/v10/a.csv", "s2/v10/b.csv", "s3/w1/a.csv", "s3/vx/a.csv"]
DATED = ["2017-01-01/a.csv", "2017-02-28/a.csv", "2017-02-29/a.csv", "2017-13-01/a.csv", "1969-01-01/a.csv"]


def files_at(base, names):
    for name in names:
        fs.write_bytes(f"{base}/{name}", name.encode())
    return str(base)


def range_of(**fields):
    ((kind, number),) = fields.items()
    if kind == "static":
        return {"static_range": {"start_span_number": number, "end_span_number": number}}
    return {"rolling_range": {"num_spans": 1, "start_span_number": number}}


def taken(base, pattern, span_range=None, **known):
    (source,) = find_sources(base, [InputSplit(pattern=pattern)], wanted_span(span_range, **known))
    return source.span, source.version, [file.removeprefix(base + "/") for file in source.files]


CHOICES = [
    (PLAIN, "span-{SPAN}/*.csv", None, (10, None, ["span-10/a.csv", "span-10/b.csv"])),
    (PLAIN, "span-{SPAN}/*", None, (11, None, ["span-11/notes.txt"])),
    (PLAIN, "span-{SPAN:3}/*", None, (12, None, ["span-012/a.csv"])),
    (PLAIN, "span-{SPAN}/b*", range_of(static=2), (2, None, ["span-2/b.csv"])),
    (PLAIN, "span-{SPAN}/*", range_of(static=2), (2, None, ["span-2/a.csv", "span-2/b.csv"])),
    (PLAIN, "span-{SPAN}/*.csv", range_of(rolling=2), (10, None, ["span-10/a.csv", "span-10/b.csv"])),
    (PLAIN, "**/span-{SPAN}/*.csv", None, (12, None, ["other/span-12/a.csv"])),
    (PLAIN, "other/span-{SPAN}/*", None, (12, None, ["other/span-12/a.csv"])),
    (VERSIONED, "s{SPAN}/v{VERSION}/*", None, (2, 10, ["s2/v10/a.csv", "s2/v10/b.csv"])),
    (VERSIONED, "s{SPAN}/v{VERSION}/*", range_of(static=1), (1, 9, ["s1/v9/a.csv"])),
    (VERSIONED, "s{SPAN}/v{VERSION:1}/*", None, (2, 9, ["s2/v9/a.csv"])),
    (VERSIONED, "s{SPAN}/*/*", None, (3, None, ["s3/vx/a.csv", "s3/w1/a.csv"])),
    (DATED, "{YYYY}-{MM}-{DD}/*", None, (17225, None, ["2017-02-28/a.csv"])),
    (DATED, "{YYYY}-{MM}-{DD}/*", range_of(static=17167), (17167, None, ["2017-01-01/a.csv"])),
    (["span-0/a"], "span-{SPAN}/*", range_of(static=0), (0, None, ["span-0/a"])),
    (["f1-0.csv", "f1-1.csv"], "f{SPAN}-{VERSION}.csv", None, (1, 1, ["f1-1.csv"])),
]


@pytest.mark.parametrize(("names", "pattern", "span_range", "expected"), CHOICES)
def test_the_span_and_version_that_are_taken(tmp_path, names, pattern, span_range, expected):
    base = files_at(tmp_path, names)
    assert taken(base, pattern, span_range) == expected
    assert taken(f"{base}/", pattern, span_range)[:2] == expected[:2]


def test_a_bucket_is_read_as_a_folder_is(bucket, tmp_path):
    for names in (PLAIN, VERSIONED, DATED):
        files_at(f"{bucket}/in", names)
    for names, pattern, span_range, expected in CHOICES:
        if names in (PLAIN, VERSIONED, DATED):
            assert taken(f"{bucket}/in", pattern, span_range) == expected, pattern
    config = {"splits": [{"name": "all", "pattern": "s{SPAN}/v{VERSION}/*"}]}
    local = resolve_source({"input_base": files_at(tmp_path, VERSIONED), "input_config": config})
    assert resolve_source({"input_base": f"{bucket}/in/", "input_config": config}) == local
    with pytest.raises(
        DataError, match=r"split single_split: no file matches 'day-\{SPAN\}/\*'; found 1969-01-01/a.csv"
    ):
        taken(f"{bucket}/in", "day-{SPAN}/*")


@pytest.mark.parametrize(
    ("names", "pattern", "given", "message"),
    [
        (
            PLAIN,
            "span-{SPAN}/*.csv",
            {"span_range": range_of(static=7)},
            r"there is no span 7, which range_config.static_range asks for; 'span-\{SPAN\}/\*.csv' finds span 1, 2, 10",
        ),
        (
            PLAIN,
            "span-{SPAN}/*.csv",
            {"span_range": range_of(rolling=11)},
            "there is no span from 11 on, which range_config.rolling_range asks for",
        ),
        (PLAIN, "span-{SPAN}/*.csv", {"span": 3}, "there is no span 3, which parameter span asks for"),
        ([f"{k}/a" for k in range(9)], "{SPAN}/*", {"span": 9}, "finds 9 spans, the highest 4, 5, 6, 7, 8"),
        (DATED, "{YYYY}-{MM}-{DD}/*", {"span": 1}, r"span 17167 \(2017-01-01\), 17225 \(2017-02-28\)"),
        (VERSIONED, "s{SPAN}/v{VERSION}/*", {"version": 3}, "span 2 has no version 3, .* finds version 0, 9, 10 of it"),
        (
            ["span-07/a", "x"],
            "span-{SPAN}/*",
            {},
            r"found span-07/a \('07' has leading zeros, for which write \{SPAN:2\}\)",
        ),
        (DATED[2:], "{YYYY}-{MM}-{DD}/*", {}, "2017-02-29 is not a date after 1969"),
        (["a", "b/c"], "span-{SPAN}/*", {}, "no file matches 'span-{SPAN}/[*]'; found a, b/c; put the data there"),
        ([f"f{k}" for k in range(9)], "{SPAN}/*", {}, "found f0, f1, f2, f3 and 5 more"),
        (["_a"], "{SPAN}/*", {}, "found nothing there"),
    ],
)
def test_what_is_not_there(tmp_path, names, pattern, given, message):
    with pytest.raises(DataError, match=message) as caught:
        taken(files_at(tmp_path, names), pattern, **given)
    assert str(caught.value).startswith(f"input_base {tmp_path}, split single_split: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"span_range": range_of(static=7)}, r"static_range chooses among spans, and '\*' has none; put \{SPAN\}, or"),
        ({"span_range": range_of(rolling=0)}, r"rolling_range chooses among spans, and '\*' has none"),
        ({"version": 1}, r"version 1 is asked for, and '\*' has none"),
    ],
)
def test_a_range_without_a_span_to_choose_by(tmp_path, given, message):
    with pytest.raises(ParameterError, match=message):
        taken(files_at(tmp_path, ["a"]), "*", **given)


def test_without_a_span_in_the_pattern_the_given_one_is_recorded(tmp_path):
    base = files_at(tmp_path, ["a"])
    assert taken(base, "*") == (0, None, ["a"])
    assert taken(base, "*", span=7) == (7, None, ["a"])


def both(left, right):
    return [InputSplit(name="train", pattern=left), InputSplit(name="eval", pattern=right)]


def test_all_splits_are_of_one_span_and_version(tmp_path):
    base = files_at(tmp_path, [f"{split}/{day}/{v}/a" for split in ("t", "e") for day in (1, 2) for v in (0, 1)])
    splits = both("t/{SPAN}/{VERSION}/*", "e/{SPAN:1}/{VERSION}/*")
    assert {(source.span, source.version) for source in find_sources(base, splits)} == {(2, 1)}
    files_at(tmp_path, ["t/2/3/a"])
    with pytest.raises(
        DataError, match="split train comes to span 2, version 3 and split eval to span 2, version 1, and"
    ):
        find_sources(base, splits)
    assert {source.version for source in find_sources(base, splits, Wanted(version=1))} == {1}
    files_at(tmp_path, ["e/4/0/a"])
    with pytest.raises(DataError, match=r"split train comes to span 2, version 3 and split eval to span 4, version 0"):
        find_sources(base, splits)
    static = wanted_span(range_of(static=1))
    assert {(source.span, source.version) for source in find_sources(base, splits, static)} == {(1, 1)}
    with pytest.raises(DataError, match="split train: there is no span 4"):
        find_sources(base, splits, wanted_span(range_of(static=4)))


def test_a_path_with_two_readings_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="can be read as SPAN 1 and as SPAN 2"):
        taken(files_at(tmp_path, ["a-1-2.csv"]), "*-{SPAN}*")


def test_a_single_file_has_the_span_of_its_name(tmp_path, s3_bucket):
    for base in (files_at(tmp_path, ["day-7.csv"]), files_at(s3_bucket, ["day-7.csv"])):
        assert taken(f"{base}/day-7.csv", "day-{SPAN}.csv")[:2] == (7, None)
        with pytest.raises(DataError, match=r"no file matches 'x-\{SPAN\}.csv'; found day-7.csv"):
            taken(f"{base}/day-7.csv", "x-{SPAN}.csv")


def test_the_fingerprint_is_of_the_span_alone(tmp_path):
    base = files_at(tmp_path, VERSIONED)

    def found(**more):
        config = {"splits": [{"name": "all", "pattern": "s{SPAN}/v{VERSION}/*"}]}
        return resolve_source({"input_base": base, "input_config": config, **more})

    newest, first = found(), found(range_config=range_of(static=1))
    assert (newest["span"], newest["version"]) == (2, 10)
    assert newest["fingerprint"].startswith("split:all,num_files:2,sha256:")
    files_at(tmp_path, ["s2/v9/b.csv", "s2/notes.csv", "s1/v8/b.csv", "s9/a.csv"])
    assert found() == newest == found(span=2) == found(span=2, version=10)
    assert found(range_config=range_of(static=1)) == first
    files_at(tmp_path, ["s3/v0/a.csv"])
    assert found()["span"] == 3
    assert found(range_config=range_of(static=1)) == first
    assert found(span=2, version=10, range_config=range_of(rolling=0)) == newest
    fs.write_bytes(f"{base}/s2/v10/a.csv", b"other")
    assert found(span=2)["fingerprint"] != newest["fingerprint"]


def test_what_a_person_is_told():
    def told(pattern, **parameters):
        return describe_span({"input_config": {"splits": [{"name": "a", "pattern": pattern}]}, **parameters})

    assert told("{SPAN}/*", span=3) == "span 3"
    assert told("{SPAN}/{VERSION}/*", span=3, version=0) == "span 3, version 0"
    assert told("{YYYY}{MM}{DD}/*", span=17167, version=-1) == "span 17167 (2017-01-01)"
    assert told("{SPAN}/*", span=-1) == told("*", span=3) == describe_span({"input_config": None, "span": 0}) == ""


def test_a_folder_that_may_not_be_read_is_no_empty_one(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    base = files_at(tmp_path, ["1/a"])
    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(StorageError, match=f"cannot list {re.escape(base)}: Permission denied; check who may read it"):
        taken(base, "{SPAN}/*")


def test_links_are_followed_but_not_in_circles(tmp_path):
    base = files_at(tmp_path / "in", ["1/a.csv"])
    (tmp_path / "in" / "2").symlink_to(tmp_path / "in" / "1")
    (tmp_path / "in" / "1" / "up").symlink_to(tmp_path / "in")
    assert taken(base, "{SPAN}/*.csv") == (2, None, ["2/a.csv"])
    assert taken(base, "**/*.csv") == (0, None, ["1/a.csv"])


SEGMENT = st.text(alphabet="ab1_.", min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(st.lists(SEGMENT, min_size=1, max_size=3).map("/".join), min_size=1, max_size=8)
GLOB = st.lists(st.sampled_from(["*", "**", "a*", "?", "*1*", "[ab]*", "[!a]", "b"]), min_size=1, max_size=3)


@settings(deadline=None, max_examples=150)
@given(PATHS, GLOB)
def test_a_glob_finds_what_pathlibs_does(tmp_path_factory, paths, segments):
    base = tmp_path_factory.mktemp("tree")
    for path in paths:
        file = base / path
        if not any(one.is_file() for one in file.parents) and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    # Until Python 3.13 a ** at the end stands for folders only.
    pattern = "/".join([*segments, "*"] if segments[-1] == "**" else segments)
    there = [path.relative_to(base) for path in base.glob(pattern) if path.is_file()]
    expected = {str(path) for path in there if not any(part.startswith((".", "_")) for part in path.parts)}
    try:
        (source,) = find_sources(str(base), [InputSplit(pattern="/".join(segments))])
    except DataError:
        assert expected == set()
        return
    assert {file.removeprefix(f"{base}/") for file in source.files} == expected
    assert list(source.files) == sorted(set(source.files))


NUMBER = st.sampled_from(["0", "1", "2", "9", "10", "02", "x", ""])


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(NUMBER, NUMBER, st.sampled_from(["a.csv", "b.txt"])), min_size=1, max_size=10), NUMBER)
def test_the_choice_is_the_highest_that_is_allowed(tmp_path_factory, names, wanted):
    base = files_at(tmp_path_factory.mktemp("tree"), {f"s{s}/v{v}/{name}" for s, v, name in names})
    clean = {(int(s), int(v)) for s, v, name in names if name == "a.csv" and plain(s) and plain(v)}
    static = range_of(static=int(wanted)) if plain(wanted) else None
    allowed = {one for one in clean if static is None or one[0] == int(wanted)}
    if not allowed:
        with pytest.raises(DataError):
            taken(base, "s{SPAN}/v{VERSION}/*.csv", static)
        return
    span, version = max(allowed)
    expected = (span, version, [f"s{span}/v{version}/a.csv"])
    assert taken(base, "s{SPAN}/v{VERSION}/*.csv", static) == expected


def plain(number):
    return number.isdigit() and str(int(number)) == number


def test_the_patterns_of_a_configuration_are_read_together():
    splits = input_splits({"splits": [{"name": n, "pattern": f"{n}/{{SPAN}}/*"} for n in ("a", "b")]})
    assert [split.pattern for split in splits] == ["a/{SPAN}/*", "b/{SPAN}/*"]
