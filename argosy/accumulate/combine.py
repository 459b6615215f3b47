"""The one `beam.CombineFn`: all accumulators of a step packed into one CombineGlobally."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import apache_beam as beam

from argosy.accumulate.accumulator import Accumulator


@dataclasses.dataclass(frozen=True, kw_only=True)
class Packed:
    """One accumulator of a pack.

    Attributes:
        name: The key of its result.
        select: Takes from the element (a RecordBatch, an extract...) what the accumulator adds, or None to add nothing.
        accumulator: What to run.
    """

    name: str
    select: Callable[[Any], Any]
    accumulator: Accumulator[Any, Any, Any]


class CombineAccumulators(beam.CombineFn):
    """Runs many accumulators over the same elements; the output is `{name: result}`."""

    def __init__(self, pack: Sequence[Packed]) -> None:
        self._pack = tuple(pack)

    def create_accumulator(self) -> list[Any]:
        return [member.accumulator.empty() for member in self._pack]

    def add_input(self, states: list[Any], element: Any) -> list[Any]:
        for index, member in enumerate(self._pack):
            selected = member.select(element)
            if selected is not None:
                states[index] = member.accumulator.add(states[index], selected)
        return states

    def merge_accumulators(self, many: Any) -> list[Any]:
        states = self.create_accumulator()
        for other in many:
            states = [m.accumulator.merge(a, b) for m, a, b in zip(self._pack, states, other, strict=True)]
        return states

    def extract_output(self, states: list[Any]) -> dict[str, Any]:
        return {m.name: m.accumulator.result(s) for m, s in zip(self._pack, states, strict=True)}
