"""Vocabulary files."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import DataError
from argosy.transform.analyses import VocabularyAnalysis
from argosy.transform.vocabulary_file import file_name, write_vocabulary


def written(tmp_path, tokens, *, integers=False, capacity=None, **options):
    analysis = VocabularyAnalysis(filename="v", **options)
    accumulator = analysis.accumulator() if capacity is None else type(analysis.accumulator())(capacity=capacity)
    state = accumulator.add(accumulator.empty(), pa.array(tokens, pa.int64() if integers else pa.binary()))
    size = write_vocabulary(tmp_path / "v", accumulator.result(state), analysis, integers=integers)
    lines = (tmp_path / "v").read_bytes().split(b"\n")[:-1]
    assert size == len(lines)
    return lines


def test_order_is_frequency_then_bytes_descending(tmp_path):
    assert written(tmp_path, [b"a", b"b", b"c", b"c"]) == [b"c", b"b", b"a"]


def test_filters(tmp_path):
    tokens = [b"a"] * 3 + [b"b"] * 2 + [b"c"]
    assert written(tmp_path, tokens, top_k=2) == [b"a", b"b"]
    assert written(tmp_path, tokens, frequency_threshold=2) == [b"a", b"b"]
    assert written(tmp_path, tokens, frequency_threshold=3, top_k=2) == [b"a"]


def test_tokens_that_are_no_line_are_left_out_before_top_k(tmp_path):
    assert written(tmp_path, [b"", b"", b"", b"x\ny", b"x\ny", b"\r", b"ok", b"\xff\n"], top_k=1) == [b"ok"]


def test_integers(tmp_path):
    assert written(tmp_path, [10, 9, 9, -1], integers=True) == [b"9", b"10", b"-1"]


def test_of_nothing_there_is_one_entry(tmp_path):
    assert len(written(tmp_path, [])) == 1
    assert len(written(tmp_path, [], integers=True)) == 1
    assert len(written(tmp_path, [b""], frequency_threshold=1)) == 1


def test_counts_that_are_not_exact_are_refused(tmp_path):
    tokens = [str(i).encode() for i in range(100_000)]
    with pytest.raises(DataError, match=r"vocabulary 'v'.*[Hh]ash"):
        written(tmp_path, tokens, capacity=10)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=3), max_size=30))
def test_every_fit_token_is_there_once(tmp_path_factory, tokens):
    fit = {token for token in tokens if token and b"\n" not in token and b"\r" not in token}
    lines = written(tmp_path_factory.mktemp("v"), tokens)
    assert len(lines) == max(len(fit), 1)
    if fit:
        assert set(lines) == fit


def test_names_become_file_names():
    assert file_name("a b\tc/d.e") == "a-b-c_d_e"
