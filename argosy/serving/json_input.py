"""JSON values to arrays, with TF Serving's rules and error texts.

One thing is stricter here: a number outside the range of an 8 or 16 bit type is refused, where TF Serving lets it wrap.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from argosy.serving.status import CallError, invalid

_NUMPY = {
    "float32": np.float32, "float64": np.float64, "int8": np.int8, "int16": np.int16, "int32": np.int32,
    "int64": np.int64, "uint8": np.uint8, "uint32": np.uint32, "uint64": np.uint64, "bool": np.bool_,
}  # fmt: skip
_WIRE_NAMES = {"float32": "float", "float64": "double", "float16": "half"}
"""Where TF Serving's messages name a type otherwise."""
_ACCEPTED: dict[str, tuple[type, ...]] = {"bool": (bool,), "float32": (int, float), "float64": (int, float)}
_DEEPEST = 32
_LONGEST_VALUE = 256


def parse_json(body: bytes) -> Any:
    """Returns the first JSON value of a body; what follows it is ignored, and of a repeated key the first counts.

    Raises:
        CallError: INVALID_ARGUMENT, with the offset.
    """
    try:
        text = body.decode("utf-8").lstrip(" \t\r\n")
        if not text:
            raise invalid("JSON Parse error: The document is empty")
        value, _ = json.JSONDecoder(object_pairs_hook=_first_wins).raw_decode(text)
        return value
    except UnicodeDecodeError as error:
        raise invalid(f"JSON Parse error: Invalid encoding in string. at offset: {error.start}") from error
    except json.JSONDecodeError as error:
        raise invalid(f"JSON Parse error: {error.msg} at offset: {error.pos}") from error
    except (RecursionError, ValueError) as error:
        raise invalid(f"JSON Parse error: {error}") from error


def debug_text(value: Any) -> str:
    """Returns a JSON value as text for a message, cut at 256 characters."""
    return json.dumps(value, separators=(",", ":"))[:_LONGEST_VALUE]


