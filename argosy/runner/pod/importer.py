"""KFP's importer in a pod."""

import dataclasses

from argosy.errors import ArtifactError
from argosy.metadata.store import Store
from argosy.plan.placeholders import RunContext
from argosy.plan.resolve import importer_inputs
from argosy.plan.spec import ImporterExecutor
from argosy.runner.call import Call
from argosy.runner.importing import import_artifact
from argosy.runner.pod.arguments import PodTask
from argosy.runner.pod.driver import run_name
from argosy.runner.pod.ended import Ended, described, report_of


def import_input(store: Store, task: PodTask, call: Call, context: RunContext) -> Ended:
    """Returns what the importer names, registered.

    Raises:
        ArtifactError: Nothing is there, or it is a path of no machine in particular.
    """
    body = call.component.body
    assert isinstance(body, ImporterExecutor)
    uri, metadata = importer_inputs(body, call.parameters, context)
    if "://" not in uri and not uri.startswith("/"):
        raise ArtifactError(f"{uri} is a relative path, which means nothing in a pod; give a URI")
    imported = import_artifact(store, run_name(task), task.task, call.component, uri=uri, metadata=metadata)
    report = report_of(
        task,
        cached=imported.reused,
        reason=f"{uri} is as it was imported before" if imported.reused else f"imports {uri}",
        execution_id=imported.execution.id,
    )
    published = imported.published
    return Ended(report=dataclasses.replace(report, outputs=described(published)), published=published)
