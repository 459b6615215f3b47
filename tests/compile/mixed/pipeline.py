"""Components of the user's own, in a container and as a Python function, before, between and behind ours."""

# mypy: disable-error-code="valid-type"

from kfp import dsl

from argosy.components import example_gen, schema_gen, statistics_gen


@dsl.component(base_image="python:3.13-slim")
def write_table(rows: int, table: dsl.Output[dsl.Dataset]) -> str:
    """Writes a CSV file; returns the URI of its folder, which another pod can read."""
    import pathlib

    folder = pathlib.Path(table.path)
    folder.mkdir(parents=True)
    lines = ["name,size", *(f"{'abc'[row % 3]},{row}" for row in range(int(rows)))]
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    return table.uri


@dsl.container_component
def count_features(schema: dsl.Input[dsl.Artifact], count: dsl.OutputPath(int)):
    """Counts the features of a schema, as text, with nothing of Argosy's."""
    code = (
        "import pathlib, sys; text = pathlib.Path(sys.argv[1], 'schema.pbtxt').read_text(); "
        "pathlib.Path(sys.argv[2]).write_text(str(text.count('feature {')))"
    )
    return dsl.ContainerSpec(image="argosy/cli:0.1.0", command=["python", "-c", code], args=[schema.path, count])


@dsl.component(base_image="python:3.13-slim")
def describe(statistics: dsl.Input[dsl.Artifact], features: int, about: dsl.Output[dsl.Metrics]) -> str:
    """Names the splits of our statistics, by the metadata that we record, and puts a number on the dashboard."""
    import json

    about.log_metric("features", int(features))
    return ",".join(json.loads(statistics.metadata["split_names"])) + f": {int(features)}"


@dsl.pipeline(name="mixed")
def mixed(rows: int = 90) -> str:
    table = write_table(rows=rows)
    examples = example_gen(input_base=table.outputs["Output"]).outputs["examples"]
    statistics = statistics_gen(examples=examples).outputs["statistics"]
    schema = schema_gen(statistics=statistics).outputs["schema"]
    counted = count_features(schema=schema)
    with dsl.If(counted.output == 2, name="two-features"):
        described = describe(statistics=statistics, features=counted.output)
    with dsl.Else():
        other = describe(statistics=statistics, features=-1)
    return dsl.OneOf(described.outputs["Output"], other.outputs["Output"])
