"""A Plan compiled into an Argo Workflow: raw dictionaries, deterministic YAML, one pod a task.

    manifest = compile_argo(read_plan("pipeline.yaml"), ArgoOptions(artifact_root="s3://bucket/runs"))
    print(to_yaml(manifest))

`templates` makes DAGs and loops, `leaf` the pods; `scope` and `expression` say in Argo's expression language what
`argosy.plan.resolve` does in Python. Values travel as `argosy.plan.wire` writes them.
"""

from argosy.argo.manifest import to_yaml
from argosy.argo.options import ArgoOptions
from argosy.argo.workflow import argument_text, compile_argo

__all__ = ["ArgoOptions", "argument_text", "compile_argo", "to_yaml"]
