"""Lineage over a small chain, kept in memory."""

import pytest

from argosy.errors import ArtifactError
from argosy.metadata import (
    Artifact,
    ArtifactState,
    Event,
    EventType,
    Execution,
    ExecutionState,
    MemoryStore,
    render,
    trace,
)


def ran(
    store: MemoryStore,
    task: str,
    inputs: dict[str, Artifact],
    output: Artifact,
    state: ExecutionState = ExecutionState.COMPLETE,
) -> Artifact:
    edges = [(artifact, Event(type=EventType.INPUT, path=(name, 0))) for name, artifact in inputs.items()]
    _, stored = store.put_execution(
        Execution(type=task, state=state), [*edges, (output, Event(type=EventType.OUTPUT, path=("out", 0)))]
    )
    return stored[-1]


def live(kind: str, uri: str, **properties: str | int) -> Artifact:
    return Artifact(type=kind, uri=uri, state=ArtifactState.LIVE, properties=properties)


@pytest.fixture
def chain() -> MemoryStore:
    store = MemoryStore()
    examples = ran(
        store, "example_gen", {}, live("Examples", "/r/examples", input_base="data", input_fingerprint="f00d")
    )
    graph = ran(store, "transform", {"examples": examples}, live("TransformGraph", "/r/graph"))
    model = ran(store, "trainer", {"examples": examples, "graph": graph}, live("Model", "/r/model"))
    pushed = live("PushedModel", "/r/pushed", pushed_destination="models/penguins", pushed_version=3)
    ran(store, "pusher", {"model": model}, pushed)
    return store


def test_walks_back_to_what_entered_from_outside(chain: MemoryStore) -> None:
    lineage = trace(chain, "/r/pushed")
    assert lineage.sources == ("data (fingerprint f00d)",)
    assert {artifact.type for artifact in lineage.artifacts.values()} == {
        "PushedModel", "Model", "TransformGraph", "Examples",
    }  # fmt: skip
    assert lineage.producers[lineage.artifact.id].execution.type == "pusher"


def test_a_query_is_a_source(chain: MemoryStore) -> None:
    asked = live("Examples", "/r/asked", connection="mysql://me:${WORD}@host/trips", input_fingerprint="f00d")
    ran(chain, "example_gen", {}, asked)
    assert trace(chain, "/r/asked").sources == ("mysql://me:${WORD}@host/trips (fingerprint f00d)",)


def test_text_draws_shared_inputs_once(chain: MemoryStore) -> None:
    text = render(trace(chain, "/r/pushed"))
    assert text.splitlines() == [
        "PushedModel /r/pushed",
        "  by pusher (execution 4)",
        "  └─ model: Model /r/model",
        "       by trainer (execution 3)",
        "       ├─ examples: Examples /r/examples",
        "       │    source: data (fingerprint f00d)",
        "       │    by example_gen (execution 1)",
        "       └─ graph: TransformGraph /r/graph",
        "            by transform (execution 2)",
        "            └─ examples: Examples /r/examples (above)",
    ]


@pytest.mark.parametrize("uri", ["/srv/models/penguins/3", "/srv/models/penguins", "/r/pushed/", "/r/pushed/a/b", "4"])
def test_finds_by_destination_by_file_inside_and_by_id(chain: MemoryStore, uri: str) -> None:
    assert trace(chain, uri, root="/srv").artifact.uri == "/r/pushed"


def test_unknown_uri_is_refused_with_the_remedy(chain: MemoryStore) -> None:
    with pytest.raises(ArtifactError, match=r"no artifact is known at /nowhere; 4 are"):
        trace(chain, "/nowhere")


def test_a_cached_execution_is_not_taken_for_the_producer(chain: MemoryStore) -> None:
    [model] = chain.artifacts(uri="/r/model")
    ran(chain, "trainer", {}, model, ExecutionState.CACHED)
    assert trace(chain, "/r/model").producers[model.id].execution.id == 3


def test_an_abandoned_artifact_is_not_found(chain: MemoryStore) -> None:
    chain.put_artifacts([Artifact(type="Model", uri="/r/half", state=ArtifactState.ABANDONED)])
    with pytest.raises(ArtifactError):
        trace(chain, "/r/half")


def test_what_was_imported_names_its_source() -> None:
    store = MemoryStore()
    ran(store, "importer", {}, live("Artifact", "/r/pointer", artifact_uri="s3://b/model", digest="beef"))
    ran(store, "import-model", {}, live("Model", "/models/1", is_external=1))
    assert trace(store, "/r/pointer").sources == ("s3://b/model (digest beef)",)
    assert trace(store, "/models/1").sources == ("/models/1",)


def test_an_artifact_without_producer_is_its_own_source() -> None:
    store = MemoryStore()
    store.put_artifacts([live("Model", "s3://bucket/model")])
    assert trace(store, "s3://bucket/model").sources == ("s3://bucket/model",)
