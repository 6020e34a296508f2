"""The READMEs of the services and of what development runs, against the code."""

import base64
import fnmatch
import re
from typing import Any

import pytest
from fastapi import FastAPI

import builder.main
import common.contracts
import data.main
import deployer.main
import templates.main
from common.messaging.streams import (
    CONSUMERS,
    RUN_FINISHED_SUBJECT,
    build_log_subject,
    live_subject,
)
from dev.simulator.settings import Settings as SimulatorSettings
from tests.deploy.docs import DOCS, code, codes, section, tables
from tests.deploy.settings import SETTINGS, required, variables
from tests.deploy.sources import errors
from tests.deploy.test_environment import OF_A_FORM
from tests.house.files import ROOT, SERVICES

APPS: dict[str, Any] = {
    "builder": builder.main.create_app,
    "data": data.main.create_app,
    "deployer": deployer.main.create_app,
    "templates": templates.main.create_app,
}
SUBJECTS = {
    *(consumer.subject for consumer in CONSUMERS),
    RUN_FINISHED_SUBJECT,
    build_log_subject("<id>"),
    live_subject("<id>"),
}
SUBJECT = re.compile(r"(?:work|events|logs|live)\.[\w.<>*]+")
NAME = re.compile(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`(?: \(([\d,.]+)\))?")
# Names in capitals that are no settings: a Worker's bindings, and what an app's page is told.
BINDINGS = {"APP_ID", "SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY"}


def readme(service: str) -> str:
    return (ROOT / "services" / service / "README.md").read_text(encoding="utf-8")


def served(service: str, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], set[str]]:
    """Every route, by method and path, with the names of its query parameters."""
    for name in required(service):
        monkeypatch.setenv(name, "x" * 16)
    monkeypatch.setenv("SECRETS_KEYS", f"1:{base64.b64encode(bytes(32)).decode()}")
    for name, value in OF_A_FORM.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("APP_SITE_URL_TEMPLATE", "https://{script}.example.com")
    monkeypatch.setenv("DATA_PUBLIC_URL", "https://data.example.com")
    app: FastAPI = APPS[service](SETTINGS[service]())
    return {
        (method.upper(), path): {
            item["name"] for item in route.get("parameters", ()) if item["in"] == "query"
        }
        for path, methods in app.openapi()["paths"].items()
        for method, route in methods.items()
    }


@pytest.mark.parametrize("service", sorted(APPS))
def test_a_readme_lists_every_route_and_no_other(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = readme(service)
    heading = next(line for line in text.splitlines() if line.startswith("## HTTP"))
    (table,) = tables(section(ROOT / "services" / service / "README.md", heading))
    listed = {}
    for row in table:
        path, _, query = code(row[1]).partition("?")
        for method in row[0].split():
            listed[method, path] = {name.partition("=")[0] for name in query.split("&") if name}
    routes = served(service, monkeypatch)
    assert {(method, path.replace(":path}", "}")) for method, path in routes} == set(listed)
    assert {
        (method, path.replace(":path}", "}")): names for (method, path), names in routes.items()
    } == listed


@pytest.mark.parametrize("service", SERVICES)
def test_a_readme_names_settings_that_exist_with_their_defaults(service: str) -> None:
    fields = SETTINGS[service].model_fields
    named = NAME.findall(readme(service))
    assert {name for name, _ in named} - BINDINGS <= variables(service)
    for name, shown in named:
        if shown:
            assert float(shown.replace(",", "")) == fields[name.lower()].default, name
    assert f"docs/operations.md#{service})" in readme(service)


@pytest.mark.parametrize("service", SERVICES)
def test_a_readme_names_subjects_and_messages_that_exist(service: str) -> None:
    text = readme(service)
    patterns = [word for word in codes(text) if SUBJECT.fullmatch(word)]
    assert [name for name in patterns if not fnmatch.filter(SUBJECTS, name)] == []
    contracts = re.findall(r"contract `(\w+)`", text)
    assert set(contracts) <= set(common.contracts.__all__)
    if service in {"builder", "deployer"}:
        assert patterns
        assert contracts


def test_the_guide_says_whose_bill_a_failed_run_is() -> None:
    paragraph = next(
        part for part in section(DOCS / "guide.md", "## Who pays").split("\n\n") if "fails" in part
    )
    by_status = errors("common") | errors("orchestrator")
    ends = {code(row[0]) for row in tables(section(DOCS / "api.md", "## Errors"))[1]}
    assert set(codes(paragraph)) - {"platform", "user"} == {
        name for name in ends if max(by_status[name]) >= 500
    }


def test_the_edges_readme_lists_its_settings_with_their_defaults() -> None:
    source = (ROOT / "dev/edge/src/settings.js").read_text(encoding="utf-8")
    table = tables((ROOT / "dev/edge/README.md").read_text(encoding="utf-8"))[0]
    assert {name for row in table for name in codes(row[0])} == set(re.findall(r"EDGE_[A-Z0-9_]+", source))
    defaults = dict(re.findall(r'(?:text|number)\((?:env, )?"(EDGE_\w+)", "?([\w.]+)"?', source))
    for row in table:
        expected = [defaults[name] for name in codes(row[0]) if name in defaults]
        if expected:
            assert row[1].split() == expected, row


def test_the_simulators_readme_lists_its_settings_and_scripts() -> None:
    page = ROOT / "dev/simulator/README.md"
    source = (ROOT / "dev/simulator/settings.py").read_text(encoding="utf-8")
    table = tables(page.read_text(encoding="utf-8"))[0]
    assert {name for row in table for name in codes(row[0])} == set(re.findall(r"SIMULATOR_\w+", source))
    defaults = SimulatorSettings()
    shown = [row[1] for row in table]
    numbers = (defaults.think_ms, defaults.tokens_per_second, defaults.context_tokens)
    assert shown == [f"{defaults.host}, {defaults.port}", *map(str, numbers), ""]
    scripts = tables(section(page, "## Scripts"))[0]
    shipped = {path.stem for path in (ROOT / "dev/simulator/scripts/library").glob("*.yaml")}
    assert {name for row in scripts for name in codes(row[0])} == shipped
