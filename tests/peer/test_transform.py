"""Our transform graph, applied by TensorFlow Transform: the values that we wrote to disk."""

import numpy as np
import pytest

pytestmark = [pytest.mark.peer, pytest.mark.e2e, pytest.mark.beam]

MEASUREMENTS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
CATEGORIES = ("island", "sex_and_mass", "species")
SPLITS = ("train", "eval")


@pytest.fixture(scope="module")
def paths(penguins):
    return penguins["transform"]["transform_graph"], penguins["transform"]["transformed_examples"]


@pytest.fixture(scope="module")
def offline(paths):
    """{split: {name: one value a row}} of our transformed examples."""
    from argosy.examples import read_examples

    batches = {split: next(iter(read_examples(paths[1], split))) for split in SPLITS}
    return {split: {n: rows[n].flatten().to_numpy() for n in rows.schema.names} for split, rows in batches.items()}


@pytest.fixture(scope="module")
def answer(peer, penguins, paths):
    examples = penguins["example-gen"]["examples"]
    splits = {s: {"raw": f"{examples}/Split-{s}/*", "transformed": f"{paths[1]}/Split-{s}/*"} for s in SPLITS}
    return peer(
        "apply_transform",
        graph=paths[0],
        splits=splits,
        leave_out=["species", "sex"],
        bucketized=["island", "sex_and_mass"],
        vocabulary="species",
    )


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("way", ["transformed", "by_layer", "offline"])
def test_the_graph_gives_the_peer_what_we_wrote(offline, answer, split, way):
    assert set(answer["splits"][split][way]) == set(offline[split]) == {*MEASUREMENTS, *CATEGORIES}
    for name, values in offline[split].items():
        found = np.array(answer["splits"][split][way][name])
        assert found.shape[0] == len(values) > 100
        np.testing.assert_allclose(found.ravel(), values, rtol=0, atol=1e-6, err_msg=name)


def test_a_label_may_be_absent_and_only_what_needs_it_is_dropped(offline, answer):
    without = answer["splits"]["eval"]["without"]
    assert set(without) == {*MEASUREMENTS, "island"}
    for name, values in without.items():
        np.testing.assert_allclose(np.ravel(values), offline["eval"][name], rtol=0, atol=1e-6)


def test_the_specs_say_what_rows_hold(answer):
    transformed = answer["transformed_spec"]
    assert all(transformed[name] == ["FixedLenFeature", [1], "float32"] for name in MEASUREMENTS)
    assert {transformed[name][2] for name in CATEGORIES} == {"int64"}
    assert answer["raw_spec"]["species"] == ["FixedLenFeature", [1], "string"]
    assert answer["raw_spec"]["sex"] == ["VarLenFeature", [], "string"]


def test_domains_and_vocabularies_say_how_many_values_there_are(offline, answer, paths):
    import argosy.transform as tft

    ours = tft.TFTransformOutput(paths[0])
    assert answer["vocabulary"] == [token.decode() for token in ours.vocabulary_by_name("species")]
    assert answer["vocabulary_size"] == 3
    assert set(answer["domains"]) == set(CATEGORIES)
    for name, (low, high, categorical) in answer["domains"].items():
        assert categorical
        assert low <= offline["train"][name].min() <= offline["train"][name].max() <= high
    assert answer["buckets"] == {
        name: ours.num_buckets_for_transformed_feature(name) for name in ("island", "sex_and_mass")
    }
