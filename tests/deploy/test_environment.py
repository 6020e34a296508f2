"""Manifests against the services' Settings: every variable means something, nothing needed is missing."""

import json
import os
import re
from ipaddress import ip_network

import pytest

from dev.stack.credentials import MAKERS
from tests.deploy.render import Resource, container_of, of_kind, workloads
from tests.deploy.settings import SETTINGS, required, variables
from tests.house.files import ROOT, SERVICES

# What an id and a key cannot stand for.
OF_A_FORM = {
    "APP_DATABASES": '{"main": {"url": "postgresql://admin:password@host/apps"}}',
    "JWT_KEYS": MAKERS["data_jwt_keys"](),
}


def config_maps(resources: list[Resource]) -> dict[str, dict[str, str]]:
    return {found["metadata"]["name"]: found["data"] for found in of_kind(resources, "ConfigMap")}


def plain(resources: list[Resource], service: str) -> dict[str, str]:
    """The variables that come from config maps."""
    maps = config_maps(resources)
    sources = container_of(workloads(resources)[service])["envFrom"]
    found: dict[str, str] = {}
    for source in sources:
        found |= maps[source["configMapRef"]["name"]]
    return found


def secret(resources: list[Resource], service: str, *, optional: bool = True) -> dict[str, tuple[str, str]]:
    """The variables that come from secrets, as secret and key."""
    entries = container_of(workloads(resources)[service])["env"]
    references = {entry["name"]: entry["valueFrom"]["secretKeyRef"] for entry in entries}
    return {
        name: (reference["name"], reference["key"])
        for name, reference in references.items()
        if optional or not reference.get("optional")
    }


@pytest.mark.parametrize("service", SERVICES)
def test_every_variable_is_a_setting_of_the_service(rendered: list[Resource], service: str) -> None:
    given = {*plain(rendered, service), *secret(rendered, service)}
    assert not given - variables(service)


@pytest.mark.parametrize("service", SERVICES)
def test_every_required_setting_is_supplied(rendered: list[Resource], service: str) -> None:
    given = {*plain(rendered, service), *secret(rendered, service, optional=False)}
    assert not required(service) - given


@pytest.mark.parametrize("service", SERVICES)
def test_the_settings_accept_what_is_given(
    rendered: list[Resource], service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in variables(service) & set(os.environ):
        monkeypatch.delenv(name)
    # An id and 32 bytes in base64: good for a token, a password and a key ring alike.
    chosen = secret(rendered, service).keys() & {"ANTHROPIC_API_KEY"}  # one of the vendors must be there
    for name in secret(rendered, service, optional=False).keys() | chosen:
        monkeypatch.setenv(name, "1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    for name, value in {**plain(rendered, service), **OF_A_FORM}.items():
        monkeypatch.setenv(name, value)
    settings = SETTINGS[service]()
    assert settings.model_dump()["host"] == "0.0.0.0"


@pytest.mark.parametrize("service", SERVICES)
def test_a_token_is_one_secret_wherever_it_is_used(rendered: list[Resource], service: str) -> None:
    for name, reference in secret(rendered, service).items():
        if name.endswith("_TOKEN") and name.removesuffix("_TOKEN").lower() in SERVICES:
            owner = name.removesuffix("_TOKEN").lower()
            assert reference == secret(rendered, owner)["SERVICE_TOKEN"]


@pytest.mark.parametrize("service", SERVICES)
def test_ports_agree_from_the_image_to_the_service(rendered: list[Resource], service: str) -> None:
    (found,) = (item for item in of_kind(rendered, "Service") if item["metadata"]["name"] == service)
    declared = container_of(workloads(rendered)[service])["ports"]
    dockerfile = (ROOT / "services" / service / "Dockerfile").read_text()
    settings = {"http": "port", "metrics": "metrics_port"}
    for (name, setting), container, served in zip(
        settings.items(), declared, found["spec"]["ports"], strict=True
    ):
        port = plain(rendered, service)[setting.upper()]
        assert str(container["containerPort"]) == str(served["port"]) == port
        assert container["name"] == served["name"] == served["targetPort"] == name
        assert re.search(rf"^EXPOSE .*\b{port}\b", dockerfile, re.MULTILINE)
        assert f" {setting.upper()}={port}" in dockerfile
        assert SETTINGS[service].model_fields[setting].default == int(port)


def test_services_look_for_each_other_where_they_are(rendered: list[Resource]) -> None:
    ports = {service: plain(rendered, service)["PORT"] for service in SERVICES}
    for service in SERVICES:
        for name, value in plain(rendered, service).items():
            if name.removesuffix("_URL").lower() in SERVICES:
                other = name.removesuffix("_URL").lower()
                assert value == f"http://{other}:{ports[other]}"


def test_visitors_behind_the_ingress_are_told_apart(rendered: list[Resource]) -> None:
    proxies = [ip_network(text) for text in json.loads(plain(rendered, "data")["TRUSTED_PROXIES"])]
    assert proxies
    assert not any(network.is_global for network in proxies)


def test_the_builders_limits_hold_its_builds(rendered: list[Resource]) -> None:
    given = plain(rendered, "builder")
    limits = container_of(workloads(rendered)["builder"])["resources"]["limits"]
    gibibytes = re.fullmatch(r"(\d+)Gi", limits["memory"])
    assert gibibytes is not None
    builds = 2 * int(given["BUILDER_CONCURRENCY"]) * int(given["BUILDER_MEMORY_BYTES"])
    warm = int(given["BUILDER_WARM"]) * 300 * 1024**2 + int(given["BUILDER_WARM_APP_BYTES"])
    browser = int(given["BUILDER_BROWSER_MEMORY_BYTES"])
    browsers = browser + int(given["BUILDER_WARM_BROWSERS"]) * browser // 2
    assert builds + warm + browsers + 256 * 1024**2 <= int(gibibytes[1]) * 1024**3
    assert given["BUILDER_CPUS"] == limits["cpu"]
