"""docs/api.md and docs/guide.md against the code."""

import pytest

from common.contracts import DeploymentState, Environment, ErrorCategory, RunState
from common.contracts.asyncapi_events import EVENT_MODELS
from common.contracts.source import MAX_FILE_BYTES, MAX_FILES, MAX_PATH, MAX_TOTAL_BYTES
from common.data import TOLD
from deployer.usecases.delete_app import APP_DELETED
from deployer.usecases.reconcile import BUILD_MISSING
from orchestrator.domain.text import MAX_PROMPT_BYTES
from orchestrator.main import create_app
from orchestrator.settings import Settings
from tests.deploy.docs import DOCS, code, codes, section, tables
from tests.deploy.sources import errors

API = DOCS / "api.md"
GUIDE = DOCS / "guide.md"

# Answers that have no class in the orchestrator: of the framework's errors, and common's own ones.
COMMON = {
    "busy": 503,
    "internal_error": 500,
    "invalid_request": 422,
    "not_found": 404,
    "payload_too_large": 413,
    "template_not_found": 404,
    "template_unavailable": 503,
    "too_many_requests": 429,
    "unauthorized": 401,
    "unavailable": 503,
}
# Ends of a run that are no answers to a request, and what never leaves the service.
RUNS = {
    "build_failed", "build_impossible", "deployment_failed", "model_gave_up", "model_refused",
    "model_rejected", "model_unavailable", "pages_failed", "run_timed_out", "run_too_long",
    "script_too_large", "turn_limit_reached",
}  # fmt: skip
INTERNAL = {"budget_reserved", "model_cut"}
# What the deployer answers about secrets is passed on.
PASSED_ON = {"data_unavailable", "secret_exists", "secret_invalid", "secret_not_found", "secret_unreadable"}
# What the builder answers about apps' packages is passed on.
OF_PACKAGES = {"package_not_found", "package_refused", "packages_unknown"}
# What the data service answers about apps' databases is passed on.
OF_DATABASES = {
    "app_user_in_use", "app_user_not_found", "dump_not_found", "dump_unfinished", "filter_invalid",
    "provider_invalid", "sql_failed", "sql_refused", "table_not_found", *TOLD,
}  # fmt: skip
# What the data service says of migrations, and that it says nothing.
OF_MIGRATIONS = {
    "data_invalid", "data_unavailable", "migration_changed", "migration_failed", "migration_needs_approval",
    "migration_slow", *TOLD,
}  # fmt: skip
# Errors of the deployer's HTTP API, and of its own workings.
NO_ENDS = {
    "deployment_contradicts",
    "deployment_not_found",
    "lease_lost",
    "secret_exists",
    "secret_invalid",
    "secret_not_found",
}


def problems(number: int) -> list[list[str]]:
    return tables(section(API, "## Errors"))[number]


def test_every_route_is_listed_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")  # one of the vendors must be there
    for name, field in Settings.model_fields.items():
        if field.is_required():
            monkeypatch.setenv(name.upper(), "x" * 16)
    spec = create_app(Settings()).openapi()
    served = {
        (method.upper(), path.replace("{path:path}", "{path}"))
        for path, methods in spec["paths"].items()
        for method in methods
    }
    rows = tables(section(API, "## Routes"))[0]
    assert {(method, code(row[1])) for row in rows for method in row[0].split()} == served


def test_every_event_is_listed_with_its_fields() -> None:
    rows = tables(section(API, "## Events"))[0]
    common = {"type", "run_id", "at"}
    listed = {code(row[0]): codes(row[1].split(": ")[0]) for row in rows}
    declared = {name: [*(event.model_fields.keys() - common)] for name, event in EVENT_MODELS.items()}
    assert {name: sorted(fields) for name, fields in listed.items()} == {
        name: sorted(fields) for name, fields in declared.items()
    }


def test_every_code_of_an_answer_is_listed_with_its_status() -> None:
    own = {name: statuses for name, statuses in errors("orchestrator").items() if name not in RUNS | INTERNAL}
    others = errors("deployer") | errors("common")
    passed_on = {name: statuses for name, statuses in others.items() if name in PASSED_ON}
    passed_on |= {name: statuses for name, statuses in errors("data").items() if name in OF_DATABASES}
    passed_on |= {name: statuses for name, statuses in errors("builder").items() if name in OF_PACKAGES}
    expected = own | passed_on | {name: {status} for name, status in COMMON.items()}
    assert {code(row[0]): {int(row[1])} for row in problems(0)} == expected


def test_every_end_of_a_run_is_listed() -> None:
    listed = {code(row[0]) for row in problems(1)}
    assert listed == RUNS | {"budget_exhausted", "internal_error", "template_not_found"}
    assert listed <= {*errors("orchestrator"), *errors("common")}


def test_every_problem_of_a_deployment_is_listed() -> None:
    listed = {code(row[0]) for row in problems(2)}
    ours = {"build_failed", "pages_failed", "pages_unchecked", APP_DELETED, BUILD_MISSING}
    of_common = {"secret_unreadable"}
    assert listed == (set(errors("deployer")) - NO_ENDS) | ours | of_common | OF_MIGRATIONS


def test_the_limits_are_the_codes_own() -> None:
    limits = section(API, "## Limits")
    for number in (MAX_PROMPT_BYTES, MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES, MAX_PATH):
        assert f"{number:,} " in limits


def test_the_guide_knows_every_state() -> None:
    run = section(GUIDE, "## A run")
    assert {code(row[0]) for row in tables(run)[0]} == set(RunState)
    deployment = section(GUIDE, "## A deployment")
    assert all(state in deployment for state in DeploymentState)
    assert all(f"`{environment}`" in GUIDE.read_text() for environment in Environment)


def test_the_guide_knows_every_category_of_failed_builds() -> None:
    rows = tables(section(GUIDE, "## When something fails"))[0]
    assert {code(row[0]) for row in rows} == set(ErrorCategory)
    assert [code(row[0]) for row in rows if row[2].startswith("no")] == [ErrorCategory.INFRASTRUCTURE]
