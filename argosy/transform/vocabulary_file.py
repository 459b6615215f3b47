"""The file of a vocabulary: one token a line, most frequent first."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from argosy.errors import DataError
from argosy.transform.analyses import VocabularyAnalysis

NOTHING_SEEN = b"argosy-empty-vocabulary"
"""The one line of a vocabulary without tokens: a lookup table needs an entry."""
NO_INTEGER_SEEN = b"-9223372036854775808"


def write_vocabulary(path: Path, result: Any, analysis: VocabularyAnalysis, *, integers: bool) -> int:
    """Writes the tokens that pass the analysis' filters and returns how many lines the file has (at least 1).

    Empty tokens and tokens with a line break cannot be a line: they are left out and count as unknown.

    Raises:
        DataError: There were more distinct values than are kept, so that the counts are not exact.
    """
    if result.error:
        raise DataError(
            f"vocabulary {analysis.filename!r}: too many distinct values; counts may be off by {result.error:.0f}. "
            "Hash the feature instead (tf.strings.to_hash_bucket_fast), or reduce it before."
        )
    keep = pa.array(result.counts >= analysis.frequency_threshold)
    values = result.values
    if len(values) and not integers:
        unfit = pc.match_substring_regex(values, pattern="^$|[\n\r]")
        keep = pc.and_(keep, pc.invert(unfit))
    values = values.filter(keep)[: analysis.top_k]
    lines = [str(value).encode() if integers else value for value in values.to_pylist()]
    lines = lines or [NO_INTEGER_SEEN if integers else NOTHING_SEEN]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return len(lines)


def file_name(name: str) -> str:
    """Returns the vocabulary's name as a file's: blanks become hyphens, other signs underscores.

    >>> file_name("island names/2")
    'island-names_2'
    """
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "_", name).strip())
