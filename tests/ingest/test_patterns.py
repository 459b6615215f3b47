"""What a pattern of input files matches, and what it says of a file's span and version."""

import datetime
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import ParameterError
from argosy.ingest.patterns import SpanVersion, date_of, read_path, read_pattern, why_not


def said(pattern, path):
    found = read_path(read_pattern(pattern), path)
    return found and (found.span, found.version)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "a.csv", (0, -1)),
        ("*", "x/a.csv", None),
        ("*.csv", "a.csv.gz", None),
        ("a?c", "abc", (0, -1)),
        ("a?c", "a/c", None),
        ("a[!b]c", "axc", (0, -1)),
        ("a[!b]c", "abc", None),
        ("a[!b]c", "a/c", None),
        ("[]^-]x", "^x", (0, -1)),
        ("[]^-]x", "]x", (0, -1)),
        ("[a-c&&d]", "&", (0, -1)),
        ("a[b", "a[b", (0, -1)),
        ("a.c+(d)", "a.c+(d)", (0, -1)),
        ("a.c", "abc", None),
        ("[{]x}", "{x}", (0, -1)),
        ("é*", "été", (0, -1)),
        ("a*", "a\nb", (0, -1)),
        ("**/*.csv", "a.csv", (0, -1)),
        ("**/*.csv", "x/y/a.csv", (0, -1)),
        ("x/**/a", "x/a", (0, -1)),
        ("x/**", "x/y/a", (0, -1)),
        ("x/**", "x", None),
        ("span-{SPAN}/*", "span-7/a.csv", (7, -1)),
        ("span-{SPAN}/*", "span-0/a.csv", (0, -1)),
        ("span-{SPAN}/*", "span-07/a.csv", None),
        ("span-{SPAN}/*", "span-7x/a.csv", None),
        ("span-{SPAN}/*", "span-/a.csv", None),
        ("span-{SPAN}/*", "span--7/a.csv", None),
        ("span-{SPAN}/*", "span-seven/a.csv", None),
        ("span-{SPAN}/*", "span-٧/a.csv", None),
        ("span-{SPAN}/*", "span-7/x/a.csv", None),
        ("span-{SPAN}/*", f"span-{'9' * 15}/a.csv", (10**15 - 1, -1)),
        ("span-{SPAN}/*", f"span-{'9' * 16}/a.csv", None),
        ("{SPAN:2}/*", "07/a", (7, -1)),
        ("{SPAN:2}/*", "7/a", None),
        ("{SPAN:2}/*", "007/a", None),
        ("*{SPAN:2}*", "a107b", None),
        ("*{SPAN}.csv", "flights12.csv", (12, -1)),
        ("v2{SPAN}", "v21", (1, -1)),
        ("{SPAN}0", "10", (1, -1)),
        ("{SPAN}{VERSION:2}", "1203", (12, 3)),
        ("{SPAN:2}{VERSION}", "0203", None),
        ("{SPAN:2}{VERSION:2}", "0203", (2, 3)),
        ("{VERSION}/{SPAN}/*", "3/4/a", (4, 3)),
        ("a/**/{SPAN}/*.csv", "a/b/c/4/x.csv", (4, -1)),
        ("day={YYYY}-{MM}-{DD}/*", "day=2017-01-01/a", (17167, -1)),
        ("{DD}{MM}{YYYY}_v{VERSION}", "01012017_v3", (17167, 3)),
        ("{YYYY}{MM}{DD}{VERSION}", "201701014", (17167, 4)),
        ("{YYYY}/{MM}/{DD}/*", "2020/02/29/a", (18321, -1)),
        ("{YYYY}/{MM}/{DD}/*", "2021/02/29/a", None),
        ("{YYYY}/{MM}/{DD}/*", "2021/13/01/a", None),
        ("{YYYY}/{MM}/{DD}/*", "2021/00/01/a", None),
        ("{YYYY}/{MM}/{DD}/*", "2021/1/1/a", None),
        ("{YYYY}/{MM}/{DD}/*", "1970/01/01/a", (0, -1)),
        ("{YYYY}/{MM}/{DD}/*", "1969/12/31/a", None),
        ("{YYYY}/{MM}/{DD}/*", "0000/12/31/a", None),
        ("x*{YYYY}{MM}{DD}*", "x120170101.csv", None),
    ],
)
def test_what_matches(pattern, path, expected):
    assert said(pattern, path) == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{SPAN}/{SPAN}", r"\{SPAN\} stands twice"),
        ("{SPAN}/{SPAN:2}", r"\{SPAN\} stands twice"),
        ("{SPAN}/{YYYY}{MM}{DD}", r"\{SPAN\} beside \{YYYY\}"),
        ("{YYYY}/{DD}", r"\{MM\} is missing"),
        ("{YYYY}{MM}{DD}{DD}", r"\{DD\} stands twice"),
        ("{MM}", r"\{YYYY\}, \{DD\} is missing"),
        ("{VERSION}/*", r"\{VERSION\} alone"),
        ("{SPAN}{VERSION}", "where does one end"),
        ("{VERSION}{SPAN}", "where does one end"),
        ("{SPAN:0}", "from 1 to 15"),
        ("{SPAN:16}", "from 1 to 15"),
        ("{SPAN:}", "from 1 to 15"),
        ("{SPAN:w}", "from 1 to 15"),
        ("{SPAN:-2}", "from 1 to 15"),
        ("{YYYY:4}{MM}{DD}", r"write \{YYYY\}: its width is known"),
        ("{SPAM}", "did you mean 'SPAN'"),
        ("{span}", "Known: DD, MM, SPAN, VERSION, YYYY; a brace itself"),
        ("{a,b}.csv", r"a brace itself is written \[\{\]"),
        ("{}", "is unknown"),
        ("[{SPAN}]", "a set of signs"),
        ("**.csv", r"write \*\* between slashes"),
        ("a/b**/c", r"write \*\* between slashes"),
        ("***", r"write \*\* between slashes"),
        ("[z-a]", "mend what stands in brackets"),
    ],
)
def test_a_pattern_that_is_none(pattern, message):
    with pytest.raises(ParameterError, match=message) as caught:
        read_pattern(pattern)
    assert str(caught.value).startswith(f"input_config: {pattern!r} is no pattern")


