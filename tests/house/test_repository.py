"""The repository runs anywhere: nothing in it knows the machine it was written on."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.house.files import ROOT, SERVICES, relative, repository_files

TEXT = {
    ".py",
    ".js",
    ".mjs",
    ".ts",
    ".tsx",
    ".json",
    ".toml",
    ".lock",
    ".md",
    ".sh",
    ".yaml",
    ".yml",
    ".html",
}
TEXT |= {".css", ".ini", ".mako", ".txt", "", ".npmrc"}
# Written so that this file does not match itself.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home/[a-z]\w*)/[\w.-]+")
LOCKED_ADDRESS = re.compile(
    r"--(?:extra-)?index-url|--find-links|\"resolved\":\s*\"|https?://\S+\.(?:whl|tgz|tar\.gz)"
)
LOCKS = {"package-lock.json", "requirements.lock"}
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[\w,]+\])?==(\S+)$")


def test_no_file_names_a_path_of_some_machine() -> None:
    found = [
        f"{relative(path)}: {match.group()}"
        for path in repository_files()
        if path.suffix in TEXT
        for match in MACHINE_PATH.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_no_lock_names_the_address_of_a_registry() -> None:
    found = [
        f"{relative(path)}: {match.group()}"
        for path in repository_files()
        if path.name in LOCKS
        for match in LOCKED_ADDRESS.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_lock_has_what_the_workspace_has(service: str) -> None:
    own = locked(ROOT / "services" / service / "requirements.lock")
    workspace = locked(ROOT / "requirements.lock")
    assert own.items() <= workspace.items()


@pytest.mark.parametrize("service", SERVICES)
def test_every_dependency_is_pinned_and_locked(service: str) -> None:
    lock = locked(ROOT / "services" / service / "requirements.lock")
    for dependency in declared(ROOT / "services" / service / "pyproject.toml"):
        if dependency.startswith("overskill-common"):
            continue
        pin = PINNED.match(dependency)
        assert pin, f"{dependency} is not pinned to one version"
        assert lock.get(pin[1].lower()) == pin[2], f"{dependency} is not what is locked: run `make lock`"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_depends_on_no_other(service: str) -> None:
    ours = {name.split("[")[0] for name in declared(ROOT / "services" / service / "pyproject.toml")}
    assert {name for name in ours if name.startswith("overskill-")} == {"overskill-common"}


def locked(path: Path) -> dict[str, str]:
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(pins)


def declared(path: Path) -> list[str]:
    dependencies: list[str] = tomllib.loads(path.read_text(encoding="utf-8"))["project"]["dependencies"]
    return dependencies
