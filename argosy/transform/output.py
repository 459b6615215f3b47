"""A transform graph on disk, as training and serving read it."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.errors import ArtifactError, ParameterError, did_you_mean
from argosy.schema.spec import IntDomain
from argosy.schema.text import read_schema
from argosy.transform.inputs import feature_spec
from argosy.transform.layer import TransformFeaturesLayer
from argosy.transform.metadata import (
    ASSET_MAP,
    RAW_METADATA,
    TRANSFORM_FN,
    TRANSFORMED_METADATA,
    DatasetMetadata,
)
from argosy.transform.vocabulary_file import file_name


class TFTransformOutput:
    """What Transform wrote, under TensorFlow Transform's names.

    output = tft.TFTransformOutput(fn_args.transform_graph_path)
    spec = output.transformed_feature_spec()
    """

    def __init__(self, transform_output_dir: str) -> None:
        """Takes the path of a TransformGraph artifact.

        Raises:
            ArtifactError: There is no transform graph.
        """
        self._directory = Path(transform_output_dir)
        if not (self._directory / TRANSFORM_FN / "saved_model.pb").is_file():
            raise ArtifactError(
                f"{transform_output_dir}: no {TRANSFORM_FN}/saved_model.pb; give a Transform step's transform_graph"
            )

    @property
    def transform_savedmodel_dir(self) -> str:
        """The directory of the SavedModel."""
        return str(self._directory / TRANSFORM_FN)

    @functools.cached_property
    def transformed_metadata(self) -> DatasetMetadata:
        """The schema of the transformed rows."""
        return DatasetMetadata(schema=read_schema(str(self._directory / TRANSFORMED_METADATA)))

    @functools.cached_property
    def raw_metadata(self) -> DatasetMetadata:
        """The schema of the raw rows."""
        return DatasetMetadata(schema=read_schema(str(self._directory / RAW_METADATA)))

    def transformed_feature_spec(self) -> dict[str, Any]:
        """Returns how tf.io.parse_example reads transformed rows: FixedLenFeature or VarLenFeature by name."""
        return feature_spec(self.transformed_metadata.schema)

    def raw_feature_spec(self) -> dict[str, Any]:
        """Returns how tf.io.parse_example reads raw rows: FixedLenFeature or VarLenFeature by name."""
        return feature_spec(self.raw_metadata.schema)

    def transform_features_layer(self) -> TransformFeaturesLayer:
        """Returns the graph as a callable tf.Module, the same one each time."""
        return self._layer

    def transform_raw_features(
        self, raw_features: Mapping[str, Any], drop_unused_features: bool = True
    ) -> dict[str, Any]:
        """Returns the transformed features that the given raw ones suffice for.

        Within a model that is to be saved, keep `transform_features_layer()` as an attribute of the model: it owns the
        lookup tables.

        Args:
            raw_features: Tensors and sparse tensors by feature, as `raw_feature_spec` parses them.
            drop_unused_features: False refuses to leave out an output for want of a feature.

        Raises:
            DataError: A feature is unknown, or of another type or shape.
            ParameterError: A feature is missing and drop_unused_features is False.
        """
        missing = sorted(set(self._layer.input_specs) - set(raw_features))
        if missing and not drop_unused_features:
            raise ParameterError(f"raw features missing: {', '.join(missing)}; give them, or drop_unused_features=True")
        return self._layer(raw_features)

    def vocabulary_file_by_name(self, vocab_filename: str) -> str | None:
        """Returns the path of the vocabulary of that name, or None."""
        asset_map = self._directory / TRANSFORMED_METADATA / ASSET_MAP
        names = json.loads(asset_map.read_text()) if asset_map.is_file() else {}
        path = self._directory / TRANSFORM_FN / "assets" / names.get(vocab_filename, file_name(vocab_filename))
        return str(path) if path.is_file() else None

    def vocabulary_by_name(self, vocab_filename: str) -> list[bytes]:
        """Returns the tokens of the vocabulary, in the order of their numbers.

        Raises:
            ParameterError: There is no such vocabulary.
        """
        path = self.vocabulary_file_by_name(vocab_filename)
        if path is None:
            assets = self._directory / TRANSFORM_FN / "assets"
            known = [file.name for file in assets.iterdir()] if assets.is_dir() else []
            raise ParameterError(f"no vocabulary {vocab_filename!r}: {did_you_mean(vocab_filename, known)}")
        return Path(path).read_bytes().split(b"\n")[:-1]

    def vocabulary_size_by_name(self, vocab_filename: str) -> int:
        """Returns the number of tokens of the vocabulary."""
        return len(self.vocabulary_by_name(vocab_filename))

    def num_buckets_for_transformed_feature(self, name: str) -> int:
        """Returns how many integers, from 0, a bucketized or vocabulary-mapped output has.

        Raises:
            ParameterError: It is no such output, or its numbers do not begin at 0.
        """
        domain = self.transformed_metadata.schema.feature(name).domain
        if not isinstance(domain, IntDomain) or domain.max is None:
            raise ParameterError(f"output {name!r} is neither bucketized nor mapped by a vocabulary")
        if domain.min != 0:
            raise ParameterError(
                f"output {name!r} holds integers from {domain.min}; map unknown values to buckets by num_oov_buckets=1"
            )
        return domain.max + 1

    @functools.cached_property
    def _layer(self) -> TransformFeaturesLayer:
        return TransformFeaturesLayer(self.transform_savedmodel_dir)
