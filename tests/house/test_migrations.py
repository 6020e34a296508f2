"""A service's migrations are one line: two that follow the same one would stop the service at its start."""

import re

from tests.house.files import ROOT

REVISION = re.compile(r'^(revision|down_revision) = (?:"(\d{4})"|None)$', re.MULTILINE)


def test_each_migration_follows_the_one_before_it() -> None:
    folders = sorted(ROOT.glob("services/*/*/db/migrations/versions"))
    assert folders
    for folder in folders:
        numbers: list[str] = []
        for path in sorted(folder.glob("*.py")):
            declared = dict(REVISION.findall(path.read_text(encoding="utf-8")))
            assert path.name.startswith(f"{declared['revision']}_"), path
            assert declared["down_revision"] == (numbers[-1] if numbers else ""), path
            numbers.append(declared["revision"])
