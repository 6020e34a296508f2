"""The manifests: well-formed, hardened, agreeing with each other, and without secrets."""

import importlib
import json
import re
from collections import Counter
from typing import Any

import pytest
import yaml

from tests.deploy.render import K8S, Resource, container_of, of_kind, pod_of, workloads
from tests.house.files import SERVICES, relative

KUBERNETES = ("1.35", "1.37")  # the oldest that the builder's pod needs, and the newest there is a schema for
# What bubblewrap cannot do without; deploy/README.md tells why.
BUILDER_ONLY = {"hostUsers", "runtimeClassName", "shareProcessNamespace"}


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_resource_fits_its_schema(rendered: list[Resource], version: str) -> None:
    validate = importlib.import_module("kubernetes_validate").validate
    for resource in rendered:
        validate(resource, version, strict=True)


def test_every_file_is_part_of_what_is_applied() -> None:
    listed = {
        (path.parent / name).resolve()
        for path in K8S.rglob("kustomization.yaml")
        for name in yaml.safe_load(path.read_text())["resources"]
    }
    files = {path for path in K8S.rglob("*.yaml") if path.name != "kustomization.yaml"}
    assert not sorted(relative(path) for path in files - listed)


def test_no_two_resources_have_the_same_name(rendered: list[Resource]) -> None:
    names = Counter((found["kind"], found["metadata"]["name"]) for found in rendered)
    assert not [name for name, count in names.items() if count > 1]


def test_each_service_has_what_it_runs_with(rendered: list[Resource]) -> None:
    for kind in ("Service", "ServiceAccount", "PodDisruptionBudget"):
        assert {found["metadata"]["name"] for found in of_kind(rendered, kind)} == set(SERVICES)
    assert set(workloads(rendered)) == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_gets_no_more_rights_than_it_needs(rendered: list[Resource], service: str) -> None:
    workload = workloads(rendered)[service]
    pod, container = pod_of(workload), container_of(workload)
    assert pod["serviceAccountName"] == service
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    context = pod["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] > 0
    own = dict(container["securityContext"])
    if service == "builder":
        assert own.pop("procMount") == "Unmasked"
        assert pod["hostUsers"] is False
        assert context["seccompProfile"]["type"] == "Localhost"
    else:
        assert not BUILDER_ONLY & set(pod)
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_bounded_and_watched(rendered: list[Resource], service: str) -> None:
    workload = workloads(rendered)[service]
    container = container_of(workload)
    assert {"cpu", "memory", "ephemeral-storage"} <= set(container["resources"]["requests"])
    assert {"memory", "ephemeral-storage"} <= set(container["resources"]["limits"])
    probes = {
        name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")
    }
    assert probes == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    for volume in pod_of(workload)["volumes"]:
        assert "sizeLimit" in volume.get("emptyDir", {"sizeLimit": ""})


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_mounted_exists(rendered: list[Resource], service: str) -> None:
    workload = workloads(rendered)[service]
    claims = [claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", ())]
    volumes = {*claims, *(volume["name"] for volume in pod_of(workload)["volumes"])}
    mounted = {mount["name"] for mount in container_of(workload)["volumeMounts"]}
    assert mounted == volumes
    existing = {found["metadata"]["name"] for found in of_kind(rendered, "PersistentVolumeClaim")}
    for volume in pod_of(workload)["volumes"]:
        assert volume.get("persistentVolumeClaim", {}).get("claimName") in {None, *existing}


@pytest.mark.parametrize("service", SERVICES)
def test_selectors_choose_the_services_own_pods(rendered: list[Resource], service: str) -> None:
    workload = workloads(rendered)[service]
    labels = workload["spec"]["template"]["metadata"]["labels"]
    assert labels == {"app.kubernetes.io/name": service}
    assert workload["spec"]["selector"]["matchLabels"] == labels
    for kind in ("Service", "PodDisruptionBudget"):
        (found,) = (item for item in of_kind(rendered, kind) if item["metadata"]["name"] == service)
        selector = found["spec"]["selector"]
        assert selector.get("matchLabels", selector) == labels


def test_a_disruption_budget_never_blocks_a_drain(rendered: list[Resource]) -> None:
    for budget in of_kind(rendered, "PodDisruptionBudget"):
        replicas = workloads(rendered)[budget["metadata"]["name"]]["spec"]["replicas"]
        assert budget["spec"].get("minAvailable", replicas - 1) < replicas


def test_the_builders_node_offers_what_its_pod_asks_for(rendered: list[Resource]) -> None:
    pod = pod_of(workloads(rendered)["builder"])
    (runtime,) = of_kind(rendered, "RuntimeClass")
    assert pod["runtimeClassName"] == runtime["metadata"]["name"]
    containerd = (K8S / "node/containerd.toml").read_text()
    assert f"runtimes.{runtime['handler']}]" in containerd
    profile = pod["securityContext"]["seccompProfile"]["localhostProfile"].removeprefix("profiles/")
    denied = json.loads((K8S / "node" / profile).read_text())["syscalls"][0]["names"]
    assert not {"clone", "unshare", "mount", "umount2", "pivot_root", "seccomp"} & set(denied)


def test_the_ingress_shows_the_public_paths_only(rendered: list[Resource]) -> None:
    shown = {
        (entry["backend"]["service"]["name"], entry["path"], entry["pathType"])
        for ingress in of_kind(rendered, "Ingress")
        for rule in ingress["spec"]["rules"]
        for entry in rule["http"]["paths"]
    }
    assert shown == {
        ("orchestrator", "/v1", "Prefix"),
        ("orchestrator", "/docs", "Exact"),
        ("orchestrator", "/openapi.json", "Exact"),
        ("data", "/app_", "ImplementationSpecific"),  # and nothing under /internal
    }


def test_secrets_are_named_and_never_contained(rendered: list[Resource]) -> None:
    assert not of_kind(rendered, "Secret")
    for workload in workloads(rendered).values():
        assert all("value" not in entry for entry in container_of(workload)["env"])
    secret = re.compile(r"TOKEN|SECRET|PASSWORD|_KEY|DATABASE_URL|NATS_URL")
    for found in of_kind(rendered, "ConfigMap"):
        assert not [name for name in found["data"] if secret.search(name)]
    texts = [path.read_text() for path in K8S.rglob("*") if path.is_file()]
    assert not [
        text for text in texts if re.search(r"osk_\w{8}|sk-ant-|-----BEGIN|://[^/\s:]+:[^/\s@]+@", text)
    ]


def test_images_have_a_version(rendered: list[Resource]) -> None:
    images: dict[str, Any] = {
        name: container_of(found)["image"] for name, found in workloads(rendered).items()
    }
    assert all(re.search(rf"/overskill/{name}:\d+\.\d+\.\d+$", image) for name, image in images.items())
