"""`argosy submit` against a server that answers as Kubeflow Pipelines' API: what is sent, and what goes wrong."""

import json
import re
import shlex
import socket
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.cli.main import main

pytest.importorskip("kfp", reason="the kfp SDK is not installed")

RUNS, EXPERIMENTS = "/apis/v2beta1/runs", "/apis/v2beta1/experiments"
SOURCE = """
from kfp import dsl, kubernetes
from argosy.components import example_gen, statistics_gen

@dsl.pipeline(name="small")
def small(base: str = "s3://bucket/data", ratio: float = 0.5, note: str = ""):
    statistics_gen(examples=example_gen(input_base=base).outputs["examples"])
"""


@pytest.fixture
def submit(kfp_server, tmp_path, capsys):
    """Returns a call that writes a pipeline, submits it, and gives (exit code, stdout, stderr)."""

    def call(*arguments: str, source: str = SOURCE, endpoint: str = "") -> tuple[int, str, str]:
        (tmp_path / "pipeline.py").write_text(source)
        code = main(["submit", str(tmp_path), "--endpoint", endpoint or kfp_server.url, "--poll", "0.01", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.fixture
def data(object_store):
    object_store.files["data/a.csv"] = b"x,y\n1,2\n"
    return object_store


def valid(body: Any, model: str) -> Any:
    """Returns the body as KFP's own model, which knows every field of it."""
    import kfp_server_api

    class Answer:
        data = json.dumps(body)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = kfp_server_api.ApiClient()
        read = client.deserialize(Answer, model)
        assert client.sanitize_for_serialization(read) == body
    return read


def constants(spec: dict[str, Any], task: str) -> dict[str, Any]:
    given = spec["root"]["dag"]["tasks"][task]["inputs"]["parameters"]
    return {name: source["runtimeValue"]["constant"] for name, source in given.items() if "runtimeValue" in source}


def test_a_run_is_created_as_the_api_wants_it(submit, kfp_server, data) -> None:
    code, out, err = submit("--experiment", "Trials", "--param", "ratio=0.25", "--pipeline-root", "s3://b/root")
    assert code == 0, err
    assert out.strip().startswith(f"{kfp_server.url}/#/runs/details/0b7a3c5e-")
    (experiment,) = kfp_server.bodies(EXPERIMENTS)
    assert valid(experiment, "V2beta1Experiment").display_name == "Trials"
    (body,) = kfp_server.bodies(RUNS)
    run = valid(body, "V2beta1Run")
    assert run.experiment_id == "e-1"
    assert run.display_name.startswith("small 20")
    assert run.runtime_config.parameters == {"ratio": 0.25}
    assert run.runtime_config.pipeline_root == "s3://b/root"


def test_the_spec_that_is_sent_is_the_one_that_compile_writes_but_for_the_input(
    submit, kfp_server, data, tmp_path, capsys
) -> None:
    submit("--registry", "ghcr.example/team", "--tag", "v2")
    sent = kfp_server.bodies(RUNS)[0]["pipeline_spec"]
    assert (
        main(
            ["compile", str(tmp_path), "-o", str(tmp_path / "p.yaml"), "--registry", "ghcr.example/team", "--tag", "v2"]
        )
        == 0
    )
    (written,) = yaml.safe_load_all((tmp_path / "p.yaml").read_text())
    task = sent["root"]["dag"]["tasks"]["example-gen"]
    assert set(constants(sent, "example-gen")) == {"span", "version", "fingerprint"}
    assert task["cachingOptions"] == {"enableCache": True}
    for name in ("span", "version", "fingerprint"):
        del task["inputs"]["parameters"][name]
    task["cachingOptions"] = {}
    assert sent == written
    image = sent["deploymentSpec"]["executors"]["exec-example-gen"]["container"]["image"]
    assert image == "ghcr.example/team/example-gen:v2"


def test_a_platform_document_travels_beside_the_spec(submit, kfp_server, data) -> None:
    submit("--pull-secret", "registry-key")
    body = kfp_server.bodies(RUNS)[0]
    valid(body, "V2beta1Run")
    executors = body["pipeline_spec"]["platform_spec"]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert executors["exec-statistics-gen"]["imagePullSecret"][0]["secretName"] == "registry-key"
    assert body["pipeline_spec"]["pipeline_spec"]["pipelineInfo"]["name"] == "small"


def test_the_fingerprint_tells_other_content(submit, kfp_server, data) -> None:
    submit()
    submit()
    data.files["data/a.csv"] = b"x,y\n1,3\n"
    submit()
    first, second, third = [constants(body["pipeline_spec"], "example-gen") for body in kfp_server.bodies(RUNS)]
    assert first == second
    assert first["span"] == third["span"] == 0
    assert first["fingerprint"] != third["fingerprint"]
    assert first["fingerprint"].startswith("split:single_split,num_files:1,")


def test_a_span_is_chosen_before_the_run_and_told(submit, kfp_server, data) -> None:
    data.files = {f"data/day-{day}/v{day % 2}/a.csv": b"x\n1\n" for day in (7, 8, 9)}
    given = """input_base=base, input_config={"splits": [{"name": "all", "pattern": "day-{SPAN}/v{VERSION}/*"}]}"""
    older = given + """, range_config={"static_range": {"start_span_number": 8, "end_span_number": 8}}"""
    for arguments, span, version in ((given, 9, 1), (older, 8, 0), (given + ", span=7", 7, 1)):
        code, _, err = submit(source=SOURCE.replace("input_base=base", arguments))
        assert code == 0
        assert f"task example-gen reads span {span}, version {version}" in err
        sent = constants(kfp_server.bodies(RUNS)[-1]["pipeline_spec"], "example-gen")
        assert (sent["span"], sent["version"]) == (span, version)
        assert "num_files:1" in sent["fingerprint"]


def test_a_parameter_says_where_the_input_is(submit, kfp_server, data) -> None:
    data.files["other/b.csv"] = data.files["other/c.csv"] = b"x\n1\n"
    submit("--param", "base=s3://bucket/other")
    body = kfp_server.bodies(RUNS)[0]
    assert "num_files:2" in constants(body["pipeline_spec"], "example-gen")["fingerprint"]
    assert body["runtime_config"]["parameters"] == {"base": "s3://bucket/other"}


def test_an_input_that_cannot_be_seen_runs_uncached_and_says_so(submit, kfp_server, object_store) -> None:
    object_store.is_closed = True
    code, _, err = submit()
    assert code == 0
    assert "task example-gen: its input cannot be seen from here" in err
    assert "it runs uncached" in err
    task = kfp_server.bodies(RUNS)[0]["pipeline_spec"]["root"]["dag"]["tasks"]["example-gen"]
    assert task["cachingOptions"] == {}


def test_an_input_that_is_empty_is_refused(submit, kfp_server, object_store) -> None:
    code, _, err = submit()
    assert code == 2
    assert "task example-gen: input_base s3://bucket/data, split single_split: no file matches '*'" in err
    assert kfp_server.requests == []


def test_a_source_within_a_group_is_filled_in_there(submit, kfp_server, data) -> None:
    source = SOURCE.replace("    statistics_gen(", "    with dsl.If(note == ''):\n        statistics_gen(")
    assert submit(source=source)[0] == 0
    (spec,) = [body["pipeline_spec"] for body in kfp_server.bodies(RUNS)]
    inside = spec["components"]["comp-condition-1"]["dag"]["tasks"]["example-gen"]["inputs"]["parameters"]
    assert inside["fingerprint"]["runtimeValue"]["constant"].startswith("split:")


def test_waiting_follows_the_run(submit, kfp_server, data) -> None:
    def state(run: str, **tasks: str) -> dict[str, Any]:
        details = [{"display_name": name.replace("_", "-"), "state": found} for name, found in tasks.items()]
        return {"state": run, "run_details": {"task_details": details}}

    kfp_server.states = [
        {"state": "PENDING"},
        state("RUNNING", example_gen="RUNNING"),
        state("RUNNING", example_gen="RUNNING"),
        state("RUNNING", example_gen="SUCCEEDED", statistics_gen="RUNNING"),
        state("SUCCEEDED", example_gen="SUCCEEDED", statistics_gen="SUCCEEDED"),
    ]
    code, _, err = submit("--wait")
    assert code == 0
    told = [line.split(" ", 1)[1] for line in err.splitlines()]
    assert told[0].startswith("PENDING   run 0b7a3c5e")
    assert told[1:3] == ["RUNNING   example-gen", told[2]]
    assert told[3:5] == ["SUCCEEDED example-gen", "RUNNING   statistics-gen"]
    assert told[-2] == "SUCCEEDED statistics-gen"
    assert len(told) == 7


def test_a_run_that_fails_says_which_task_and_why(submit, kfp_server, data) -> None:
    failed = {"display_name": "example-gen", "state": "FAILED", "error": {"code": 1, "message": "exit code 2"}}
    kfp_server.states = [
        {
            "state": "FAILED",
            "error": {"code": 13, "message": "a task failed"},
            "run_details": {"task_details": [failed]},
        }
    ]
    code, _, err = submit("--wait")
    assert code == 1
    assert "FAILED    example-gen: exit code 2" in err
    assert "the run says: a task failed" in err


def test_a_server_that_is_away_for_a_moment_is_asked_again(submit, kfp_server, data) -> None:
    kfp_server.states = [{"fails": 503}, {"fails": 503}, {"state": "SUCCEEDED"}]
    assert submit("--wait")[0] == 0
    kfp_server.states = [{"fails": 503}]
    code, _, err = submit("--wait")
    assert code == 4
    assert "failed to ask for the run" in err
    assert "The run itself goes on" in err


def test_a_token_is_sent_and_a_wrong_one_named(submit, kfp_server, data, tmp_path) -> None:
    kfp_server.token = "secret"
    code, _, err = submit()
    assert code == 4
    assert f"{kfp_server.url} does not let us in (HTTP 401: Request header error)" in err
    assert f"tried GET {kfp_server.url}/apis/v2beta1/healthz with no token" in err
    assert "--token-file" in err
    (tmp_path / "token").write_text("wrong\n")
    code, _, err = submit("--token-file", str(tmp_path / "token"))
    assert code == 4
    assert "with a bearer token" in err
    assert "wrong" not in err
    (tmp_path / "token").write_text("secret\n")
    assert submit("--token-file", str(tmp_path / "token"))[0] == 0


def test_an_endpoint_that_nobody_listens_at_is_named(submit, data) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        code, _, err = submit(endpoint=url)
    assert code == 4
    assert f"no Kubeflow Pipelines can be reached at {url}: tried GET {url}/apis/v2beta1/healthz" in err
    assert "Connection refused" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("status", "content", "found"),
    [
        (404, b"not found", "is no Kubeflow Pipelines API: GET .* answered HTTP 404; .* ends in /pipeline"),
        (302, b"<a href=/dex>Found</a>", r"does not let us in \(HTTP 302\)"),
        (403, b"RBAC: access denied", r"does not let us in \(HTTP 403: RBAC: access denied\)"),
        (200, b"<html>Sign in</html>", "is no Kubeflow Pipelines API: GET .* answered b'<html>"),
        (503, b"upstream connect error", r"failed to GET .* \(HTTP 503: upstream connect error\); the same may work"),
    ],
)
def test_what_answers_instead_is_told(submit, kfp_server, data, status, content, found) -> None:
    kfp_server.answers["GET", "/apis/v2beta1/healthz"] = (status, content)
    code, _, err = submit()
    assert code == 4
    assert re.search(found, err), err


@pytest.mark.parametrize(
    ("status", "content", "code", "found"),
    [
        (
            400,
            {"message": "Invalid input error: unknown template format"},
            2,
            "refuses to create the run 'small .*HTTP 400: Inv",
        ),
        (413, {}, 2, "the pipeline is larger than http.* takes"),
        (
            500,
            {"message": "etcdserver: request is too large"},
            2,
            "the pipeline is larger than .*move code into images",
        ),
        (403, {"message": "not authorized"}, 4, "does not let us in .* tried create the run"),
        (500, {"message": "database is gone"}, 4, "failed to create the run .*database is gone.*may work later"),
    ],
)
def test_a_refusal_of_the_run_is_told(submit, kfp_server, data, status, content, code, found) -> None:
    kfp_server.answers["POST", RUNS] = (status, json.dumps(content).encode())
    exit_code, _, err = submit()
    assert exit_code == code
    assert re.search(found, err), err


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--param", "raito=1"], "pipeline small has no such parameter; did you mean 'ratio'"),
        (["--param", "ratio=half"], "--param ratio: 'half' is no NUMBER_DOUBLE"),
        (["--param", "ratio=true"], "parameter 'ratio' must be a finite number, found the boolean true"),
        (["--param", "base=/data"], "task example-gen: input_base is /data, a path of this machine"),
        (["--digest", "trainer"], "--digest 'trainer': write it as name=sha256"),
        (["--digest", "trainer=sha256:" + "0" * 64], "'trainer', which is no step of the pipeline"),
        (["--digest", "exmple_gen=sha256:" + "0" * 64], "did you mean 'example_gen'"),
        (["--digest", "example-gen=sha256:12"], "write sha256: and 64 hexadecimal digits"),
        (["--pull-secret", "My Secret"], "--pull-secret 'My Secret'"),
        (["--token-file", "nowhere"], "--token-file nowhere: cannot be read"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_sent(submit, kfp_server, data, arguments, found) -> None:
    code, _, err = submit(*arguments)
    assert code == 2
    assert found in err
    assert kfp_server.requests == []


@pytest.fixture
def looped(submit, kfp_server, data, tmp_path) -> Path:
    """A compiled pipeline that loops over the items in its text `note`, and needs a value of `mode`."""
    loop = "    with dsl.ParallelFor(items=note) as item:\n        example_gen(input_base=item)\n"
    submit(source=SOURCE.replace('note: str = ""', "note: list = []") + loop)
    (spec,) = [body["pipeline_spec"] for body in kfp_server.bodies(RUNS)]
    declared = spec["root"]["inputDefinitions"]["parameters"]
    declared["mode"] = {"parameterType": "STRING"}
    declared["note"] = {"parameterType": "STRING", "defaultValue": "[]"}
    inside = spec["components"]["comp-for-loop-1"]["inputDefinitions"]["parameters"]
    inside["pipelinechannel--note"] = {"parameterType": "STRING"}
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(spec))
    kfp_server.requests.clear()
    return Path(tmp_path / "small.yaml")


@pytest.mark.parametrize(
    ("given", "code", "found"),
    [
        ([], 2, "pipeline small needs a value of its parameter 'mode'; give one: --param mode=..."),
        (["mode=fast", 'note=["a"]'], 0, ""),
        (
            ["mode=fast", "note=a,b"],
            2,
            "iterates over 'pipelinechannel--note', whose items are no JSON: the text 'a,b'",
        ),
        (
            ["mode=fast", 'note="a"'],
            2,
            "iterates over 'pipelinechannel--note', whose items must be a JSON list, found the text 'a'",
        ),
    ],
)
def test_arguments_are_checked_with_the_pipeline(looped, kfp_server, capsys, given, code, found) -> None:
    arguments = [word for text in given for word in ("--param", text)]
    assert main(["submit", str(looped), "--endpoint", kfp_server.url, *arguments]) == code
    assert found in capsys.readouterr().err
    assert bool(kfp_server.bodies(RUNS)) == (code == 0)


@pytest.mark.parametrize("mode", ["fast", "fats"])
def test_choices_are_checked_and_an_sdk_that_does_not_know_them_says_so(looped, kfp_server, capsys, mode) -> None:
    import kfp

    spec = yaml.safe_load(looped.read_text())
    spec["root"]["inputDefinitions"]["parameters"]["mode"]["literals"] = ["fast", "slow"]
    looped.write_text(yaml.safe_dump(spec))
    code = main(["submit", str(looped), "--endpoint", kfp_server.url, "--param", f"mode={mode}"])
    err = capsys.readouterr().err
    if mode == "fats":
        assert (code, "must be one of ['fast', 'slow'], found 'fats'" in err) == (2, True)
    elif kfp.__version__ < "2.16":
        assert code == 2
        assert re.search(r"the kfp SDK here \(2\.\d+\.\d+\) does not know all .*no field named \"literals\"", err)
    else:
        assert code == 0


@pytest.mark.parametrize(
    ("endpoint", "found"), [("localhost:8080", "as http://localhost:8080"), ("/", "has to be given")]
)
def test_an_endpoint_needs_its_scheme(submit, endpoint, found) -> None:
    code, _, err = submit(endpoint=endpoint)
    assert code == 2
    assert found in err


def test_what_kfp_cannot_run_is_refused_before_anything_is_sent(submit, kfp_server) -> None:
    importer = 'dsl.importer(artifact_uri="s3://b/k", artifact_class=dsl.Dataset)'
    source = SOURCE.replace(
        "    statistics_gen(", f"    with dsl.If(note == ''):\n        {importer}\n    statistics_gen("
    )
    code, _, err = submit(source=source)
    assert code == 2
    assert "task condition-1/importer: is an importer under the condition of 'condition-1'" in err
    assert kfp_server.requests == []


LOCAL = """
from kfp import dsl, kubernetes
from argosy.components import example_gen, pusher

@dsl.pipeline(name="local")
def local():
    source = example_gen(input_base="{base}")
    {mount}
"""


def test_a_local_path_is_refused_unless_a_volume_is_mounted_there(submit, kfp_server) -> None:
    code, _, err = submit(source=LOCAL.format(base="data", mount=""))
    assert code == 2
    assert "task example-gen: input_base is" in err
    assert "make it a parameter of the pipeline, or mount a volume claim there" in err
    assert kfp_server.requests == []
    mount = 'kubernetes.mount_pvc(source, pvc_name="claim", mount_path="/mnt/data")'
    code, _, err = submit(source=LOCAL.format(base="/mnt/data/penguins", mount=mount))
    assert code == 0
    assert "/mnt/data/penguins is on a volume, so its fingerprint is not known and it runs uncached" in err


PENGUINS = Path(__file__).parents[2] / "pipelines" / "penguins"


def test_the_quickstart_names_what_a_cluster_cannot_see_and_what_to_give_instead(
    kfp_server, object_store, capsys
) -> None:
    arguments = ["submit", str(PENGUINS), "--endpoint", kfp_server.url]
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert kfp_server.requests == []
    assert f"task example-gen: input_base is {PENGUINS}/data, a path of this machine: give --param data=s3://" in err
    assert "task pusher: push_destination is models/penguins, a path of this machine: give --param push_dest" in err

    # What it says is what it takes.
    said = " ".join(re.findall(r"give (--param .*?)(?:; task |\. A cluster)", err))
    given = shlex.split(said.replace("BUCKET", "bucket").replace("CLAIM", "models"))
    object_store.files["data/penguins.csv"] = (PENGUINS / "data" / "penguins.csv").read_bytes()
    assert main([*arguments, *given]) == 0, capsys.readouterr().err
    (body,) = kfp_server.bodies(RUNS)
    valid(body, "V2beta1Run")
    assert body["runtime_config"]["parameters"] == {
        "data": "s3://bucket/data",
        "push_destination": {"filesystem": {"base_directory": "/models/penguins"}},
    }
    platform = body["pipeline_spec"]["platform_spec"]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    (mount,) = platform.pop("exec-pusher")["pvcMount"]
    assert (mount["constant"], mount["mountPath"], platform) == ("models", "/models", {})
    fingerprint = constants(body["pipeline_spec"]["pipeline_spec"], "example-gen")["fingerprint"]
    assert fingerprint.startswith("split:single_split,num_files:1,")


@pytest.mark.parametrize(
    ("destination", "found"),
    [
        ('{"filesystem": {"base_dir": "/models"}}', "unknown key 'base_dir'; did you mean 'base_directory'"),
        ('{"filesystem": {"base_directory": "ftp://host/models"}}', "ftp://host/models: scheme not supported"),
    ],
)
def test_a_destination_that_its_last_step_would_refuse_is_refused_first(
    kfp_server, object_store, capsys, destination, found
) -> None:
    arguments = ["--param", "data=s3://bucket/data", "--param", f"push_destination={destination}"]
    assert main(["submit", str(PENGUINS), "--endpoint", kfp_server.url, *arguments]) == 2
    err = capsys.readouterr().err
    assert "task pusher: " in err
    assert found in err
    assert kfp_server.requests == []


def test_a_volume_is_mounted_as_kfp_kubernetes_does_it(submit, kfp_server) -> None:
    mount = 'kubernetes.mount_pvc(source, pvc_name="claim", mount_path="/mnt/data")'
    submit(source=LOCAL.format(base="/mnt/data/penguins", mount=mount))
    submit("--volume", "claim=/mnt/data/", source=LOCAL.format(base="/mnt/data/penguins", mount=""))
    by_author, by_option = [body["pipeline_spec"]["platform_spec"] for body in kfp_server.bodies(RUNS)]
    assert by_option == by_author


@pytest.mark.parametrize("text", ["claim", "claim=", "=/data", "claim=data", "claim=/", "My Claim=/data"])
def test_a_volume_that_is_none_is_refused(submit, kfp_server, text) -> None:
    code, _, err = submit("--volume", text, source=LOCAL.format(base="/data", mount=""))
    assert code == 2
    assert f"--volume {text!r}: write it as CLAIM=/FOLDER" in err
    assert kfp_server.requests == []


def test_a_volume_that_nobody_uses_is_refused(submit, data) -> None:
    code, _, err = submit("--volume", "claim=/models")
    assert code == 2
    assert "--volume claim=/models: no step is given a path in /models" in err


@pytest.mark.parametrize(
    ("connection", "code", "said"),
    [
        ("postgresql://me:${WORD}@host/trips", 0, "cannot tell whether its data have changed, so"),
        ("${TRIPS_URL}", 0, "${TRIPS_URL} cannot tell whether its data have changed, so"),
        ("sqlite:////mnt/trips.db", 0, "sqlite:////mnt/trips.db is on a volume, so"),
        ("postgresql://me:s3cret@host/trips", 2, "put it into an environment variable of the step"),
    ],
)
def test_a_query_is_not_cached_where_its_source_cannot_tell(submit, kfp_server, connection, code, said) -> None:
    query = f'example_gen(connection="{connection}", query="SELECT 1 AS x")'
    found, _, err = submit(source=SOURCE.replace("example_gen(input_base=base)", query))
    assert (found, said in err) == (code, True), err
    assert "s3cret" not in err
    assert bool(kfp_server.requests) == (code == 0)
    if code == 0:
        task = kfp_server.bodies(RUNS)[0]["pipeline_spec"]["root"]["dag"]["tasks"]["example-gen"]
        assert task["cachingOptions"] == {}
