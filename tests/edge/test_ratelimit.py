"""The API's rate limit, as Cloudflare has it."""

import asyncio
from pathlib import Path

import httpx

from dev.edge.launcher import running_edge


def left(answer: httpx.Response) -> tuple[int, int]:
    """The requests left, and the seconds until there are more."""
    name, remaining, reset = answer.headers["ratelimit"].split(";")
    assert name == '"default"'
    return int(remaining.removeprefix("r=")), int(reset.removeprefix("t="))


async def test_who_asks_too_often_is_blocked_for_a_period(tmp_path: Path) -> None:
    limit = {"EDGE_RATE_CALLS": "3", "EDGE_RATE_SECONDS": "2"}
    async with running_edge(tmp_path, env=limit) as edge, edge.api() as api, httpx.AsyncClient() as stranger:
        assert (await stranger.get(f"{edge.api_url}/user/tokens/verify")).status_code == 401, "not counted"
        answers = [await api.get("/workers/scripts") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert [left(answer)[0] for answer in answers] == [2, 1, 0]
        assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"default";q=3;w=2'}
        assert all("retry-after" not in answer.headers for answer in answers)

        refused = await api.get("/workers/scripts")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (429, 971)
        assert refused.headers["retry-after"] == "2"
        assert left(refused) == (0, 2)
        async with asyncio.timeout(60):
            while (again := await api.get("/workers/scripts")).status_code == 429:
                await asyncio.sleep(float(again.headers["retry-after"]) / 10)
        assert left(again)[0] == 2


async def test_without_a_limit_nothing_is_told_of_one(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as edge, edge.api() as api:
        answer = await api.get("/workers/scripts")
    assert answer.status_code == 200
    assert not {"ratelimit", "ratelimit-policy", "retry-after"} & set(answer.headers)
