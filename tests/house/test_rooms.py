"""Every service has the same rooms in the same order: who knows one knows all."""

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.house.files import ROOT, SERVICES, relative, repository_files

ROOMS = {"api", "consumers.py", "usecases", "domain", "db", "clients", "errors.py", "metrics.py"}
ENTRANCE = {"__init__.py", "__main__.py", "main.py", "settings.py"}
# Files a service ships that are no Python: the model's prompt, the deployed Worker's runtime, the templates.
CARGO = {"orchestrator": {"prompt"}, "deployer": {"worker"}, "templates": {"content"}}
BESIDE = {"pyproject.toml", "requirements.lock", "README.md"}

# What rules may know besides themselves, the standard library's pure part and libraries that only compute.
DOMAIN_MAY_IMPORT = (
    *("common.contracts", "common.ids", "common.clock", "common.errors", "common.keyring"),
    *("pydantic", "brotli", "tree_sitter", "pglast"),
)
IMPURE = {
    "asyncio",
    "http",
    "multiprocessing",
    "os",
    "shutil",
    "socket",
    "subprocess",
    "threading",
    "urllib.request",
}

READS_VARIABLE = re.compile(r"os\.environ(?:\[|\.get\()(?!\"PATH\")|os\.getenv")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_known_rooms(service: str) -> None:
    folder = ROOT / "services" / service
    names = {path.relative_to(folder / service).parts[0] for path in files_below(folder / service)}
    assert names >= ENTRANCE
    assert names <= ENTRANCE | ROOMS | CARGO.get(service, set())


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_brings_all_it_needs_to_be_run_alone(service: str) -> None:
    folder = ROOT / "services" / service
    present = {path.name for path in files_below(folder) if path.parent == folder}
    assert present >= BESIDE
    if (folder / service / "db").exists():
        assert (folder / "alembic.ini").exists()
        # Inside the package, so that an installed service can bring its schema up to date.
        assert (folder / service / "db" / "migrations" / "env.py").exists()


@pytest.mark.parametrize("service", SERVICES)
def test_rules_import_nothing_but_rules(service: str) -> None:
    allowed = (*DOMAIN_MAY_IMPORT, f"{service}.domain", f"{service}.errors")
    wrong = [
        f"{relative(path)}: {module}"
        for path in files_below(ROOT / "services" / service / service / "domain")
        if path.suffix == ".py"
        for module in imported_modules(path)
        if not module.startswith(allowed) and not is_pure_standard_library(module)
    ]
    assert not wrong


@pytest.mark.parametrize("service", SERVICES)
def test_only_settings_read_variables_of_the_environment(service: str) -> None:
    readers = [
        relative(path)
        for path in files_below(ROOT / "services" / service / service)
        if path.suffix == ".py" and path.name != "settings.py"
        if READS_VARIABLE.search(path.read_text(encoding="utf-8"))
    ]
    assert not readers


def files_below(folder: Path) -> list[Path]:
    return [path for path in repository_files() if path.is_relative_to(folder)]


def imported_modules(path: Path) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    return modules


def is_pure_standard_library(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in sys.stdlib_module_names and module not in IMPURE


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_wired_in_the_same_way(service: str) -> None:
    """Who has read one main.py knows them all; the next service is a copy with other names."""
    tree = ast.parse((ROOT / "services" / service / service / "main.py").read_text(encoding="utf-8"))
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert functions[:5] == ["create_app", "open_resources", "preparations", "checks", "start_loops"]
