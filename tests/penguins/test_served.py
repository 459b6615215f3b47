"""The quickstart, run once by the real command line: every eval row, served, as the Keras model answered in memory."""

from pathlib import Path

import numpy as np
import pytest

from argosy.examples import read_examples
from argosy.saved_model import load_session_model, read_golden
from argosy.saved_model.golden import difference, from_json

pytestmark = [pytest.mark.e2e, pytest.mark.beam, pytest.mark.tf]


@pytest.fixture(scope="module")
def outputs(penguins):
    """Where each task wrote each of its outputs, by task and name; `root` is the run's root."""
    tasks = penguins.report["tasks"]
    found = {task["name"]: {name: out["uris"][0] for name, out in task["outputs"].items()} for task in tasks}
    return {**found, "root": str(penguins.root)}


@pytest.fixture(scope="module")
def golden(outputs):
    """What the Keras model answered in memory, by signature."""
    cases = {case.signature: case for case in read_golden(outputs["trainer"]["model"])}
    assert {case.source for case in cases.values()} == {"in_memory"}
    return cases


@pytest.fixture(scope="module")
def server(outputs):
    from argosy.serving.server import ModelServer

    with ModelServer("penguins", Path(outputs["root"], "models", "penguins")) as running:
        running.wait_ready(timeout=60)
        yield running


def eval_rows(outputs):
    (batch,) = read_examples(outputs["example-gen"]["examples"], "eval")
    return batch.to_pylist()


def test_golden_requests_are_all_rows_of_the_eval_split_and_one_of_gaps(outputs, golden):
    rows = eval_rows(outputs)
    columns = golden["columns"].inputs
    names = ["island", "sex", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    assert sorted(columns) == sorted(names)
    for name in names:
        empty = [""] if name in ("island", "sex") else [float("nan")]
        values = [row[name] or empty for row in rows]
        texts = [value.decode() if isinstance(value, bytes) else value for (value,) in values]
        assert difference(texts, columns[name][:-1]) == ""
    assert sum(row["sex"] is None for row in rows) > 0
    assert columns["sex"][-1] == ""


def test_the_model_is_right_on_more_than_95_rows_of_100(outputs, golden):
    species = [row["species"][0].decode() for row in eval_rows(outputs)]
    probabilities = np.array(golden["columns"].outputs["probabilities"])[:-1]
    classes = golden["columns"].outputs["classes"][0]
    right = np.array(classes)[probabilities.argmax(axis=1)] == np.array(species)
    assert right.mean() > 0.95


@pytest.mark.parametrize("signature", ["serving_default", "columns"])
def test_rest_answers_every_row_as_in_memory(server, golden, signature):
    from argosy.serving.client import predict

    case = golden[signature]
    answer = predict(server.url, "penguins", case.inputs, signature_name=signature)
    for name, expected in case.outputs.items():
        assert difference(expected, answer[name], 1e-5) == ""


def test_rest_answers_each_row_by_itself_too(server, golden):
    from argosy.serving.client import predict

    case = golden["columns"]
    rows = [dict(zip(case.inputs, values, strict=True)) for values in zip(*case.inputs.values(), strict=True)]
    for row, expected in zip(rows, case.outputs["probabilities"], strict=True):
        (answer,) = predict(server.url, "penguins", instances=[row], signature_name="columns")
        assert difference(expected, answer["probabilities"], 1e-5) == ""


@pytest.mark.parametrize("signature", ["serving_default", "columns"])
def test_grpc_answers_every_row_as_in_memory(server, golden, signature):
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    case = golden[signature]
    infos = server_signature(server, signature).inputs
    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "penguins", signature
    for name, value in case.inputs.items():
        dtype = tf.dtypes.as_dtype(infos[name].dtype)
        array = from_json(value, np.dtype(dtype.as_numpy_dtype))
        request.inputs[name].CopyFrom(tf.make_tensor_proto(array, dtype=dtype))
    with grpc.insecure_channel(server.address) as channel:
        answer = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=30)
    found = tf.make_ndarray(answer.outputs["probabilities"])
    np.testing.assert_allclose(found, np.array(case.outputs["probabilities"]), atol=1e-5)


def server_signature(server, signature):
    """The signature as the server describes it."""
    import grpc
    from tensorflow_serving.apis import get_model_metadata_pb2, prediction_service_pb2_grpc

    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "penguins"
    with grpc.insecure_channel(server.address) as channel:
        answer = prediction_service_pb2_grpc.PredictionServiceStub(channel).GetModelMetadata(request, timeout=30)
    described = get_model_metadata_pb2.SignatureDefMap.FromString(answer.metadata["signature_def"].value)
    return described.signature_def[signature]


def test_the_served_transform_graph_is_the_one_applied_offline(outputs, golden, tmp_path):
    """The graph alone, exported as the model is, gives through a session what Transform wrote to disk."""
    import argosy.transform as tft
    from argosy.training import DataAccessor, FnArgs, export_model

    graph = tft.TFTransformOutput(outputs["transform"]["transform_graph"])
    fn_args = FnArgs(
        working_dir="",
        train_files=[],
        eval_files=[f"{outputs['example-gen']['examples']}/Split-eval/*"],
        train_steps=None,
        eval_steps=None,
        schema_path=f"{outputs['schema-gen']['schema']}/schema.pbtxt",
        transform_graph_path="",
        data_accessor=DataAccessor(tf_dataset_factory=print, record_batch_factory=print),
        serving_model_dir=str(tmp_path / "Format-Serving"),
        eval_model_dir="",
        model_run_dir="",
    )
    features = list(golden["columns"].inputs)
    export_model(
        lambda transformed: transformed, fn_args, label_key="species", transform_output=graph, feature_keys=features
    )
    model = load_session_model(fn_args.serving_model_dir)
    (case,) = [case for case in read_golden(str(tmp_path)) if case.signature == "columns"]
    infos = model.signatures["columns"].inputs
    feeds = {name: from_json(value[:-1], infos[name].numpy_dtype) for name, value in case.inputs.items()}
    served = model.run("columns", feeds)
    (offline,) = read_examples(outputs["transform"]["transformed_examples"], "eval")
    assert set(served) == set(offline.schema.names) - {"species"}
    for name, values in served.items():
        np.testing.assert_allclose(values.ravel(), offline[name].flatten().to_numpy(), atol=1e-6)
