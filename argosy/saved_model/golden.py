"""Golden requests: what a model was asked and what it answered, kept beside it, to ask again wherever it is served.

`golden.json` lies beside `Format-Serving/` and inside a version's own folder as `assets.extra/golden.json`. A case's
inputs are the `inputs` of a TF Serving REST request in columns form and its outputs the `outputs` of the answer, always
by output name: strings are text, or `{"b64": ...}` where the input or output holds bytes that are not UTF-8 text; a
missing number is NaN, which TF Serving's JSON allows.
"""

import base64
import dataclasses
import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from argosy import fs
from argosy.errors import ArtifactError, SavedModelCallError

GOLDEN_FILE = "golden.json"
SOURCES = ("in_memory", "session")

Call = Callable[[str, dict[str, Any]], Mapping[str, Any]]
"""`call(signature, inputs) -> outputs`, both as JSON values by name, as in a GoldenCase."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class GoldenCase:
    """One request and its answer.

    Attributes:
        signature: The signature that was called.
        inputs: JSON values by input name, all rows of a column in one list.
        outputs: JSON values by output name.
        source: "in_memory": the answers are the model's own, before it was saved. "session": of the saved model.
    """

    signature: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    source: str


def write_golden(directory: str, cases: Iterable[GoldenCase]) -> str:
    """Writes `golden.json` into the directory and returns its path."""
    path = f"{directory.rstrip('/')}/{GOLDEN_FILE}"
    body = {"cases": [dataclasses.asdict(case) for case in cases]}
    fs.write_bytes(path, (json.dumps(body)).encode("ascii"))
    return path


def read_golden(directory: str) -> tuple[GoldenCase, ...]:
    """Returns the golden cases of a model or of a version's folder; none where no file was written.

    Looked for in the directory itself, then in its `assets.extra/`.

    Raises:
        ArtifactError: The file is there but is not one of ours.
    """
    for place in (Path(directory), Path(directory, "assets.extra")):
        path = place / GOLDEN_FILE
        if path.is_file():
            try:
                return tuple(GoldenCase(**case) for case in json.loads(path.read_bytes())["cases"])
            except (ValueError, KeyError, TypeError) as error:
                raise ArtifactError(f"{path}: not a file of golden requests: {error!r}") from error
    return ()


def check_golden(call: Call, cases: Iterable[GoldenCase], tolerance: float = 1e-5) -> list[str]:
    """Returns what a model answers otherwise than it did, one line per output; an empty list when all is alike.

    Args:
        call: Asks the model; it may raise SavedModelCallError, which counts as a difference.
        cases: What to ask.
        tolerance: The largest difference between two floats that counts as none: absolute up to 1, relative above it.
            Integers have to be equal.
    """
    differences: list[str] = []
    for case in cases:
        try:
            answer = call(case.signature, case.inputs)
        except SavedModelCallError as error:
            differences.append(f"signature {case.signature}: {error.code}: {error}")
            continue
        for name, expected in case.outputs.items():
            problem = difference(expected, answer[name], tolerance) if name in answer else "not in the answer"
            if problem:
                differences.append(f"signature {case.signature}, output {name}: {problem}")
    return differences


def difference(expected: Any, found: Any, tolerance: float = 1e-5) -> str:
    """Returns in words how two JSON values differ; an empty string when they agree (NaN agrees with NaN).

    >>> difference([[0.1, 0.9]], [[0.100001, 0.9]])
    ''
    >>> difference([[0.1, 0.9]], [[0.1, 0.8]])
    'at [0][1]: expected 0.9, found 0.8'
    >>> difference(250_000.0, 250_000.03), difference(250_000, 250_001)
    ('', 'expected 250000, found 250001')
    """
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return f"expected {len(expected)} values, found {len(found)}"
        for index, pair in enumerate(zip(expected, found, strict=True)):
            problem = difference(*pair, tolerance)
            if problem:
                return f"at [{index}]{problem.removeprefix('at ') if problem.startswith('at ') else ': ' + problem}"
        return ""
    return "" if _alike(expected, found, tolerance) else f"expected {expected!r}, found {found!r}"


def to_json(array: np.ndarray) -> Any:
    """Returns a tensor as a JSON value: numbers, text, and `{"b64": ...}` for bytes that are not UTF-8 text.

    >>> to_json(np.array([b"Dream", b""], object))
    ['Dream', '']
    """
    if array.dtype.kind in "OSU":
        return _map_leaves(array.tolist(), _string_to_json)
    return array.tolist()


def from_json(value: Any, dtype: np.dtype) -> np.ndarray:
    """Returns the tensor that a JSON value stands for; an object array of bytes for strings.

    >>> from_json([1, float("nan")], np.dtype("float32"))
    array([ 1., nan], dtype=float32)
    """
    if dtype.kind == "O":
        return np.array(_map_leaves(value, _string_from_json), dtype=object)
    return np.array(value, dtype=dtype)


def _alike(expected: Any, found: Any, tolerance: float) -> bool:
    if isinstance(expected, bool | int | float) and isinstance(found, bool | int | float):
        if math.isnan(expected) or math.isnan(found):
            return math.isnan(expected) and math.isnan(found)
        if expected == found or isinstance(expected, int) or math.isinf(expected):
            return expected == found
        # Neighbouring float32 values near 250,000 are 0.03 apart.
        return abs(expected - found) <= tolerance * max(1.0, abs(expected))
    if isinstance(expected, str | dict) and isinstance(found, str | dict):
        return _string_from_json(expected) == _string_from_json(found)
    return bool(expected == found)


def _map_leaves(value: Any, function: Callable[[Any], Any]) -> Any:
    return [_map_leaves(item, function) for item in value] if isinstance(value, list) else function(value)


def _string_to_json(value: str | bytes) -> Any:
    if isinstance(value, str):
        return value
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode("ascii")}
    return text if text.isprintable() else {"b64": base64.b64encode(value).decode("ascii")}


def _string_from_json(value: Any) -> bytes:
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else str(value).encode()
