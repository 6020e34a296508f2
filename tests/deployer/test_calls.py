"""The budget of calls to Cloudflare's API: its arithmetic, what answers say of it, how replicas share it."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from math import inf
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from common.clock import utcnow
from common.http import http_client
from common.ids import new_id
from deployer.clients.api import Api, RetryPolicy
from deployer.clients.budget import quota_of
from deployer.clients.cloudflare import CloudflareWorkers
from deployer.domain.calls import Bucket, CallLimit, Quota
from deployer.errors import CloudflareThrottled
from deployer.usecases.call_budget import SharedCallBudget
from dev.edge.launcher import running_edge
from tests.deployer.service import call_budget, database

LIMIT = CallLimit(1200, 300)
NOW = utcnow()


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("limit", [LIMIT, CallLimit(30, 3), CallLimit(10, 1)])
def test_no_period_sees_more_calls_than_the_limit_however_greedy(limit: CallLimit, seed: int) -> None:
    rng = random.Random(seed)  # a test's dice
    bucket, now, idle, made = Bucket.full(limit, NOW), NOW, at(0), []
    for _ in range(4 * limit.calls):
        if rng.random() < 0.002:
            idle += (pause := at(rng.uniform(0, 2 * limit.seconds)))
            now += pause
        now += at(bucket.seconds_until(1, limit, now))
        bucket = bucket.taken(limit, now)
        # Calls reach Cloudflare late, each by another time.
        made.append(now + at(rng.uniform(0, limit.seconds / 20)))
    made.sort()
    for first, beyond in zip(made, made[limit.calls :], strict=False):
        assert beyond - first >= at(limit.seconds)
    assert now - NOW - idle < at(6 * limit.seconds), "and most of the limit can be used"


def test_a_bucket_holds_a_quarter_and_refills_steadily() -> None:
    bucket = Bucket.full(LIMIT, NOW)
    assert bucket.seconds_until(300, LIMIT, NOW) == 0
    empty = Bucket(0.0, NOW)
    assert empty.seconds_until(1, LIMIT, NOW) == pytest.approx(0.35)
    assert empty.at(LIMIT, NOW + at(3600)).tokens == 300
    assert empty.taken(LIMIT, NOW + at(35)).tokens == pytest.approx(99)


def test_a_block_empties_the_bucket_until_it_is_over() -> None:
    bucket = Bucket.full(LIMIT, NOW).blocked(300, LIMIT, NOW)
    assert bucket.seconds_until(1, LIMIT, NOW) == pytest.approx(300.35)
    assert bucket.blocked(10, LIMIT, NOW).blocked_until == bucket.blocked_until, "a shorter one ends none"
    assert bucket.seconds_until(1, LIMIT, NOW + at(301)) == 0


def test_what_cloudflare_says_is_left_is_believed_when_it_is_less() -> None:
    bucket = Bucket.full(LIMIT, NOW)
    assert bucket.corrected(Quota(1000, 100), LIMIT, NOW) == bucket
    scarce = bucket.corrected(Quota(5, 30), LIMIT, NOW)
    assert scarce.seconds_until(5, LIMIT, NOW) == 0
    assert scarce.seconds_until(6, LIMIT, NOW) == pytest.approx(30.35)
    assert bucket.corrected(Quota(0, 1e9), LIMIT, NOW).seconds_until(1, LIMIT, NOW) < 301


@pytest.mark.parametrize(
    ("header", "quota"),
    [
        ('"default";r=50;t=30', Quota(50, 30)),
        ('"default"; t=30 ; r=50', Quota(50, 30)),
        ('"default";r=50;t=30, "burst";r=2;t=60', Quota(2, 60)),
        ('"a,b;r=1;t=1";r=50;t=30', Quota(50, 30)),
        ('"default";r=50;pk=:abc=:;t=30', Quota(50, 30)),
        ('"default";r=50', None),
        ('"default";r=-5;t=30', None),
        ('"default";r=9999999999999;t=30', None),
        ("limit=100, remaining=50, reset=30", None),
        ("", None),
    ],
)
def test_the_ratelimit_header_is_read_with_care(header: str, quota: Quota | None) -> None:
    assert quota_of({"ratelimit": header}) == quota


@pytest_asyncio.fixture
async def replicas(postgres_url: str) -> AsyncIterator[tuple[SharedCallBudget, SharedCallBudget]]:
    """Two deployers of an account with 400 calls an hour: 100 at once, of which 8 are kept."""
    account, limit = new_id("acc"), CallLimit(400, 3600)
    async with database(postgres_url) as first, database(postgres_url) as second:
        yield call_budget(first, account, limit), call_budget(second, account, limit)


async def taken(budget: SharedCallBudget, calls: int) -> int:
    """How many of so many calls at once are allowed."""
    answers = await asyncio.gather(*(budget.take("try", inf) for _ in range(calls)), return_exceptions=True)
    assert all(answer is None or isinstance(answer, CloudflareThrottled) for answer in answers)
    return answers.count(None)


async def test_replicas_share_one_budget(replicas: tuple[SharedCallBudget, SharedCallBudget]) -> None:
    one, other = replicas
    assert sum(await asyncio.gather(taken(one, 70), taken(other, 70))) == 100


async def test_a_block_seen_by_one_replica_is_seen_by_all(
    replicas: tuple[SharedCallBudget, SharedCallBudget],
) -> None:
    one, other = replicas
    await one.take("begin", inf)
    await other.block(300)
    with pytest.raises(CloudflareThrottled) as caught:
        await one.take("accept the script", inf)
    assert caught.value.retry_after is not None
    assert 300 <= caught.value.retry_after < 320
    assert "accept the script" in caught.value.message


async def test_what_others_spend_is_heeded_by_all(
    replicas: tuple[SharedCallBudget, SharedCallBudget],
) -> None:
    one, other = replicas
    await one.correct(Quota(3, 60))
    assert await taken(other, 10) == 3


async def test_deployments_begin_while_enough_is_left_for_those_that_have_begun(
    replicas: tuple[SharedCallBudget, SharedCallBudget],
) -> None:
    one, other = replicas
    begun = 0
    while True:
        async with one._db.begin() as session:  # as the claim of a deployment
            if await one.reserve(session):
                break
        begun += 1
    assert begun == 92
    assert await taken(other, 30) == 8


async def test_the_first_call_of_a_deployment_is_paid_for(
    replicas: tuple[SharedCallBudget, SharedCallBudget],
) -> None:
    one, other = replicas
    one.prepaid()
    await other.block(300)
    assert await taken(one, 2) == 1


async def test_what_answers_say_of_the_limit_stops_calls_before_cloudflare_does(
    tmp_path: Path, postgres_url: str
) -> None:
    limit = {"EDGE_RATE_CALLS": "10", "EDGE_RATE_SECONDS": "120"}
    async with (
        running_edge(tmp_path, env=limit) as edge,
        database(postgres_url) as db,
        http_client(edge.api_url, token=SecretStr(edge.token)) as http,
    ):
        api = Api(http, edge.account_id, RetryPolicy(), call_budget(db, new_id("acc")))
        workers = CloudflareWorkers(api)
        for _ in range(10):
            assert await workers.live_version("none") is None
        with pytest.raises(CloudflareThrottled) as caught:
            await workers.live_version("none")
        async with edge.control() as control:
            told = [entry["status"] for entry in (await control.get("/requests")).json()["requests"]]
    assert told == [404] * 10
    assert caught.value.retry_after is not None
    assert 60 < caught.value.retry_after <= 121
