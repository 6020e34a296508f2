"""Green builds are looked at in a browser by the service: what it announces, stores, and outlives."""

import asyncio
import signal
import time
from typing import Any

import pytest
import pytest_asyncio
from nats.js.api import DeliverPolicy

from common.contracts import BuildFinished, BuildMode, PagesChecked, PagesState, Severity, thumbnail_key
from common.ids import new_app_id
from common.messaging.streams import PAGES_CHECKED_SUBJECT
from tests.builder.machine import needs_browser
from tests.builder.world import WAIT, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_browser()]

SETTINGS = {
    "BUILDER_BROWSER_CHECK": "true",
    "BUILDER_BROWSER_SECONDS": "600",
    "LEASE_SECONDS": "3",
    "RECONCILE_SECONDS": "1",
}

BROKEN = """import { useEffect, useState } from "react";

interface Item {
  name: string;
}

export function Home() {
  const [items, setItems] = useState<Item[]>([]);
  useEffect(() => {
    %s
  }, []);
  return <h1>{items.length}</h1>;
}
"""


class Checks:
    """What was announced of pages, by build."""

    def __init__(self) -> None:
        self._told: dict[str, PagesChecked] = {}
        self._changed = asyncio.Condition()

    async def note(self, message: Any) -> None:
        checked = PagesChecked.model_validate_json(message.data)
        async with self._changed:
            self._told[checked.build_id] = checked
            self._changed.notify_all()

    async def of(self, build: BuildFinished) -> PagesChecked:
        async with asyncio.timeout(5 * WAIT), self._changed:
            await self._changed.wait_for(lambda: build.build_id in self._told)
            return self._told[build.build_id]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checks(service: World) -> Checks:
    found = Checks()
    await service.bus.jetstream.subscribe(
        PAGES_CHECKED_SUBJECT, cb=found.note, ordered_consumer=True, deliver_policy=DeliverPolicy.ALL
    )
    return found


async def test_the_template_passes_and_its_pages_are_photographed(service: World, checks: Checks) -> None:
    built = await service.build()
    checked = await checks.of(built)
    assert (checked.state, checked.findings, checked.message) == (PagesState.PASSED, (), None)
    assert checked.routes == ("/",)
    (picture,) = checked.thumbnails
    stored = await service.store.get(thumbnail_key(built.app_id, checked.artifact_digest, picture.number))
    assert len(stored) == picture.size
    assert stored[8:12] == b"WEBP"


@pytest.mark.parametrize(
    ("effect", "line", "message"),
    [
        ("(undefined as unknown as Item).name.trim();", 10, "Cannot read properties of undefined"),
        ("void Promise.reject(new Error('not handled'));", 10, "not handled"),
        ("setItems(null as unknown as Item[]);", 12, "Cannot read properties of null"),
    ],
)  # fmt: skip
async def test_an_error_is_found_where_it_was_written(
    service: World, checks: Checks, effect: str, line: int, message: str
) -> None:
    built = await service.build({"src/pages/Home.tsx": BROKEN % effect})
    checked = await checks.of(built)
    assert checked.state is PagesState.FAILED
    found = [one for one in checked.findings if one.severity is Severity.ERROR]
    assert [(one.kind, one.file, one.line) for one in found] == [
        ("uncaught_error", "src/pages/Home.tsx", line)
    ]
    assert message in found[0].message
    assert not any(path.endswith(".map") for path in await service.artifact(built))


async def test_a_render_loop_fails_the_check(service: World, checks: Checks) -> None:
    # Without its dependencies the effect runs after every render that it causes.
    source = (BROKEN % "setItems([{ name: 'again' }]);").replace("}, []);", "});")
    checked = await checks.of(await service.build({"src/pages/Home.tsx": source}))
    assert checked.state is PagesState.FAILED
    assert {one.kind for one in checked.findings} == {"endless_loop"}


async def test_the_same_artifact_is_looked_at_once(service: World, checks: Checks) -> None:
    app = new_app_id()
    first = await checks.of(await service.build(app_id=app))
    again = await checks.of(await service.build(app_id=app))
    assert again.build_id != first.build_id
    assert again.model_copy(update={"build_id": first.build_id}) == first


async def test_production_builds_are_looked_at_too(service: World, checks: Checks) -> None:
    checked = await checks.of(await service.build(mode=BuildMode.PRODUCTION))
    assert checked.state is PagesState.PASSED


async def test_a_check_whose_builder_was_killed_is_done_by_the_next(service: World, checks: Checks) -> None:
    source = (BROKEN % "while (items.length < 1);").encode()
    built = await service.build({"src/pages/Home.tsx": source})
    service.builder.stop(signal.SIGKILL)
    await service.builder.start()
    assert (await checks.of(built)).state is PagesState.FAILED


async def test_where_it_is_switched_off_builds_count_as_unchecked(service: World, checks: Checks) -> None:
    service.builder.stop()
    await service.builder.start({"BUILDER_BROWSER_CHECK": "false"})
    checked = await checks.of(await service.build())
    assert checked.state is PagesState.UNCHECKED
    assert checked.message == "BUILDER_BROWSER_CHECK is off."


async def test_the_deployment_of_a_build_has_a_head_start(service: World, checks: Checks) -> None:
    service.builder.stop()
    await service.builder.start({"BUILDER_BROWSER_CHECK": "false", "BUILDER_BROWSER_DELAY_SECONDS": "2"})
    built = await service.build()
    finished = time.monotonic()
    await checks.of(built)
    assert time.monotonic() - finished > 1
