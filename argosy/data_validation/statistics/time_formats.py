"""The ways to write a time that are known, in the order in which they are preferred where several fit."""

import calendar
import re

DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%y-%m-%d", "%y/%m/%d", "%m-%d-%Y", "%m/%d/%Y", "%m%d%Y", "%m-%d-%y", "%m/%d/%y",
    "%d-%m-%Y", "%d/%m/%Y", "%d%m%Y", "%d-%B-%Y", "%d-%m-%y", "%d/%m/%y", "%d-%B-%y",
)  # fmt: skip
TIMES = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f")
WITH_WEEKDAY = "%a %b %d %H:%M:%S %Y"

DIRECTIVES = {
    "%a": "|".join(calendar.day_abbr),
    "%b": "|".join(calendar.month_abbr[1:]),
    "%B": "|".join(calendar.month_name[1:]),
    "%f": "[0-9]{1,6}",
    "%d": "3[01]|[12][0-9]|0[1-9]| ?[1-9]",
    "%H": "2[0-3]|[01][0-9]|[0-9]",
    "%y": "[0-9]{2}",
    "%Y": "[0-9]{4}",
    "%m": "1[0-2]|0[1-9]|[1-9]",
    "%M": "[0-5][0-9]|[0-9]",
    "%S": "60|[0-5][0-9]|[0-9]",
}
"""What each of `strptime`'s letters stands for."""


def _pattern(format_: str) -> re.Pattern[str]:
    return re.compile(re.sub("%[a-zA-Z]", lambda found: f"(?:{DIRECTIVES[found[0]]})", format_.replace(".", r"\.")))


TEXT_TIMES = {
    format_: _pattern(format_)
    for format_ in (
        *DATES,
        *TIMES,
        WITH_WEEKDAY,
        *(f"{day}{mark}{time}" for day in DATES for time in TIMES for mark in "T "),
    )
}
"""By the format the pattern of the whole string."""

LONGEST_TIME, LEAST_DIGITS = 40, 3
"""No string that is longer, or has fewer digits, is a time."""

_DAY, _FIRST_DAY, _LAST_DAY = 86_400, 7_305, 21_915
INTEGER_TIMES = {
    "UNIX_DAYS": (_FIRST_DAY, _LAST_DAY),
    "UNIX_SECONDS": (_FIRST_DAY * _DAY, _LAST_DAY * _DAY),
    "UNIX_MILLISECONDS": (_FIRST_DAY * _DAY * 10**3, _LAST_DAY * _DAY * 10**3),
    "UNIX_MICROSECONDS": (_FIRST_DAY * _DAY * 10**6, _LAST_DAY * _DAY * 10**6),
    "UNIX_NANOSECONDS": (_FIRST_DAY * _DAY * 10**9, _LAST_DAY * _DAY * 10**9),
}
"""The years 1990 to 2029 in units since 1970: by the name of a TimeDomain's integer format, from, up to but not."""
