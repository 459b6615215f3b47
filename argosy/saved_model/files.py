"""The files of a SavedModel, looked at before anything is loaded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from argosy.errors import ArtifactError

_VARIABLE_OPS = frozenset({"VarHandleOp", "Variable", "VariableV2"})


def read_meta_graph(directory: str, tags: Sequence[str]) -> Any:
    """Returns the MetaGraphDef with exactly these tags.

    Raises:
        ArtifactError: There is no `saved_model.pb`, it is damaged, or has no such graph.
    """
    path = Path(directory, "saved_model.pb")
    try:
        saved_model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    except FileNotFoundError as error:
        raise ArtifactError(f"{directory}: no saved_model.pb in it; it has to be a SavedModel's directory") from error
    except DecodeError as error:
        raise ArtifactError(f"{path}: damaged or cut off ({path.stat().st_size} bytes): {error}") from error
    for meta_graph in saved_model.meta_graphs:
        if set(meta_graph.meta_info_def.tags) == set(tags):
            return meta_graph
    available = [sorted(meta_graph.meta_info_def.tags) for meta_graph in saved_model.meta_graphs]
    raise ArtifactError(f"{directory}: no graph with the tags {sorted(tags)}; it has {available}")


def require_variables(directory: str, meta_graph: Any) -> None:
    """Refuses a directory whose graph has variables but whose variables are not (yet) there.

    TF Serving's own loader takes such a directory for a model without variables, loads it, and fails every request.

    Raises:
        ArtifactError: `variables/variables.index` is missing.
    """
    if not any(node.op in _VARIABLE_OPS for node in meta_graph.graph_def.node):
        return
    index = Path(directory, "variables", "variables.index")
    if not index.is_file():
        raise ArtifactError(f"{index}: missing, although the graph has variables; the model was copied only in part")
