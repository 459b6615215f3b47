"""The KFP face of Pusher."""

from kfp import dsl

from components.artifact_types import InfraBlessing, ModelBlessing, PushedModel
from components.container import step


@dsl.container_component
def pusher(
    model: dsl.Input[dsl.Model],
    pushed_model: dsl.Output[PushedModel],
    pushed: dsl.OutputPath(bool),
    push_destination: dict,
    model_blessing: dsl.Input[ModelBlessing] = None,
    infra_blessing: dsl.Input[InfraBlessing] = None,
    model_name: str = "",
    serving_urls: list = [],
    rollout_timeout_seconds: int = 300,
) -> dsl.ContainerSpec:
    """Checks a blessed model in a throw-away server, publishes it as a new version, waits until every server has it.

    Args:
        model: The model to roll out.
        push_destination: As TFX's: {"filesystem": {"base_directory": ...}}, a folder or an s3:// or gs:// URI; versions
            are numbered folders in there.
        model_blessing: Evaluator's verdict; a model that was not blessed is not pushed.
        infra_blessing: InfraValidator's verdict, likewise.
        model_name: The name under which servers serve it. Default: the last part of base_directory.
        serving_urls: The REST addresses of servers that have to serve the new version, as http://host:8501. Of a host
            with several IP addresses, as a headless Service has, every one is asked.
        rollout_timeout_seconds: How long to wait for them.

    Returns:
        pushed_model: A copy of what was published, with its version.
        pushed: Whether it was published.
    """
    return step("pusher")
