"""Mergeable accumulators: what a statistic, an analyzer and a metric are made of.

    from argosy.accumulate import Moments
    state = Moments().add(Moments().empty(), np.array([1.0, 2.0]))
    Moments().result(state).mean

One class a file, with `empty`, `add`, `merge`, `result` (see `accumulator.py`): a batch goes in, merging is associative
and commutative, memory is bounded, states are picklable. `combine.py` runs a whole pack of them in one Beam
CombineGlobally and is the only file here that imports Beam.
"""

from argosy.accumulate.accumulator import Accumulator
from argosy.accumulate.histogram import Histogram
from argosy.accumulate.moments import Moments
from argosy.accumulate.presence import Presence
from argosy.accumulate.quantiles import Quantiles
from argosy.accumulate.string_lengths import StringLengths
from argosy.accumulate.value_counts import ValueCounts

__all__ = ["Accumulator", "Histogram", "Moments", "Presence", "Quantiles", "StringLengths", "ValueCounts"]
