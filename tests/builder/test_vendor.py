"""The packages that every page begins with: bundled by themselves and kept, and never twice in an app."""

import re
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from builder.clients.sandbox.levels import Level
from builder.clients.sandbox.process import Sandbox
from builder.clients.sandbox.program import BUNDLER
from builder.domain.evidence import Evidence
from tests.builder.machine import needs, strongest
from tests.builder.sandboxes import SECONDS, contained, modules
from tests.builder.world import template_files

pytestmark = [pytest.mark.xdist_group("builder-vendor"), pytest.mark.asyncio(loop_scope="module")]

HOME = "src/pages/Home.tsx"
VENDOR = re.compile(r"assets/vendor-[\w-]{8}\.js")
OF_REACT = b"react.transitional.element"
"""In every one of its modules."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    started = await contained().start(BUNDLER, await modules())
    try:
        yield started
    finally:
        await started.close()


async def bundle(sandbox: Sandbox, changes: Mapping[str, bytes], mode: str = "preview") -> Evidence:
    files = {**template_files(), **changes}
    return await sandbox.run(files, SECONDS, lambda _stream, _line: None, mode=mode, compress=[])


async def scripts(sandbox: Sandbox, changes: Mapping[str, bytes], mode: str = "preview") -> dict[str, bytes]:
    evidence = await bundle(sandbox, changes, mode)
    assert evidence.output is not None, evidence
    return {path: content for path, content in evidence.output.files.items() if path.endswith(".js")}


def vendor(files: Mapping[str, bytes]) -> tuple[str, bytes]:
    (found,) = ((path, content) for path, content in files.items() if VENDOR.fullmatch(path))
    return found


def home(code: str) -> dict[str, bytes]:
    return {HOME: code.encode()}


def page(text: str) -> dict[str, bytes]:
    return home(f"export function Home() {{ return <h1>{text}</h1>; }}")


async def test_an_edit_of_the_app_leaves_the_packages_chunk_as_it_is(sandbox: Sandbox) -> None:
    before, after = await scripts(sandbox, page("one")), await scripts(sandbox, page("two"))
    assert before != after
    assert vendor(before) == vendor(after)


async def test_what_goes_to_production_is_what_the_preview_showed(sandbox: Sandbox) -> None:
    assert await scripts(sandbox, page("one"), "production") == await scripts(sandbox, page("one"))


async def test_the_same_app_gets_the_same_chunk_whatever_was_built_before(sandbox: Sandbox) -> None:
    other = home(
        'import { useBlocker } from "react-router";\nexport const Home = () => <p>{typeof useBlocker}</p>;'
    )
    before = await scripts(sandbox, page("one"))
    assert vendor(await scripts(sandbox, other)) != vendor(before)
    assert await scripts(sandbox, page("one")) == before


async def test_what_the_app_does_not_mention_of_the_router_is_left_out(sandbox: Sandbox) -> None:
    whole = home(
        'import * as router from "react-router";\nexport const Home = () => Object.keys(router).length;'
    )
    _, small = vendor(await scripts(sandbox, page("one")))
    _, large = vendor(await scripts(sandbox, whole))
    assert b"createMemoryRouter" not in small
    assert b"createMemoryRouter" in large
    assert len(small) < len(large) * 0.75


@pytest.mark.parametrize(
    "code",
    [
        'import "react-dom/server";',
        'import "../../node_modules/react-dom/cjs/react-dom-client.production.js";',
    ],
)
async def test_what_the_chunk_lacks_makes_no_second_copy_of_a_package(sandbox: Sandbox, code: str) -> None:
    files = await scripts(sandbox, {HOME: f"{code}\n{page('one')[HOME].decode()}".encode()})
    assert sum(OF_REACT in content for content in files.values()) == 1


@pytest.mark.parametrize(
    "level",
    [strongest(), pytest.param(Level.LANDLOCK, marks=needs(Level.LANDLOCK))],
    ids=["strongest", "landlock"],
)
async def test_a_name_that_the_router_lacks_is_told_in_its_own_words(level: Level) -> None:
    code = 'import { Redirect } from "react-router";\nexport const Home = () => <Redirect to="/" />;'
    sandbox = await contained(level=level).start(BUNDLER, await modules())
    try:
        evidence = await bundle(sandbox, home(code))
    finally:
        await sandbox.close()
    assert evidence.report is not None
    assert not evidence.report.ok
    (error,) = evidence.report.errors
    assert '"Redirect" is not exported by "node_modules/react-router/' in error.message
    assert error.file == HOME
