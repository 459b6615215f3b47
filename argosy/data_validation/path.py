"""A feature's path as one string, in TFDV's form: the key of an anomaly, the name of an inferred domain."""

import re
from collections.abc import Sequence

_PLAIN = re.compile(r"[^.'()]+|\([^()]*\)")


def serialized_path(path: Sequence[str]) -> str:
    """Returns the steps joined by dots; a step in which that could be misread stands in quotes, its own quotes doubled.

    >>> serialized_path(["parent", "child"]), serialized_path(["v1.5"]), serialized_path(["it's"])
    ('parent.child', "'v1.5'", "'it''s'")
    """
    return ".".join(step if _PLAIN.fullmatch(step) else "'" + step.replace("'", "''") + "'" for step in path)
