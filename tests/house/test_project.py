"""What surrounds the code: licence, changelog, workflows, hooks, and documents that name what exists."""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.house.files import ROOT, relative, repository_files
from tests.house.markdown import anchors, code_in, links, pages

LICENCE = "Apache-2.0"
LICENCE_SHA256 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
TOOLS = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
HOOKS = ROOT / ".pre-commit-config.yaml"
MANIFESTS = [path for path in repository_files() if path.name == "pyproject.toml"]
CALLS_MAKE = re.compile(r"(?:^|[\s;&|])make((?: [A-Z_]+=\S+| -\S+)*) ([a-z][\w-]*)", re.MULTILINE)
PINNED_ACTION = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
KINDS_OF_CHANGE = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
TEXT = {".py", ".js", ".mjs", ".ts", ".tsx", ".json", ".toml", ".md", ".sh", ".yaml", ".yml", ".ini", ""}


def targets() -> set[str]:
    return set(
        re.findall(r"^([a-z][\w-]*):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )


def made(text: str) -> set[str]:
    """The targets that commands in this text ask make for."""
    return {found[2] for found in CALLS_MAKE.finditer(text)}


def commands(workflow: Path) -> list[str]:
    jobs: dict[str, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    return [
        step["run"].replace("${{ matrix.target }}", target)
        for job in jobs.values()
        for target in job.get("strategy", {}).get("matrix", {}).get("target", [""])
        for step in job["steps"]
        if "run" in step
    ]


def project(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    return found


def test_the_licence_is_whole_and_every_package_names_it() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == LICENCE_SHA256
    assert {relative(path): project(path)["license"] for path in MANIFESTS} == dict.fromkeys(
        map(relative, MANIFESTS), LICENCE
    )
    assert json.loads((ROOT / "dev/edge/package.json").read_text())["license"] == LICENCE


def test_one_version_counts_for_all_packages_and_the_changelog_names_it() -> None:
    (version,) = {project(path)["version"] for path in MANIFESTS}
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert version in changelog
    headings = re.findall(r"^## (.+)$", changelog, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", heading) for heading in headings[1:])
    assert set(re.findall(r"^### (.+)$", changelog, re.MULTILINE)) <= KINDS_OF_CHANGE


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", [".github/workflows/ci.yml", ".github/workflows/bench.yml"]),
        ("vendor.renovate", ["renovate.json"]),
    ],
)
def test_what_github_and_renovate_read_is_valid(schema: str, files: list[str]) -> None:
    command = [str(TOOLS / "check-jsonschema"), "--builtin-schema", schema, *files]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_only_prepares_the_machine_and_calls_make(workflow: Path) -> None:
    called = [command for command in commands(workflow) if command.startswith("make ")]
    prepared = [command for command in commands(workflow) if command not in called]
    assert called
    assert all(made(command) <= targets() for command in called)
    assert all(command.startswith(("git config ", "sysctl ")) for command in prepared)


def test_ci_runs_the_checks_and_all_tests() -> None:
    assert {"make lint", "make test", "make coverage"} <= set(commands(ROOT / ".github/workflows/ci.yml"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_to_commits_and_python_to_that_of_the_images(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    used = re.findall(r"uses: (.+)$", text, re.MULTILINE)
    assert used
    assert [action for action in used if not PINNED_ACTION.fullmatch(action)] == []
    image = (ROOT / "services/builder/Dockerfile").read_text(encoding="utf-8")
    pythons = set(re.findall(r"python:(\d+\.\d+\.\d+)-", text))
    assert pythons == set(re.findall(r"FROM python:(\d+\.\d+\.\d+)-", image))


def test_hooks_run_what_the_project_brings() -> None:
    config = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    for hook in hooks:
        program, *arguments = hook["entry"].split()
        if program == "make":
            assert arguments[0] in targets()
        else:
            assert (ROOT / program).parent.relative_to(ROOT) == Path(".venv/bin")
            assert (TOOLS / Path(program).name).exists()
    validated = subprocess.run(
        [str(TOOLS / "pre-commit"), "validate-config", str(HOOKS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert validated.returncode == 0, validated.stdout


def test_documents_call_only_targets_that_exist() -> None:
    texts = {relative(page): "\n".join(code_in(page.read_text(encoding="utf-8"))) for page in pages()}
    unknown = {name: made(text) - targets() for name, text in texts.items() if made(text) - targets()}
    assert not unknown
    assert sum(len(made(text)) for text in texts.values()) >= 8


def test_documents_name_tests_that_exist() -> None:
    named = {
        (relative(page), path)
        for page in pages()
        for code in code_in(page.read_text(encoding="utf-8"))
        for path in re.findall(r"(?<![\w/])tests/[\w./]+", code)
    }
    assert len(named) >= 3
    assert [name for name in sorted(named) if not (ROOT / name[1]).exists()] == []


def test_no_link_is_broken() -> None:
    broken = []
    for page in pages():
        for target in links(page.read_text(encoding="utf-8")):
            name, _, anchor = target.partition("#")
            if name.startswith("http"):
                continue
            path = (page.parent / name).resolve() if name else page
            if not path.exists() or (anchor and anchor not in anchors(path.read_text(encoding="utf-8"))):
                broken.append(f"{relative(page)}: {target}")
    assert not broken


def test_text_ends_its_lines_as_the_editor_settings_say() -> None:
    untidy = [
        relative(path)
        for path in repository_files()
        if path.suffix in TEXT and (content := path.read_bytes())
        if not content.endswith(b"\n") or re.search(rb"[ \t\r]$", content, re.MULTILINE)
    ]
    assert not untidy
