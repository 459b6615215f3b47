"""Input names that no Python function could have: set in the file, after TensorFlow has written it."""

from collections.abc import Mapping
from pathlib import Path

from tensorflow.core.protobuf import saved_model_pb2

from argosy import fs


def rename_inputs(directory: str, signature: str, names: Mapping[str, str]) -> None:
    """Renames the inputs of a signature, old name to new, in a SavedModel on disk.

    TensorFlow takes a signature's input names from the arguments of a Python function, so a column called "bill length"
    or "class" can get its name only here. The Python loader, which reads argument names from elsewhere, keeps the old.
    """
    path = Path(directory, "saved_model.pb")
    saved_model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    for meta_graph in saved_model.meta_graphs:
        inputs = meta_graph.signature_def[signature].inputs
        renamed = {
            names.get(name, name): type(info).FromString(info.SerializeToString()) for name, info in inputs.items()
        }
        inputs.clear()
        for name, info in renamed.items():
            inputs[name].CopyFrom(info)
    fs.write_bytes(str(path), saved_model.SerializeToString(deterministic=True))
