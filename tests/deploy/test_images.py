"""The services' images: alike, pinned, and run by nobody in particular."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.files import ROOT, SERVICES

HADOLINT = Path(sys.executable).with_name("hadolint")
BASE = re.compile(r"^FROM (\S+)", re.MULTILINE)


def dockerfile(service: str) -> Path:
    return ROOT / "services" / service / "Dockerfile"


def test_the_linter_has_nothing_to_say() -> None:
    files = [str(dockerfile(service)) for service in SERVICES]
    linted = subprocess.run([HADOLINT, *files], capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_all_stand_on_the_same_exact_base() -> None:
    bases = {base for service in SERVICES for base in BASE.findall(dockerfile(service).read_text())}
    assert len(bases) == 1
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-bookworm", bases.pop())


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_takes_what_is_locked_and_runs_without_root(service: str) -> None:
    text = dockerfile(service).read_text()
    assert "# syntax" not in text  # it would be pulled at every build
    assert text.count("pip install") == text.count("--require-hashes") == 1
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", text, re.MULTILINE)
    assert text.endswith(f'CMD ["python", "-m", "{service}"]\n')


@pytest.mark.parametrize("service", SERVICES)
def test_what_an_image_copies_is_there_and_sent_to_the_build(service: str) -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    sent = [line.removeprefix("!") for line in ignore if line.startswith("!")]
    copies = re.findall(r"^COPY (?!--from)(\S+) \S+$", dockerfile(service).read_text(), re.MULTILINE)
    assert len(copies) == 3
    for source in copies:
        assert (ROOT / source).exists()
        assert any(Path(source).match(pattern) for pattern in sent)
