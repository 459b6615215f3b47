"""Features that are computed by a package beside the pipeline."""

from kfp import dsl

from argosy.components import example_gen, schema_gen, statistics_gen, transform


@dsl.pipeline(name="coded")
def coded(code: str = "./features") -> None:
    examples = example_gen(input_base="data").outputs["examples"]
    schema = schema_gen(statistics=statistics_gen(examples=examples).outputs["statistics"]).outputs["schema"]
    transform(examples=examples, schema=schema, module_file=code, preprocessing_fn="features.columns.preprocess")
