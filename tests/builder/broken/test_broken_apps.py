"""The table of broken apps: each gets its category, its position and words that help."""

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from builder.domain.diagnostics import MAX_DIAGNOSTICS
from tests.builder.broken.assets import ASSETS
from tests.builder.broken.case import Broken
from tests.builder.broken.code import CODE
from tests.builder.broken.imports import IMPORTS
from tests.builder.broken.runtime import RUNTIME
from tests.builder.broken.slips import SLIPS
from tests.builder.broken.tools import Tools, healed, over_template, running_tools
from tests.builder.world import template_files

in_one_loop = pytest.mark.asyncio(loop_scope="module")

BROKEN: Sequence[Broken] = (*CODE, *SLIPS, *IMPORTS, *ASSETS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tools() -> AsyncIterator[Tools]:
    async with running_tools() as running:
        yield running


@in_one_loop
@pytest.mark.parametrize("broken", BROKEN, ids=str)
async def test_each_gets_its_category_its_position_and_one_clear_message(
    tools: Tools, broken: Broken
) -> None:
    failure = await tools.judge(over_template(broken.files))
    assert failure is not None, "it passes as green"
    found = [(d.file, d.line, d.code, d.message, d.suggestion) for d in failure.diagnostics]
    assert failure.category == broken.category, (failure.message, found)
    fitting = [
        problem
        for problem in (failure.diagnostics if broken.anywhere else failure.diagnostics[:1])
        if (problem.file, problem.line) == (broken.file, broken.line) and broken.message in problem.message
    ]
    assert fitting, (failure.message, found)
    assert broken.code in {None, fitting[0].code}, found
    assert fitting[0].suggestion == broken.suggestion, found
    assert failure.problems == broken.count, found
    assert fitting[0].frame is not None
    assert f"{broken.line:>6} | " in fitting[0].frame
    for words in broken.never:
        assert words not in " ".join((failure.message, *(d.message for d in failure.diagnostics)))


@in_one_loop
async def test_the_template_itself_is_green(tools: Tools) -> None:
    assert await tools.judge(template_files()) is None


@in_one_loop
async def test_of_three_hundred_errors_each_file_gets_its_share(tools: Tools) -> None:
    [many] = [broken for broken in CODE if broken.kind == "many errors"]
    failure = await tools.judge(over_template(many.files))
    assert failure is not None
    assert (failure.problems, failure.files) == (300, 5)
    assert failure.message == "The type check found 300 errors in 5 files."
    assert {problem.file for problem in failure.diagnostics} == {f"src/lib/many{n}.ts" for n in range(5)}
    assert {problem.count for problem in failure.diagnostics} == {60}
    assert failure.diagnostics[0].lines == tuple(range(1, 21))
    assert len(failure.diagnostics) <= MAX_DIAGNOSTICS


def test_the_table_is_as_wide_as_it_says() -> None:
    assert len(BROKEN) >= 40
    assert len({broken.kind for broken in (*BROKEN, *RUNTIME)}) >= 25
    assert {broken.category for broken in RUNTIME} == {"runtime"}


@in_one_loop
@pytest.mark.parametrize("broken", BROKEN, ids=str)
async def test_what_has_one_repair_is_repaired(tools: Tools, broken: Broken) -> None:
    _, left = await healed(tools, over_template(broken.files))
    assert (left is None) == broken.healed, left


def test_the_table_says_how_much_is_healed_without_a_model() -> None:
    assert (sum(broken.healed for broken in BROKEN), len(BROKEN)) == (32, 77)
