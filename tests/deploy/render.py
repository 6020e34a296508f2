"""What `kustomize build` makes of deploy/k8s, for the few features that its files use."""

from pathlib import Path
from typing import Any

import yaml

from tests.house.files import ROOT

K8S = ROOT / "deploy/k8s"
OVERLAY = K8S / "overlays/example"

Resource = dict[str, Any]

_KNOWN = {"apiVersion", "kind", "resources", "namespace", "labels", "images"}
_CLUSTER_WIDE = {"Namespace", "RuntimeClass"}


def render(folder: Path) -> list[Resource]:
    """All resources of the folder's kustomization; raises on a feature that is not imitated here."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    unknown = set(kustomization) - _KNOWN
    if unknown:
        raise NotImplementedError(f"{folder}: teach tests/deploy/render.py about {sorted(unknown)}")
    rendered: list[Resource] = []
    for name in kustomization["resources"]:
        path = (folder / name).resolve()
        rendered += render(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))
    for resource in rendered:
        _transform(resource, kustomization)
    return rendered


def of_kind(resources: list[Resource], *kinds: str) -> list[Resource]:
    return [resource for resource in resources if resource["kind"] in kinds]


def workloads(resources: list[Resource]) -> dict[str, Resource]:
    """Deployments and stateful sets by name."""
    return {found["metadata"]["name"]: found for found in of_kind(resources, "Deployment", "StatefulSet")}


def pod_of(workload: Resource) -> Resource:
    spec: Resource = workload["spec"]["template"]["spec"]
    return spec


def container_of(workload: Resource) -> Resource:
    (container,) = pod_of(workload)["containers"]
    found: Resource = container
    return found


def _transform(resource: Resource, kustomization: Resource) -> None:
    metadata = resource["metadata"]
    if "namespace" in kustomization and resource["kind"] not in _CLUSTER_WIDE:
        metadata["namespace"] = kustomization["namespace"]
    for entry in kustomization.get("labels", ()):
        metadata["labels"] = {**metadata.get("labels", {}), **entry["pairs"]}
    if resource["kind"] in {"Deployment", "StatefulSet"}:
        for image in kustomization.get("images", ()):
            container = container_of(resource)
            if container["image"] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"
