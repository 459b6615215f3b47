"""Arrays to JSON text, with TF Serving's number format and error texts.

One thing is stricter here: a string output that is not UTF-8 is an error, where TF Serving writes an invalid document.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from argosy.serving.status import invalid

_UNSUPPORTED = {"float16": "half", "bfloat16": "bfloat16", "complex64": "complex64", "complex128": "complex128"}


def write_predictions(outputs: Mapping[str, Any]) -> str:
    """Returns the response to a request in row form: one value per row, or one object per row for several outputs.

    Raises:
        CallError: An output has no batch dimension, or another batch size, or no JSON form.
    """
    outputs = {name: as_array(value) for name, value in outputs.items()}
    size: int | None = None
    for name, array in outputs.items():
        if array.ndim == 0:
            raise invalid(f"Tensor name: {name} has no shape information ")
        if size is not None and len(array) != size:
            raise invalid(f"Tensor name: {name} has inconsistent batch size: {len(array)} expecting: {size}")
        size = len(array)
    rows = {name: _rows(name, array) for name, array in outputs.items()}
    if len(rows) == 1:
        return _document("predictions", "[" + ", ".join(next(iter(rows.values()))) + "\n    ]")
    items = [_object(dict(zip(rows, row, strict=True)), 2) for row in zip(*rows.values(), strict=True)]
    return _document("predictions", "[\n        " + ",\n        ".join(items) + "\n    ]")


def write_outputs(outputs: Mapping[str, Any]) -> str:
    """Returns the response to a request in column form.

    Raises:
        CallError: An output has no JSON form.
    """
    texts = {name: _value(name, as_array(value)) for name, value in outputs.items()}
    return _document("outputs", next(iter(texts.values())) if len(texts) == 1 else _object(texts, 1))


def number_text(value: float, single: bool) -> str:
    """Returns a float as `%g` with six digits, or as many more as it takes to read the same value back.

    >>> [number_text(value, single=True) for value in (3.0, 9000000.0, np.float32(0.1), float("-inf"))]
    ['3.0', '9e+06', '0.1', '-Infinity']
    """
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    text = f"{value:g}"
    if (np.float32(text) if single else float(text)) != value:
        text = f"{value:.9g}" if single else f"{value:.17g}"
    return text if "." in text or "e" in text else text + ".0"


def as_array(value: Any) -> np.ndarray:
    """Returns an output as an array; the runtime gives a bare value where the rank is 0."""
    if isinstance(value, (bytes, str)):
        return np.array(value, dtype=object)
    return np.asarray(value)


def _rows(name: str, array: np.ndarray) -> list[str]:
    texts = _scalars(name, array)
    step = len(texts) // len(array) if len(array) else 0
    return [_nest(texts[row * step : (row + 1) * step], array.shape[1:]) for row in range(len(array))]


def _value(name: str, array: np.ndarray) -> str:
    return _nest(_scalars(name, array), array.shape)


def _scalars(name: str, array: np.ndarray) -> list[str]:
    return [_scalar(name, item, array.dtype) for item in array.reshape(-1)]


def _nest(texts: list[str], shape: tuple[int, ...]) -> str:
    if not shape:
        return texts[0]
    step = len(texts) // shape[0] if shape[0] else 0
    return "[" + ", ".join(_nest(texts[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])) + "]"


def _scalar(name: str, item: Any, dtype: np.dtype) -> str:
    if dtype.name in _UNSUPPORTED:
        raise invalid(f"Failed to write JSON value for tensor type: {_UNSUPPORTED[dtype.name]}")
    if dtype.kind == "f":
        return number_text(item, single=dtype == np.float32)
    if dtype.kind == "b":
        return "true" if item else "false"
    if dtype.kind in "iu":
        return str(int(item))
    if name.endswith("_bytes"):
        return '{ "b64": ' + json.dumps(base64.b64encode(_raw(item)).decode("ascii")) + " }"
    try:
        return json.dumps(_raw(item).decode("utf-8"), ensure_ascii=False)
    except UnicodeDecodeError as error:
        raise invalid(
            f"Tensor name: {name} holds bytes that are not UTF-8; an output whose name ends in _bytes is sent as base64"
        ) from error


def _raw(item: Any) -> bytes:
    return item if isinstance(item, bytes) else str(item).encode("utf-8")


def _object(texts: Mapping[str, str], level: int) -> str:
    pad = "    " * (level + 1)
    body = ",\n".join(f"{pad}{json.dumps(name)}: {text}" for name, text in texts.items())
    return "{\n" + body + "\n" + "    " * level + "}"


def _document(key: str, text: str) -> str:
    return f'{{\n    "{key}": {text}\n}}\n'
