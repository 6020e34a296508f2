"""docs/operations.md, deploy/README.md and all links against the code."""

import re

import pytest
from pydantic_core import PydanticUndefined

from common.app import build_app  # noqa: F401  # loads what every service has
from common.messaging.streams import STREAMS
from tests.deploy.docs import DOCS, code, codes, section, tables
from tests.deploy.render import Resource, container_of, workloads
from tests.deploy.settings import SETTINGS, variables
from tests.deploy.sources import metrics
from tests.house.files import ROOT, SERVICES

OPERATIONS = DOCS / "operations.md"
DEPLOY = ROOT / "deploy/README.md"
STATEFUL = ("orchestrator", "builder", "data", "deployer")


def settings_of(heading: str) -> dict[str, str]:
    (table,) = tables(section(OPERATIONS, heading))
    return {code(row[0]): row[1] for row in table}


def listed(service: str) -> dict[str, str]:
    shared = settings_of("### Every service")
    data = settings_of("### orchestrator, builder, data and deployer") if service in STATEFUL else {}
    internal = settings_of("### builder, data, deployer and templates") if service != "orchestrator" else {}
    return {**shared, **internal, **data, **settings_of(f"### {service}")}


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_is_listed_and_no_other(service: str) -> None:
    assert set(listed(service)) == variables(service)


@pytest.mark.parametrize("service", SERVICES)
def test_defaults_are_the_codes_own(service: str) -> None:
    in_words = {"PORT", "METRICS_PORT", "BUILDER_CONCURRENCY", "BUILDER_CPUS", "TEMPLATES_CONTENT_DIR"}
    fields = SETTINGS[service].model_fields
    for name, shown in listed(service).items():
        field = fields[name.lower()]
        if name in in_words:
            continue
        if field.is_required():
            assert shown == "required", name
        elif field.default is None:
            assert shown == "none", name
        else:
            assert field.default is not PydanticUndefined
            written = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            assert shown == f"`{written.removesuffix('.0')}`", name


def test_ports_are_the_codes_own() -> None:
    rows = {code(row[0]): row[2] for row in tables(section(OPERATIONS, "### Every service"))[0]}
    for service, settings in SETTINGS.items():
        for name in ("port", "metrics_port"):
            assert f"{settings.model_fields[name].default} {service}" in rows[name.upper()]


def test_streams_are_the_codes_own() -> None:
    (table,) = tables(section(OPERATIONS, "## What is needed outside"))
    shown = {code(row[0]): (row[1], row[2]) for row in table}
    assert set(shown) == {stream.name for stream in STREAMS}
    for stream in STREAMS:
        keeps, most = shown[stream.name]
        assert keeps.endswith(f"{stream.max_age / 86400:.0f} days")
        assert most == f"{stream.max_bytes // 1024**2} MiB, or `{stream.setting}`"


def test_every_metric_is_listed_with_its_labels() -> None:
    known = metrics("common")
    for service in SERVICES:
        known |= metrics(service)
    (table,) = tables(section(OPERATIONS, "## Metrics"))
    shown = {code(row[0]): set(re.findall(r"[a-z_]+", re.sub(r":[^,]*", "", row[1]))) for row in table}
    assert shown == known


def test_alerts_ask_for_metrics_that_exist() -> None:
    (table,) = tables(section(OPERATIONS, "## Metrics"))
    known = {code(row[0]) for row in table}
    queries = re.sub(r"#.*", "", section(OPERATIONS, "## Alerts worth having").split("```")[1])
    asked = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b(?=[{\[) ])", queries)) - {"histogram_quantile"}
    assert len(asked) >= 8
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked} <= known


def test_every_secret_is_listed_with_its_keys(rendered: list[Resource]) -> None:
    references = [
        entry["valueFrom"]["secretKeyRef"]
        for workload in workloads(rendered).values()
        for entry in container_of(workload)["env"]
    ]
    used = {(found["name"], found["key"]): bool(found.get("optional")) for found in references}
    (table,) = tables(section(DEPLOY, "## Secrets"))
    shown = {(code(row[0]), code(row[1])): row[2].startswith("optional") for row in table}
    assert shown == used


def test_what_the_deployment_guide_names_is_in_the_manifests(rendered: list[Resource]) -> None:
    pod = workloads(rendered)["builder"]["spec"]["template"]["spec"]
    text = section(DEPLOY, "## The builder")
    assert f"`runtimeClassName: {pod['runtimeClassName']}`" in text
    assert f"/var/lib/kubelet/seccomp/{pod['securityContext']['seccompProfile']['localhostProfile']}" in text


def test_troubleshooting_names_codes_and_settings_that_exist() -> None:
    text = (DOCS / "troubleshooting.md").read_text()
    known = {name for service in SERVICES for name in variables(service)} | {
        "OVERSKILL_PORT_BASE",
        "DLQ",
        "CREATE",
        "DAC_OVERRIDE",
    }
    named = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", text))
    assert named <= known
    listed_codes = {code(row[0]) for table in tables(section(DOCS / "api.md", "## Errors")) for row in table}
    (table,) = tables(section(DOCS / "troubleshooting.md", "## A deployment"))
    assert {name for row in table for name in codes(row[0])} <= listed_codes
