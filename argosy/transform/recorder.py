"""What preprocessing_fn asked for while it was traced: analyzers, and placeholders for their results.

`recording` makes a recorder the current one; `tft.mean(x)` and its kin find it by `current`. An analyzer is a value:
a name, what to compute, and which tensors of the traced graph to compute it from.
"""

import contextlib
import contextvars
import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from argosy.errors import ParameterError, UserCodeError
from argosy.transform.analyses import Analysis
from argosy.transform.graph import components


@dataclasses.dataclass(frozen=True, kw_only=True)
class Analyzer:
    """One computation over all rows.

    Attributes:
        name: Unique in the trace.
        analysis: What to compute.
        inputs: The tensors of the traced graph that it reads.
    """

    name: str
    analysis: Analysis
    inputs: tuple[tf.Tensor, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Deferred:
    """A placeholder in the traced graph for one field of an analyzer's result."""

    analyzer: str
    field: str
    tensor: tf.Tensor


@dataclasses.dataclass(frozen=True, kw_only=True)
class Categories:
    """The integers that an output holds: `[minimum, maximum]`, or up to a vocabulary's size plus `beyond`."""

    minimum: int
    maximum: int
    vocabulary: str = ""
    beyond: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recorder:
    """Collects during one trace.

    Attributes:
        graph: The graph that is being traced.
        analyzers: In the order of the calls.
        deferred: Placeholders handed out.
        categories: By the name of a tensor, the integers that it holds.
        files: By the name of a vocabulary's file, what it is of.
    """

    graph: Any
    analyzers: list[Analyzer] = dataclasses.field(default_factory=list)
    deferred: list[Deferred] = dataclasses.field(default_factory=list)
    categories: dict[str, Categories] = dataclasses.field(default_factory=dict)
    files: dict[str, Any] = dataclasses.field(default_factory=dict)

    def free_file_name(self) -> str:
        """Returns a name for a vocabulary that no other one has so far."""
        names = (f"vocabulary_{number}" for number in itertools.count(len(self.files)))
        return next(name for name in names if name not in self.files)

    def claim_file(self, name: str, owner: Any) -> None:
        """Reserves a name among the graph's asset files.

        Raises:
            ParameterError: Another vocabulary has it.
        """
        if self.files.setdefault(name, owner) != owner:
            raise ParameterError(f"two different vocabularies are named {name!r}; give each its own vocab_filename")

    def analyzer(self, analysis: Analysis, *tensors: tf.Tensor) -> Analyzer:
        """Returns the analyzer of these tensors, the one there is or a new one.

        Raises:
            UserCodeError: A tensor belongs to an inner function (tf.function, tf.cond, tf.map_fn).
        """
        for tensor in tensors:
            if getattr(tensor, "graph", self.graph) is not self.graph:
                raise UserCodeError(
                    f"an analyzer ({analysis.kind}) reads {tensor.name!r}, a tensor of an inner function; call "
                    "analyzers in preprocessing_fn itself, outside tf.function, tf.cond, tf.while_loop and tf.map_fn"
                )
        names = [tensor.name for tensor in tensors]
        for known in self.analyzers:
            if known.analysis == analysis and [tensor.name for tensor in known.inputs] == names:
                return known
        analyzer = Analyzer(name=f"{analysis.kind}_{len(self.analyzers)}", analysis=analysis, inputs=tensors)
        self.analyzers.append(analyzer)
        return analyzer

    def result(self, analyzer: Analyzer, field: str, dtype: Any, shape: Any = ()) -> tf.Tensor:
        """Returns the placeholder of a field of the analyzer's result, as that type."""
        for known in self.deferred:
            if (known.analyzer, known.field, known.tensor.dtype) == (analyzer.name, field, tf.as_dtype(dtype)):
                return known.tensor
        with self.graph.as_default():
            tensor = tf.compat.v1.placeholder(dtype, shape, name=f"{analyzer.name}/{field}")
        self.deferred.append(Deferred(analyzer=analyzer.name, field=field, tensor=tensor))
        return tensor

    def analyzer_of(self, tensor: tf.Tensor) -> Analyzer | None:
        """Returns the analyzer whose result the tensor is a field of."""
        names = {known.tensor.name: known.analyzer for known in self.deferred}
        name = names.get(getattr(tensor, "name", ""))
        return next((analyzer for analyzer in self.analyzers if analyzer.name == name), None)

    def set_categories(self, x: Any, categories: Categories) -> None:
        """Notes which integers the values of a tensor (or sparse tensor) are, unless it is of an inner function."""
        values = _values(x)
        if values.graph is self.graph:
            self.categories[values.name] = categories

    def categories_of(self, x: Any) -> Categories | None:
        """Returns what was noted, or None."""
        return self.categories.get(_values(x).name)


_CURRENT: contextvars.ContextVar[Recorder] = contextvars.ContextVar("argosy_transform_recorder")


@contextlib.contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Makes the recorder the current one."""
    token = _CURRENT.set(recorder)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Recorder:
    """Returns the recorder of the trace that is going on.

    Raises:
        UserCodeError: There is none.
    """
    try:
        return _CURRENT.get()
    except LookupError:
        raise UserCodeError(
            "analyzers see all rows and work only inside a preprocessing_fn that Transform traces"
        ) from None


def _values(x: Any) -> tf.Tensor:
    return x.values if isinstance(x, tf.SparseTensor) else components(x)[0]