@pytest.mark.parametrize(
    ("pattern", "path", "ways"),
    [
        ("*{SPAN}*", "a1b2.csv", "SPAN 1 and as SPAN 2"),
        ("*-{SPAN}-*", "x-1-2-3", "SPAN 1 and as SPAN 2"),
        ("**/{SPAN}/**/*.csv", "3/4/a.csv", "SPAN 3 and as SPAN 4"),
        ("*{SPAN}*", "1x1", "SPAN 1 and as SPAN 1"),
        ("{SPAN}*{VERSION}*", "1-2-3", "SPAN 1, VERSION 2 and as SPAN 1, VERSION 3"),
    ],
)
def test_a_path_that_can_be_read_in_two_ways_is_refused(pattern, path, ways):
    with pytest.raises(ParameterError, match=f"the file {path} can be read as {ways}"):
        said(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path", "reason"),
    [
        ("span-{SPAN}/*", "span-07/a", "'07' has leading zeros, for which write {SPAN:2}"),
        ("span-{SPAN}/*", "span-x/a", "'x' is not a number"),
        ("span-{SPAN}/*", f"span-{'1' * 16}/a", f"'{'1' * 16}' has more than 15 digits"),
        ("span-{SPAN:3}/*", "span-07/a", "'07' has 2 digits, not 3"),
        ("{SPAN}/v{VERSION}/*", "1/v01/a", "'01' has leading zeros, for which write {VERSION:2}"),
        ("{YYYY}{MM}{DD}/*", "20171301/a", "2017-13-01 is not a date after 1969"),
        ("{YYYY}-{MM}-{DD}/*", "2017-1-01/a", "'1' has 1 digit, not 2"),
        ("span-{SPAN}/*", "other/a", ""),
        ("*.csv", "a.txt", ""),
    ],
)
def test_why_a_path_does_not_match(pattern, path, reason):
    assert said(pattern, path) is None
    assert why_not(read_pattern(pattern), path) == reason


@given(st.integers(0, 10**15 - 1), st.integers(0, 10**15 - 1), st.data())
def test_what_was_written_by_a_pattern_is_read_by_it(span, version, data):
    def spec(name, number):
        width = data.draw(st.sampled_from([0, *range(len(str(number)), 16)]))
        return (f"{{{name}:{width}}}", str(number).zfill(width)) if width else (f"{{{name}}}", str(number))

    parts = data.draw(st.permutations([spec("SPAN", span), spec("VERSION", version)]))
    between = data.draw(st.sampled_from(["-", "/", "/v", "_x."]))
    pattern, path = (between.join(part[k] for part in parts) for k in (0, 1))
    wild, name = data.draw(st.sampled_from([("/*", "/a1.csv"), ("*", ".csv"), ("/**/*.csv", "/x/y/2.csv"), ("", "")]))
    assert said(f"in/{pattern}{wild}", f"in/{path}{name}") == (span, version)


@given(st.dates(min_value=datetime.date(1970, 1, 1)), st.permutations(["YYYY", "MM", "DD"]), st.sampled_from(["", "/"]))
def test_a_date_is_the_days_since_1970(date, order, between):
    values = {"YYYY": f"{date.year:04}", "MM": f"{date.month:02}", "DD": f"{date.day:02}"}
    pattern, path = (
        between.join(part) for part in zip(*((f"{{{name}}}", values[name]) for name in order), strict=True)
    )
    days = (date - datetime.date(1970, 1, 1)).days
    assert said(pattern, path) == (days, -1)
    assert date_of(days) == str(date)


@given(st.text(alphabet="01a-/", min_size=1, max_size=9))
def test_no_path_is_read_otherwise_than_by_trying_all_ways(path):
    """The span's digits are tried at every place."""
    ways = [
        int(path[i:j])
        for i, j in itertools.combinations(range(len(path) + 1), 2)
        if path[i:j].isdigit()
        and (path[i:j] == "0" or path[i] != "0")
        and not path[:i][-1:].isdigit()
        and not path[j:][:1].isdigit()
        and path[:i].endswith("-")
        and "/" not in path
    ]
    pattern = "*-{SPAN}*"
    if len(ways) > 1:
        with pytest.raises(ParameterError, match="can be read as"):
            said(pattern, path)
    else:
        assert said(pattern, path) == ((ways[0], -1) if ways else None)


def test_order_is_of_span_then_version():
    assert max(SpanVersion(span=1, version=9), SpanVersion(span=2)) == SpanVersion(span=2)
    assert str(SpanVersion(span=2, version=0)) == "span 2, version 0"
