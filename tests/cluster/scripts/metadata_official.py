"""The official client of ML Metadata writes and reads: python metadata_official.py HOST PORT."""

import sys

from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as pb

store = MetadataStore(pb.MetadataStoreClientConfig(host=sys.argv[1], port=int(sys.argv[2])))
kind = store.put_artifact_type(pb.ArtifactType(name="official.Model", properties={"steps": pb.INT}))
artifact = pb.Artifact(type_id=kind, uri="s3://b/official", state=pb.Artifact.LIVE)
artifact.properties["steps"].int_value = 7
[key] = store.put_artifacts([artifact])
context = pb.Context(type_id=store.put_context_type(pb.ContextType(name="official.Run")), name=f"run {key}")
execution = pb.Execution(type_id=store.put_execution_type(pb.ExecutionType(name="official.Trainer")))
event = pb.Event(type=pb.Event.OUTPUT, artifact_id=key)
[stored] = store.get_artifacts_by_id([key])
store.put_execution(execution, [(stored, event)], [context])
[found] = store.get_artifacts_by_context(store.get_context_by_type_and_name("official.Run", f"run {key}").id)
print(found.uri, found.properties["steps"].int_value)
