"""Predictions: what each model says of the rows, asked through its serving signature."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.utils.shared import Shared

from argosy.errors import ArtifactError, ParameterError, did_you_mean
from argosy.model_analysis.config import EvalConfig, ModelSpec
from argosy.model_analysis.extractors.extractor import Extractor
from argosy.model_analysis.extracts import INPUT, PREDICTIONS, Extracts, Predictions

SCORE_OUTPUTS = ("probabilities", "scores", "logistic", "predictions")
CLASSES_OUTPUT = "classes"


@dataclasses.dataclass(frozen=True, kw_only=True)
class EvalModel:
    """A model to evaluate; workers in one process share it.

    Attributes:
        directory: Its SavedModel.
        spec: How to ask it.
        shared: What workers find each other's loaded model by.
    """

    directory: str
    spec: ModelSpec
    shared: Shared = dataclasses.field(default_factory=Shared, compare=False)

    def load(self) -> "LoadedModel":
        """Returns the loaded model; the same one as long as somebody in this process holds it."""
        loaded: LoadedModel = self.shared.acquire(lambda: _load(self.directory, self.spec))
        return loaded


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class LoadedModel:
    """A model in memory and how to ask it.

    Attributes:
        model: The SavedModel.
        signature: The name of its signature.
        input: That signature's one input.
        scores: Which output holds the scores.
        classes: Which output names the classes; empty for none.
        batch_size: Rows in one call; 0 for all.
    """

    model: Any
    signature: str
    input: str
    scores: str
    classes: str
    batch_size: int

    def predict(self, records: pa.Array) -> Predictions:
        """Returns the scores of serialized tf.Examples [n].

        Raises:
            SavedModelCallError: The model failed.
            ArtifactError: It gave something else than one row of scores for each record.
        """
        serialized = np.array(records.to_pylist(), object)
        step = self.batch_size or max(len(serialized), 1)
        parts = [self._call(serialized[at : at + step]) for at in range(0, max(len(serialized), 1), step)]
        return Predictions(scores=np.concatenate([part.scores for part in parts]), classes=parts[0].classes)

    def close(self) -> None:
        """Frees the model, for everybody who shares it."""
        self.model.close()

    def _call(self, serialized: np.ndarray) -> Predictions:
        wanted = [self.scores, *([self.classes] if self.classes else [])]
        outputs = self.model.run(self.signature, {self.input: serialized}, output_filter=wanted)
        scores = np.asarray(outputs[self.scores], np.float64)
        scores = scores[:, None] if scores.ndim == 1 else scores
        if scores.ndim != 2 or len(scores) != len(serialized):
            raise ArtifactError(
                f"{self.model.directory}: output {self.scores!r} of signature {self.signature!r} has the shape "
                f"{scores.shape} for {len(serialized)} rows; expected [{len(serialized)}, classes]"
            )
        return Predictions(scores=scores, classes=_class_names(outputs.get(self.classes), scores.shape[1]))


def predictions_extractor(config: EvalConfig, models: Mapping[str, EvalModel]) -> Extractor:
    """Returns the stage that adds `predictions` for every model.

    Args:
        config: Its model specs name the models.
        models: Model name -> the model.
    """
    ordered = {spec.name: models[spec.name] for spec in config.model_specs}
    return Extractor(stage_name="ExtractPredictions", ptransform=beam.ParDo(_Predict(ordered)))


class _Predict(beam.DoFn):
    """Loads the models once a worker, then asks each for every batch."""

    def __init__(self, models: Mapping[str, EvalModel]) -> None:
        self._models = models
        self._loaded: dict[str, LoadedModel] = {}

    def setup(self) -> None:
        self._loaded = {name: model.load() for name, model in self._models.items()}

    def process(self, extracts: Extracts) -> Iterator[Extracts]:
        found = {name: model.predict(extracts[INPUT]) for name, model in self._loaded.items()}
        yield {**extracts, PREDICTIONS: found}


def _load(directory: str, spec: ModelSpec) -> LoadedModel:
    from argosy.saved_model import load_session_model

    model = load_session_model(directory)
    name = spec.signature_name or ("predict" if "predict" in model.signatures else "serving_default")
    if name not in model.signatures:
        raise ParameterError(f"{directory}: no signature {name!r}; {did_you_mean(name, model.signatures)}")
    signature = model.signatures[name]
    strings = [key for key, info in signature.inputs.items() if info.dtype == "string"]
    if len(signature.inputs) != 1 or not strings:
        raise ParameterError(
            f"{directory}: signature {name!r} takes {', '.join(signature.inputs)}; Evaluator feeds serialized "
            "tf.Examples, so name a signature with one string input in model_specs.signature_name"
        )
    return LoadedModel(
        model=model,
        signature=name,
        input=strings[0],
        scores=_scores_output(signature.outputs, spec.prediction_key, f"{directory}: signature {name!r}"),
        classes=_classes_output(signature.outputs),
        batch_size=spec.inference_batch_size,
    )


def _scores_output(outputs: Mapping[str, Any], wanted: str, where: str) -> str:
    if wanted:
        if wanted not in outputs:
            raise ParameterError(f"{where} has no output {wanted!r}; {did_you_mean(wanted, outputs)}")
        return wanted
    numbers = [name for name, info in outputs.items() if info.dtype != "string"]
    found = [name for name in SCORE_OUTPUTS if name in numbers]
    if found or len(numbers) == 1:
        return (found or numbers)[0]
    raise ParameterError(f"{where} has the outputs {', '.join(outputs)}; name the scores in model_specs.prediction_key")


def _classes_output(outputs: Mapping[str, Any]) -> str:
    return CLASSES_OUTPUT if CLASSES_OUTPUT in outputs and outputs[CLASSES_OUTPUT].dtype == "string" else ""


def _class_names(classes: np.ndarray | None, columns: int) -> tuple[str, ...]:
    """Returns the names that each row of the model's `classes` has, where they can be names of its columns.

    They cannot where rows differ: such an output says which class was predicted, or ranks them.
    """
    if classes is None or classes.ndim != 2 or not len(classes) or classes.shape[1] != max(columns, 2):
        return ()
    if (classes != classes[0]).any():
        return ()
    return tuple(name.decode(errors="replace") for name in classes[0].tolist())
