"""manifests/argo: these rules, and no others."""

from pathlib import Path

from argosy.cli.argo_preflight import REVIEW_GROUP, REVIEWS

MANIFESTS = Path(__file__).parents[2] / "manifests"
REPORT = {"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}


def named(documents, kind):
    return {document["metadata"]["name"]: document for document in documents if document["kind"] == kind}


def test_the_roles_are_exactly_these(render):
    documents = render(MANIFESTS / "argo")
    roles = {name: role["rules"] for name, role in named(documents, "Role").items()}
    served = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["argosy-serving-models"]}
    assert roles["argosy-steps"] == [REPORT]
    assert roles["argosy-pusher"] == [REPORT, {**served, "verbs": ["get", "patch"]}]
    assert set(roles) == {"argosy-steps", "argosy-pusher", "argosy-user"}
    users = {
        (resource, verb) for rule in roles["argosy-user"] for resource in rule["resources"] for verb in rule["verbs"]
    }
    assert {verb for resource, verb in users if resource in ("pods", "pods/log", "events")} == {"get", "list", "watch"}
    assert {("pods/portforward", "create"), ("services", "get")} <= users, "as docs/argo.md asks for lineage"
    assert not {resource for resource, _ in users} & {"secrets", "configmaps", "deployments", "pods/exec", "*"}


def test_people_may_look_at_what_submit_looks_at_but_for_what_holds_secrets(render):
    (user,) = (
        role["rules"] for name, role in named(render(MANIFESTS / "argo"), "Role").items() if name == "argosy-user"
    )
    allowed = {
        (group, resource, verb)
        for rule in user for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]
    }  # fmt: skip
    looked_at = {("", f"{kind}s", "get") for kind in ("namespace", "serviceaccount", "persistentvolumeclaim")}
    assert looked_at | {(REVIEW_GROUP, REVIEWS, "create")} <= allowed
    assert {verb for group, _, verb in allowed if group == REVIEW_GROUP} == {"create"}


def test_each_role_is_bound_to_its_own_account(render):
    documents = render(MANIFESTS / "argo")
    bindings = named(documents, "RoleBinding")
    assert bindings.keys() == named(documents, "Role").keys()
    for name, binding in bindings.items():
        assert binding["roleRef"]["name"] == name
        (subject,) = binding["subjects"]
        account = {"kind": "ServiceAccount", "name": name, "namespace": "argosy"}
        group = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "argosy-users"}
        assert subject == (group if name == "argosy-user" else account)


def test_another_namespace_has_its_own_accounts(render, kustomize, tmp_path):
    documents = render(kustomize(tmp_path, resources=["argo/base"], namespace="team"))
    (namespace,) = named(documents, "Namespace").values()
    assert namespace["metadata"]["name"] == "team"
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    subjects = [subject for binding in named(documents, "RoleBinding").values() for subject in binding["subjects"]]
    assert {subject["namespace"] for subject in subjects if subject["kind"] == "ServiceAccount"} == {"team"}


def test_the_pusher_may_change_the_configmap_that_serving_makes(render):
    served = named(render(MANIFESTS / "serving/overlays/pvc"), "ConfigMap")
    rules = named(render(MANIFESTS / "argo"), "Role")["argosy-pusher"]["rules"]
    assert rules[-1]["resourceNames"][0] in served
