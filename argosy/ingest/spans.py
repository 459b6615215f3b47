"""Which of the spans and versions that are there is read."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from argosy.errors import DataError, ParameterError
from argosy.ingest.patterns import FilePattern, SpanVersion, date_of

UNKNOWN = -1
"""A span that is still to be chosen; a version that is still to be chosen, or that is none."""
SHOWN = 5


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which spans may be taken, of which the highest is.

    Attributes:
        first: The lowest.
        last: The highest; None: any.
        version: The version; None: the highest of the span.
        said_by: The parameter that says so; empty when none does.
    """

    first: int = 0
    last: int | None = None
    version: int | None = None
    said_by: str = ""

    def takes(self, span: int) -> bool:
        """Whether the span may be taken."""
        return self.first <= span and (self.last is None or span <= self.last)

    def __str__(self) -> str:
        if self.last == self.first:
            return f"span {self.first}"
        return f"span from {self.first} on" if self.first else "span"


ANY = Wanted()


def choose(found: Collection[SpanVersion], wanted: Wanted, pattern: FilePattern) -> SpanVersion:
    """Returns the highest version of the highest span that is wanted; without spans, the one to record, or 0.

    Args:
        found: What there is, of one split; not empty.
        wanted: What may be taken.
        pattern: Which found it.

    Raises:
        ParameterError: The pattern has no span to choose by, or no version.
        DataError: Nothing of it is wanted.

    >>> from argosy.ingest.patterns import read_pattern
    >>> there = [SpanVersion(span=1, version=9), SpanVersion(span=2, version=0), SpanVersion(span=2, version=3)]
    >>> choose(there, Wanted(), read_pattern("{SPAN}/{VERSION}/*"))
    SpanVersion(span=2, version=3)
    """
    _check_kinds(wanted, pattern)
    if not pattern.kinds:
        return SpanVersion(span=wanted.first)
    spans = [one for one in found if wanted.takes(one.span)]
    if not spans:
        there = _listed(sorted({one.span for one in found}), pattern)
        raise DataError(f"there is no {wanted}, which {wanted.said_by} asks for; {pattern.text!r} finds {there}")
    highest = max(spans)
    if wanted.version is None:
        return highest
    versions = sorted(one.version for one in set(spans) if one.span == highest.span)
    if wanted.version not in versions:
        raise DataError(
            f"span {highest.span} has no version {wanted.version}, which parameter version asks for; "
            f"{pattern.text!r} finds version {', '.join(map(str, versions[-SHOWN:]))} of it"
        )
    return SpanVersion(span=highest.span, version=wanted.version)


def check_same_specs(patterns: Mapping[str, FilePattern]) -> None:
    """Returns if the patterns of all splits have a span, or a date, or a version, or if none has.

    Raises:
        ParameterError: Two of them differ in that.
    """
    (first, one), *rest = patterns.items()
    for name, other in rest:
        if one.kinds != other.kinds:
            raise ParameterError(
                f"input_config: split {first} has {_specs(one)} ({one.text!r}) and split {name} has {_specs(other)} "
                f"({other.text!r}); all splits are of one span and version: give their patterns the same"
            )


def check_same_choice(chosen: Mapping[str, SpanVersion]) -> None:
    """Returns if all splits were resolved to the same span and version.

    Raises:
        DataError: Two of them were not.
    """
    (first, one), *rest = chosen.items()
    for name, other in rest:
        if one != other:
            raise DataError(
                f"split {first} comes to {one} and split {name} to {other}, and all have to be of the same; "
                "complete the one that lacks it, or name a span that is complete by range_config"
            )


def _check_kinds(wanted: Wanted, pattern: FilePattern) -> None:
    if wanted.version is not None and "VERSION" not in pattern.kinds:
        raise ParameterError(
            f"version {wanted.version} is asked for, and {pattern.text!r} has none; put {{VERSION}} in the pattern"
        )
    if wanted.said_by.startswith("range_config") and not pattern.kinds:
        raise ParameterError(
            f"{wanted.said_by} chooses among spans, and {pattern.text!r} has none; put {{SPAN}}, or {{YYYY}}, "
            "{MM} and {DD} in the pattern in input_config, or leave range_config out"
        )


def _specs(pattern: FilePattern) -> str:
    return " ".join(f"{{{spec.name}}}" for spec in pattern.specs) or "no span"


def _listed(spans: Sequence[int], pattern: FilePattern) -> str:
    """Returns the spans in words, the highest of them when they are many."""
    shown = [f"{span} ({date_of(span)})" if "YYYY" in pattern.kinds else str(span) for span in spans[-SHOWN:]]
    more = f"{len(spans)} spans, the highest " if len(spans) > SHOWN else "span "
    return more + ", ".join(shown)
