"""Rows, schemas and whole builds for the tests of Transform."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import json
from pathlib import Path

import pyarrow as pa
import pytest

from argosy.artifacts import Input, Output
from argosy.examples.write import write_examples
from argosy.schema.spec import Feature, Presence, Schema
from argosy.schema.text import write_schema

ALWAYS = Presence(min_fraction=1.0)


def rows_of(columns):
    """A batch from {name: (kind, one value or list or None a row)}."""
    kinds = {"BYTES": pa.binary(), "INT": pa.int64(), "FLOAT": pa.float32()}
    return pa.RecordBatch.from_pydict(
        {
            name: pa.array(
                [value if value is None or isinstance(value, list) else [value] for value in values],
                pa.list_(kinds[kind]),
            )
            for name, (kind, values) in columns.items()
        }
    )


def schema_of(columns, dense):
    """A schema in which the features in `dense` are scalars that are always there."""
    return Schema(
        features=tuple(
            Feature(
                name=name, type=kind, shape=() if name in dense else None, presence=ALWAYS if name in dense else None
            )
            for name, (kind, _) in columns.items()
        )
    )


class Project:
    """A folder with examples and a schema, in which Transform can be run."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, columns, *, dense=(), splits=("train",)):
        self.rows = rows_of(columns)
        for split in splits:
            write_examples([self.rows], str(self.root / "examples"), split)
        write_schema(schema_of(columns, dense), str(self.root / "schema"))
        return self

    def build(self, function):
        """The outputs of a built graph on the rows that it was built from, and what was built."""
        from argosy.transform.analyze import RowSource
        from argosy.transform.build import Job, build_graph
        from argosy.transform.run_graph import load_graph

        graph = self.root / "graph"
        source = RowSource(examples=str(self.root / "examples"), splits=["train"])
        job = Job(function=function, file="test.py", custom_config={}, schema=str(self.root / "schema"), source=source)
        built = build_graph(job, graph, self.root / "temporary")
        return load_graph(built.graph)(self.rows), built

    def run(self, code, **parameters):
        """The output artifacts of the step."""
        from argosy.transform.executor import transform

        module = self.root / "preprocessing.py"
        module.write_text(code)
        examples: Input = Input(
            uri="", path=str(self.root / "examples"), metadata={"split_names": json.dumps(self.splits())}
        )
        outputs: list[Output] = [Output(uri="", path=str(self.root / name)) for name in ("graph", "transformed")]
        for output in outputs:
            Path(output.path).mkdir(exist_ok=True)
        transform(
            examples,
            Input(uri="", path=str(self.root / "schema")),
            *outputs,
            **{"module_file": str(module), **parameters},
        )
        return outputs

    def splits(self):
        return sorted(folder.name.removeprefix("Split-") for folder in (self.root / "examples").iterdir())


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture(scope="module")
def module_project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("project"))
