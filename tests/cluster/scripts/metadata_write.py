"""Writes executions into a metadata store for some seconds, each with an artifact, then counts what is there.

python metadata_write.py URI PREFIX SECONDS
"""

import json
import logging
import sys
import time

from argosy.metadata import Artifact, Context, Event, EventType, Execution, ExecutionState, open_store

TEXT = "quotes ' \" and {{braces}}, é, 🚢, a tab\t and a \x01"

uri, prefix, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(relativeCreated)6d %(message)s")
written, slowest = 0, 0.0
end = time.monotonic() + seconds
with open_store(uri, wait_seconds=120) as store:
    print("writing", flush=True)
    run = Context(type="pipeline_run", name=prefix)
    while time.monotonic() < end:
        started = time.monotonic()
        execution, [model] = store.put_execution(
            Execution(type="trainer", name=f"{prefix}/{written}", state=ExecutionState.RUNNING),
            [
                (
                    Artifact(type="Model", uri=f"s3://b/{written}"),
                    Event(type=EventType.PENDING_OUTPUT, path=("model", 0)),
                )
            ],
            [run],
        )
        done = Execution(
            type="trainer", id=execution.id, name=execution.name, state=ExecutionState.COMPLETE,
            properties={"text": TEXT, "loss": 0.1},
        )  # fmt: skip
        store.put_execution(done, [(model, Event(type=EventType.OUTPUT, path=("model", 0)))], [run])
        written += 1
        slowest = max(slowest, time.monotonic() - started)
    executions = store.executions(context=run)
    artifacts = store.artifacts(context=run)
    events = store.events(execution_ids=[execution.id for execution in executions])
found = {
    "written": written,
    "executions": len({execution.name for execution in executions}),
    "artifacts": len({artifact.uri for artifact in artifacts}),
    "rows": [len(executions), len(artifacts), len(events)],
    "complete": sum(execution.state == ExecutionState.COMPLETE for execution in executions),
    "as_given": all(execution.properties == {"text": TEXT, "loss": 0.1} for execution in executions),
    "slowest": round(slowest, 2),
}
print(json.dumps(found), flush=True)