def read_instances(instances: Any, inputs: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Returns the feeds of a request in row form, each `[instances, ...]`.

    Args:
        instances: The value of the key `instances`.
        inputs: The signature's inputs: TensorFlow's type name by input.

    Raises:
        CallError: INVALID_ARGUMENT.
    """
    if not isinstance(instances, list):
        raise invalid("Expecting 'instances' to be an list/array")
    if not instances:
        raise invalid("No values in 'instances' array")
    by_name = _is_object(instances[0]) or len(inputs) > 1
    _check_items(instances, sorted(inputs), by_name)
    if by_name:
        return {name: _stack([item[name] for item in instances], dtype, name) for name, dtype in inputs.items()}
    return {name: _stack(instances, dtype, "") for name, dtype in inputs.items()}


def read_columns(value: Any, inputs: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Returns the feeds of a request in column form: each value as it stands.

    Args:
        value: The value of the key `inputs`; names that the signature does not have are ignored.
        inputs: The signature's inputs: TensorFlow's type name by input.

    Raises:
        CallError: INVALID_ARGUMENT, or UNIMPLEMENTED for a tensor type without a JSON form.
    """
    if _is_object(value):
        missing = [name for name in inputs if name not in value]
        if missing:
            raise invalid(f"Missing named input: {missing[0]} in 'inputs' object.")
        return {name: read_array(value[name], dtype) for name, dtype in inputs.items()}
    if len(inputs) != 1:
        raise invalid(
            "inputs is a plain value/list, but expecting an object as multiple input tensors required: "
            + ",".join(sorted(inputs))
        )
    return {name: read_array(value, dtype) for name, dtype in inputs.items()}


def read_array(value: Any, dtype: str) -> np.ndarray:
    """Returns one JSON value (a scalar, or a rectangular list of any depth) as an array; strings as bytes.

    >>> read_array([[1, 2.5]], "float32")
    array([[1. , 2.5]], dtype=float32)

    Raises:
        CallError: INVALID_ARGUMENT, or UNIMPLEMENTED for a tensor type without a JSON form.
    """
    shape = _shape(value)
    flat: list[Any] = []
    _flatten(value, shape, 0, flat)
    if dtype == "string":
        result = np.empty(len(flat), dtype=object)
        result[:] = [_read_bytes(item) for item in flat]
        return result.reshape(shape)
    if dtype not in _NUMPY:
        name = _WIRE_NAMES.get(dtype, dtype)
        raise CallError("UNIMPLEMENTED", f"Conversion of JSON Value: {debug_text(value)} to type: {name}")
    return _read_numbers(flat, dtype).reshape(shape)


def _check_items(instances: list[Any], names: list[str], by_name: bool) -> None:
    for index, item in enumerate(instances):
        if by_name and not _is_object(item):
            raise invalid(f"Expecting object but got list at item {index} of input list")
        if by_name and sorted(item) != names:
            raise invalid(
                f"Failed to process element: {index} of 'instances' list. JSON object: {debug_text(item)} "
                f"keys must be equal to: {','.join(names)}"
            )
        if not by_name and _is_object(item):
            raise invalid(f"Expecting value/list but got object at item {index} of input list")


def _stack(values: list[Any], dtype: str, name: str) -> np.ndarray:
    try:
        return read_array(values, dtype)
    except CallError as error:
        # The whole column at once is the fast way; going value by value finds the row that is wrong.
        raise _first_error(values, dtype, name) or error from error


def _first_error(values: list[Any], dtype: str, name: str) -> CallError | None:
    expected: tuple[int, ...] | None = None
    for index, value in enumerate(values):
        key = f" key: {name}" if name else ""
        prefix = f"Failed to process element: {index}{key} of 'instances' list. Error: "
        try:
            shape = read_array(value, dtype).shape
        except CallError as error:
            return invalid(f"{prefix}{error.code}: {error.message}")
        if expected is not None and len(shape) != len(expected):
            return invalid(f"{prefix}INVALID_ARGUMENT: Expecting tensor size: {len(expected)} but got: {len(shape)}")
        if expected is not None and shape != expected:
            return invalid(f"{prefix}INVALID_ARGUMENT: Expecting shape {_text(expected)} but got: {_text(shape)}")
        expected = shape
    return None


def _shape(value: Any) -> tuple[int, ...]:
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        if len(shape) > _DEEPEST:
            raise invalid(f"Encountered list at unexpected level: {_DEEPEST}: tensors have fewer dimensions")
        if not value:
            break
        value = value[0]
    return tuple(shape)


def _flatten(value: Any, shape: tuple[int, ...], level: int, flat: list[Any]) -> None:
    if not isinstance(value, list):
        if level != len(shape):
            raise invalid(
                f"JSON Value: {debug_text(value)} found at incorrect level: {level + 1} in the JSON DOM. "
                f"Expected at level: {len(shape) + 1}"
            )
        flat.append(value)
        return
    if level >= len(shape):
        raise invalid(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        raise invalid(
            f"Encountered list at unexpected size: {len(value)} at level: {level} expected size: {shape[level]}"
        )
    if level == len(shape) - 1 and not any(isinstance(item, list) for item in value):
        flat.extend(value)
        return
    for item in value:
        _flatten(item, shape, level + 1, flat)


def _read_numbers(flat: list[Any], dtype: str) -> np.ndarray:
    accepted = _ACCEPTED.get(dtype, (int,))
    for item in flat:
        if type(item) not in accepted:
            raise _wrong_type(item, dtype)
    target = _NUMPY[dtype]
    try:
        with np.errstate(over="ignore"):
            return np.array(flat, dtype=target)
    except OverflowError as error:
        wrong = next((item for item in flat if not _fits(item, target)), flat[0])
        raise _wrong_type(wrong, dtype) from error


def _fits(item: Any, target: type) -> bool:
    try:
        np.array(item, dtype=target)
    except OverflowError:
        return False
    return True


def _read_bytes(item: Any) -> bytes:
    if isinstance(item, str):
        try:
            return item.encode("utf-8")
        except UnicodeEncodeError as error:
            raise invalid(f"JSON Parse error: The surrogate pair in string is invalid: {item!a}") from error
    if isinstance(item, dict) and list(item) == ["b64"] and isinstance(item["b64"], str):
        try:
            return base64.b64decode(item["b64"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise invalid(f"Unable to base64 decode: {debug_text(item)}; give the standard alphabet") from error
    raise _wrong_type(item, "string")


def _wrong_type(item: Any, dtype: str) -> CallError:
    expected = _WIRE_NAMES.get(dtype, dtype)
    return invalid(f"JSON Value: {debug_text(item)} Type: {_type_name(item)} is not of expected type: {expected}")


def _type_name(item: Any) -> str:
    if item is None or isinstance(item, bool):
        return {None: "Null", True: "True", False: "False"}[item]
    names = {str: "String", int: "Number", float: "Number", list: "Array", dict: "Object"}
    return names[type(item)]


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and list(value) != ["b64"]


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(pairs) if len(pairs) < 2 else dict(reversed(pairs))


def _text(shape: tuple[int, ...]) -> str:
    return "[" + ",".join(str(size) for size in shape) + "]"
