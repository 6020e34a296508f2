"""Merging line by line by whatever Git the service itself would find."""

from pathlib import Path

import pytest

from orchestrator.clients.merge import MergeUnavailable, merge_lines
from orchestrator.domain.upgrade import Sides

SIDES = Sides("a.txt", app=b"mine\n", base=b"old\n", foundation=b"old\n")


def test_git_is_looked_for_where_the_service_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MergeUnavailable, match="cannot be run"):
        merge_lines(SIDES)
    git = tmp_path / "git"
    git.write_text("#!/bin/sh\necho merged elsewhere\n")
    git.chmod(0o755)
    assert merge_lines(SIDES) == b"merged elsewhere\n"
