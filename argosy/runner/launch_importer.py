"""An importer task, from its inputs to its report."""

import dataclasses
import time

from argosy.errors import ArgosyError
from argosy.plan.placeholders import RunContext
from argosy.plan.resolve import importer_inputs
from argosy.plan.spec import ImporterExecutor
from argosy.runner.call import Call, Result, component_name
from argosy.runner.importing import import_artifact
from argosy.runner.report import OutputReport, State, TaskReport
from argosy.runner.session import Session


def launch_importer(session: Session, call: Call, context: RunContext) -> Result:
    """Registers what the importer names, and returns it."""
    begun = time.monotonic()
    report = TaskReport(name=call.name, state=State.SUCCEEDED, component=component_name(call.component))
    result = Result(state=State.SUCCEEDED)
    body = call.component.body
    assert isinstance(body, ImporterExecutor)
    try:
        uri, metadata = importer_inputs(body, call.parameters, context)
        if "://" not in uri:
            uri = str(session.layout.root / uri)
        imported = import_artifact(session.store, session.name, call.name, call.component, uri=uri, metadata=metadata)
        result = dataclasses.replace(result, artifacts=imported.published.artifacts)
        report = dataclasses.replace(
            report,
            cached=imported.reused,
            reason=f"{uri} is as it was imported before" if imported.reused else f"imports {uri}",
            execution_id=imported.execution.id,
            outputs={
                name: OutputReport(type=body.title, uris=tuple(artifact.uri for artifact in artifacts))
                for name, artifacts in result.artifacts.items()
            },
        )
    except ArgosyError as error:
        result = Result(state=State.FAILED, error=str(error), exit_code=error.exit_code)
        report = dataclasses.replace(report, state=State.FAILED, error=str(error), exit_code=error.exit_code)
    session.finish(dataclasses.replace(report, seconds=round(time.monotonic() - begun, 3)))
    return result
