"""Parts of a TensorFlow graph: what a tensor depends on, and a copy of just that with some tensors replaced."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import tensorflow as tf


def ancestors(graph_def: Any, tensors: Iterable[str]) -> frozenset[str]:
    """Returns the names of all nodes that the tensors depend on, their own nodes included.

    Control dependencies count: an assertion that the user tied to a tensor has to run with it.
    """
    parents = {node.name: node.input for node in graph_def.node}
    reached: set[str] = set()
    waiting = [node_name(tensor) for tensor in tensors]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(node_name(parent) for parent in parents[name])
    return frozenset(reached)


def splice(graph_def: Any, fetches: Sequence[tf.Tensor], replacements: Mapping[str, tf.Tensor]) -> list[tf.Tensor]:
    """Copies into the current graph what the fetches depend on, and nothing else.

    Args:
        graph_def: The graph that the fetches belong to.
        fetches: Tensors of that graph.
        replacements: By the name of a tensor in that graph (`node:0`), the tensor here that takes its place.

    Returns:
        The copies of the fetches, with the static shapes of the originals.
    """
    needed = ancestors(graph_def, [fetch.name for fetch in fetches])
    part = tf.compat.v1.GraphDef(versions=graph_def.versions, library=graph_def.library)
    part.node.extend(node for node in graph_def.node if node.name in needed)
    copies = tf.graph_util.import_graph_def(
        part,
        input_map={name: tensor for name, tensor in replacements.items() if node_name(name) in needed},
        return_elements=[fetch.name for fetch in fetches],
        name="",
    )
    for copy, original in zip(copies, fetches, strict=True):
        copy.set_shape(original.shape)
    return list(copies)


def components(value: Any) -> list[tf.Tensor]:
    """Returns the plain tensors of a tensor, a sparse tensor or a structure of them."""
    return list(tf.nest.flatten(value, expand_composites=True))


def node_name(tensor_name: str) -> str:
    """Returns the node of a tensor's or an input's name.

    >>> node_name("scale/add:0"), node_name("^assert")
    ('scale/add', 'assert')
    """
    return tensor_name.removeprefix("^").split(":")[0]
