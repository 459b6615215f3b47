"""From a CSV of penguins to a model in service that tells their species: the pipeline to copy to begin with."""

from kfp import dsl

from argosy.components import (
    evaluator,
    example_gen,
    example_validator,
    pusher,
    schema_gen,
    statistics_gen,
    trainer,
    transform,
)


@dsl.pipeline(name="penguins", description=__doc__)
def penguins(
    data: str = "data",
    push_destination: dict = {"filesystem": {"base_directory": "models/penguins"}},
    train_args: dict = {"num_steps": 400},
) -> None:
    """Reads the CSV files in `data`, trains for `train_args["num_steps"]` steps; publishes below the run's root."""
    examples = example_gen(input_base=data).outputs["examples"]
    statistics = statistics_gen(examples=examples).outputs["statistics"]
    schema = schema_gen(statistics=statistics).outputs["schema"]
    example_validator(statistics=statistics, schema=schema)
    graph = transform(examples=examples, schema=schema, module_file="preprocessing.py").outputs["transform_graph"]
    model = trainer(
        examples=examples,
        schema=schema,
        transform_graph=graph,
        module_file="model.py",
        train_args=train_args,
    ).outputs["model"]
    blessing = evaluator(examples=examples, schema=schema, model=model, eval_config="evaluation.yaml").outputs[
        "blessing"
    ]
    pusher(model=model, model_blessing=blessing, push_destination=push_destination)
