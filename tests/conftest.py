"""Fixtures of every test, and how tests are spread over workers."""

import os
import re
from functools import cache
from pathlib import Path
from typing import cast

import pytest
import structlog
from _pytest.fixtures import SubRequest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

pytest_plugins = ["common.testing.fixtures", "tests.system.fixtures"]

_LONGEST_FIRST = (
    "system",
    "docs",
    "evaluation",
    "orchestrator/service",
    "builder/test_failures.py",
    "builder/test_kills.py",
    "builder/test_browser.py",
    "builder/test_page_checks.py",
    "stack",
    "builder",
    "deployer",
)
"""Files, and folders whose files start the most processes: begun last, one would keep one worker busy."""

_EACH = "each"
"""The xdist_group of files whose tests share nothing and take long: these are spread one by one."""

_GROUP = re.compile(r'xdist_group\("([\w-]+)"\)')

_STACKS = ("stack", "world")
"""Fixtures of the session that are many processes: idle ones would take time from other tests to the end."""


class FileScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """A file's tests stay together because they share servers, and so do the files of an xdist_group.

    xdist's own loadgroup hands groups over in an attribute that pytest 9.2 no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        group = group_of(self.config.rootpath / nodeid.partition("::")[0])
        return nodeid if group == _EACH else group


def pytest_configure() -> None:
    # structlog's own default writes every local variable of a traceback: seconds of CPU where one is logged.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, plain])


@cache
def group_of(path: Path) -> str:
    found = _GROUP.search(path.read_text(encoding="utf-8"))
    return found[1] if found else str(path)


def stacks_of(item: pytest.Item | None) -> set[str]:
    return set(_STACKS) & set(item.fixturenames) if isinstance(item, pytest.Function) else set()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    tests = config.rootpath / "tests"

    @cache
    def rank(path: Path) -> int:
        folders = (n for n, name in enumerate(_LONGEST_FIRST) if path.is_relative_to(tests / name))
        return next(folders, len(_LONGEST_FIRST))

    # Those in a row that have a stack start it once.
    items.sort(key=lambda item: (rank(item.path), not stacks_of(item)))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Function, nextitem: pytest.Item | None) -> None:
    """Ends a stack with the last test in a row that has it."""
    for name in stacks_of(item) - stacks_of(nextitem):
        fixture = item._fixtureinfo.name2fixturedefs[name][-1]
        fixture.finish(cast(SubRequest, item._request))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    return 2 * len(os.sched_getaffinity(0)) + 1  # more than half of the time a test waits for other processes


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileScheduling:
    config.option.loadscopereorder = False  # the order is by time, not by the number of tests
    return FileScheduling(config, log)
