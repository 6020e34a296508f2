"""Fixtures of every test, and how tests are spread over workers."""

import os
import re
from functools import cache
from pathlib import Path

import pytest
import structlog
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

pytest_plugins = ["common.testing.fixtures", "tests.system.fixtures"]

_LONGEST_FIRST = ("system", "orchestrator/service", "stack", "builder", "deployer", "docs")
"""The folders whose files start the most processes: begun last, one would keep a single worker busy."""

_GROUP = re.compile(r'xdist_group\("([\w-]+)"\)')


class FileScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """A file's tests stay together because they share servers, and so do the files of an xdist_group.

    xdist's own loadgroup hands groups over in an attribute that pytest 9.2 no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(self.config.rootpath / nodeid.partition("::")[0])


def pytest_configure() -> None:
    # structlog's own default writes every local variable of a traceback: seconds of CPU where one is logged.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, plain])


@cache
def group_of(path: Path) -> str:
    found = _GROUP.search(path.read_text(encoding="utf-8"))
    return found[1] if found else str(path)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    tests = config.rootpath / "tests"

    def rank(item: pytest.Item) -> int:
        folders = (n for n, name in enumerate(_LONGEST_FIRST) if item.path.is_relative_to(tests / name))
        return next(folders, len(_LONGEST_FIRST))

    items.sort(key=rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    return len(os.sched_getaffinity(0)) + 2  # tests often wait for other processes


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileScheduling:
    config.option.loadscopereorder = False  # the order is by time, not by the number of tests
    return FileScheduling(config, log)
