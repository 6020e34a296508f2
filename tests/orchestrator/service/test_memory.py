"""A message knows those before it: what was asked first and last, what was decided, and what has failed."""

import sys
from typing import Any

import pytest

from common.contracts import ErrorCategory
from tests.orchestrator.service.world import QUICK, World, red

pytestmark = [pytest.mark.xdist_group("orchestrator-memory"), pytest.mark.asyncio(loop_scope="session")]

FIRST = "A reading list: title, author, rating. The heading is always in capitals."


async def test_the_twelfth_message_knows_the_first_and_the_failure_between(world: World) -> None:
    app, run = await world.api.create_app(FIRST)
    await world.live(app)
    await world.api.succeeded(app, run)
    for number in range(2, 13):
        asked = (
            f"Rename the heading to BOOKS {number}" if number < 12 else "Write the heading as I said before"
        )
        run = await world.api.send(app, asked)
        if number == 6:
            await world.say(red(await world.build(app, number), category=ErrorCategory.INFRASTRUCTURE))
            failed = await world.api.ended(app, run)
            continue
        await world.live(app, number, failed=number > 6)
        last = await world.api.succeeded(app, run)
    told = [body["messages"][0]["content"] for _, body in await world.asked_model(app)]
    opening = "\n".join(block["text"] for block in told[-1])
    assert f"<brief>\n{FIRST}\n</brief>" in opening
    assert '<earlier number="6" state="failed">\n<asked>\nRename the heading to BOOKS 6\n' in opening
    assert f"<reply>\n{failed['error_message']}\n</reply>" in opening
    assert '<earlier number="11" state="succeeded">' in opening
    assert opening.endswith("<request>\nWrite the heading as I said before\n</request>")
    assert last["version"] == 11
    share = cached_share([entry["usage"] for entry, _ in await world.asked_model(app)])
    sys.stdout.write(f"{share:.1%} of the input of 12 runs came from the vendor's cache\n")
    assert share >= 0.85


async def test_what_finish_decides_is_told_later(world: World) -> None:
    app, run = await world.app("A price list [[script:decides]]")
    run = await world.api.send(app, "A file [[script:other]]")
    await world.build(app, 2)
    opening = (await world.asked_model(app))[-1][1]["messages"][0]["content"]
    assert "<decisions>\n- prices in euros\n- no pictures\n</decisions>" in opening[-2]["text"]
    await world.api.post(f"/v1/runs/{run}/cancel")


async def test_the_first_message_has_nothing_before_it(world: World) -> None:
    app, _ = await world.app()
    opening = (await world.asked_model(app))[0][1]["messages"][0]["content"]
    assert [block["text"].partition("\n")[0] for block in opening] == ["<locked_files>", "<app>"]
    assert opening[-1]["text"].endswith(f"<request>\n{QUICK}\n</request>")


def cached_share(usages: list[dict[str, Any]]) -> float:
    """How much of what the model read came from the vendor's cache."""
    kinds = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    total = sum(usage[kind] for usage in usages for kind in kinds)
    read = sum(usage["cache_read_input_tokens"] for usage in usages)
    return float(read / total)
