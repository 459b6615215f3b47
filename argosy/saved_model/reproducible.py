"""The same graph, the same bytes: what TensorFlow makes up anew each time is taken out of a SavedModel.

It names lookup tables by random numbers or by the path of their file, and gives each SavedModel a random identity.
With them, steps that read the graph would run again although it is the same.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tensorflow.core.protobuf.fingerprint_pb2 import FingerprintDef
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

MODEL, FINGERPRINT, ASSETS = "saved_model.pb", "fingerprint.pb", "assets"


def make_reproducible(directory: str) -> None:
    """Rewrites the SavedModel so that its bytes depend on nothing but its graph and the content of its assets.

    Tables of different graphs keep different names, as tables of one name are one table within a session.
    """
    folder = Path(directory)
    model = SavedModel.FromString((folder / MODEL).read_bytes())
    _rename_tables(model, "")
    digest = hashlib.sha256(model.SerializeToString(deterministic=True))
    for asset in sorted((folder / ASSETS).glob("*")):
        digest.update(asset.name.encode() + b"\0" + asset.read_bytes())
    _rename_tables(model, digest.hexdigest()[:16])
    (folder / MODEL).write_bytes(model.SerializeToString(deterministic=True))
    _write_fingerprint(folder / FINGERPRINT, digest.digest())


def _rename_tables(model: Any, suffix: str) -> None:
    """Numbers the tables in the order in which they occur."""
    names: dict[bytes, bytes] = {}
    for node in _nodes(model):
        if "HashTable" in node.op and node.attr["shared_name"].s:
            number = names.setdefault(node.attr["shared_name"].s, f"table_{len(names)}_{suffix}".encode())
            node.attr["shared_name"].s = number


def _nodes(model: Any) -> Iterator[Any]:
    for meta_graph in model.meta_graphs:
        yield from meta_graph.graph_def.node
        for function in meta_graph.graph_def.library.function:
            yield from function.node_def


def _write_fingerprint(file: Path, digest: bytes) -> None:
    """Replaces the hashes that are of the bytes, and the identity, by parts of the digest."""
    fingerprint = FingerprintDef.FromString(file.read_bytes())
    fingerprint.saved_model_checksum = int.from_bytes(digest[:8], "big")
    fingerprint.graph_def_program_hash = int.from_bytes(digest[8:16], "big")
    fingerprint.uuid = str(int.from_bytes(digest[16:24], "big"))
    file.write_bytes(fingerprint.SerializeToString(deterministic=True))
