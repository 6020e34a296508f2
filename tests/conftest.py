"""Fixtures of every test, and how tests are spread over workers."""

import re
from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

pytest_plugins = ["common.testing.fixtures", "tests.system.fixtures"]

_GROUP = re.compile(r'xdist_group\("([\w-]+)"\)')


class FileScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """A file's tests stay together because they share servers, and so do the files of an xdist_group.

    xdist's own loadgroup hands groups over in an attribute that pytest 9.2 no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(self.config.rootpath / nodeid.partition("::")[0])


@cache
def group_of(path: Path) -> str:
    found = _GROUP.search(path.read_text(encoding="utf-8"))
    return found[1] if found else str(path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileScheduling:
    return FileScheduling(config, log)
