"""The kubernetes document: every field that the installed kfp-kubernetes knows, and none that it does not."""

from typing import Any

import pytest

from argosy.errors import PipelineError
from argosy.plan.platform import PLATFORM_FIELDS, Fields, read_platform

REFERENCES = ("InputParameterSpec", "TaskOutputParameterSpec")


def written(descriptor: Any) -> dict[str, Any]:
    """Returns the fields of a message as our table has them."""
    found: dict[str, Any] = {}
    for field in descriptor.fields:
        inside = field.message_type
        is_free = inside is None or inside.GetOptions().map_entry or inside.name in REFERENCES
        found[field.json_name] = None if is_free else written(inside)
    return found


def missing(theirs: dict[str, Any], ours: Fields, path: str = "") -> list[str]:
    lacking = [path + name for name in theirs if name not in ours]
    for name, inside in theirs.items():
        known = ours.get(name)
        if inside is not None and known is not None:
            lacking += missing(inside, known, f"{path}{name}.")
    return lacking


def test_every_field_of_the_installed_package_is_known() -> None:
    proto = pytest.importorskip("kfp.kubernetes.kubernetes_executor_config_pb2", reason="no kfp-kubernetes")
    theirs = written(proto.KubernetesExecutorConfig.DESCRIPTOR)
    assert len(theirs) >= 17
    assert missing(theirs, PLATFORM_FIELDS) == []


@pytest.mark.parametrize(
    ("configuration", "found"),
    [
        ({"pvcMounts": []}, "the field 'pvcMounts', .*did you mean 'pvcMount'"),
        ({"pvcMount": [{"constant": "a", "mountpath": "/a"}]}, "pvcMount in .* the field 'mountpath'.*'mountPath'"),
        ({"secretAsEnv": [{"keyToEnv": [{"key": "a"}]}]}, "keyToEnv in secretAsEnv in .* the field 'key'"),
        ({"nodeSelector": ["a"]}, "nodeSelector in .* must be a mapping, found 'a'"),
    ],
)
def test_an_unknown_field_is_refused_at_any_depth(configuration: dict[str, Any], found: str) -> None:
    with pytest.raises(PipelineError, match=found):
        read_platform(configuration, "the container 'exec-a'")


def test_free_keys_are_free() -> None:
    configuration = {"nodeSelector": {"labels": {"any/key": "v"}}, "podMetadata": {"annotations": {"x.y/z": "v"}}}
    assert read_platform(configuration, "it") == configuration
