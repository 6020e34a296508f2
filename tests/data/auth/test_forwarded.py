"""Whose attempts count when proxies stand before the service, and how nobody can borrow others' addresses."""

import ipaddress
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from data.domain.auth.forwarded import caller_address
from tests.data.auth.people import PASSWORD, Visitor, app_with, new_address
from tests.data.world import PROXY, App, World

TRUSTED = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]

pytestmark = pytest.mark.xdist_group("data")
in_the_world = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        pytest.param("10.0.0.1", ["192.0.2.7"], "192.0.2.7", id="whom the proxy names"),
        pytest.param("10.0.0.1", [], "10.0.0.1", id="the proxy itself"),
        pytest.param(
            "10.0.0.1", ["203.0.113.5, 192.0.2.7"], "192.0.2.7", id="not what the caller said before"
        ),
        pytest.param("10.0.0.1", ["203.0.113.5", "192.0.2.7"], "192.0.2.7", id="in a header of its own"),
        pytest.param("10.0.0.1", ["192.0.2.7, 10.9.9.9"], "192.0.2.7", id="through two proxies"),
        pytest.param("10.0.0.1", ["10.7.7.7,10.9.9.9"], "10.7.7.7", id="from inside"),
        pytest.param("192.0.2.7", ["203.0.113.5"], "192.0.2.7", id="no proxy of ours"),
        pytest.param("127.0.0.1", ["203.0.113.5"], "127.0.0.1", id="no proxy of ours on this machine"),
        pytest.param("10.0.0.1", ["203.0.113.5, anything"], "10.0.0.1", id="no address"),
        pytest.param("10.0.0.1", ["203.0.113.5, unknown, 10.9.9.9"], "10.9.9.9", id="unknown to a proxy"),
        pytest.param("10.0.0.1", [""], "10.0.0.1", id="empty"),
        pytest.param("10.0.0.1", ["203.0.113.5, "], "10.0.0.1", id="an empty entry"),
        pytest.param("10.0.0.1", ["192.0.2.7:4711"], "192.0.2.7", id="with a port"),
        pytest.param("10.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7", id="IPv6 with a port"),
        pytest.param("fd00::1", ["2001:DB8:0::7"], "2001:db8::7", id="IPv6"),
        pytest.param("10.0.0.1", ["fe80::7%anything"], "fe80::7", id="without the interface"),
        pytest.param("::ffff:10.0.0.1", ["::ffff:192.0.2.7"], "192.0.2.7", id="IPv4 within IPv6"),
        pytest.param("/run/socket", ["203.0.113.5"], "/run/socket", id="no network at all"),
    ],
)
def test_an_entry_counts_if_who_wrote_it_is_trusted(peer: str, forwarded: list[str], address: str) -> None:
    assert caller_address(peer, forwarded, TRUSTED) == address


def test_without_proxies_nobody_is_believed() -> None:
    assert caller_address("10.0.0.1", ["192.0.2.7"], []) == "10.0.0.1"


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Asks from the address that the service trusts, as an ingress does."""
    transport = httpx.AsyncHTTPTransport(local_address=PROXY)
    async with httpx.AsyncClient(transport=transport, timeout=60) as client:
        yield client


async def sign_up(app: App, through: httpx.AsyncClient, forwarded: str) -> int:
    body = {"email": new_address(), "password": PASSWORD}
    answer = await Visitor(app, through).ask("POST", "/signup", body, headers={"x-forwarded-for": forwarded})
    return answer.status_code


@in_the_world
async def test_visitors_behind_a_proxy_are_limited_apart(world: World, proxy: httpx.AsyncClient) -> None:
    app = await app_with(world, limits={"sign_ins": 1})
    assert await sign_up(app, proxy, "192.0.2.1") == 200
    assert await sign_up(app, proxy, "192.0.2.1") == 429
    assert await sign_up(app, proxy, "203.0.113.5, 192.0.2.1") == 429
    assert await sign_up(app, proxy, "192.0.2.2") == 200


@in_the_world
@pytest.mark.parametrize("forwarded", ["192.0.2.{}", "visitor {}", f"192.0.2.{{}}, {PROXY}"])
async def test_who_is_no_proxy_cannot_say_where_he_comes_from(world: World, forwarded: str) -> None:
    app = await app_with(world, limits={"sign_ins": 1})
    assert await sign_up(app, world.http, forwarded.format(1)) == 200
    assert await sign_up(app, world.http, forwarded.format(2)) == 429


@in_the_world
async def test_what_is_no_address_is_not_one_more_visitor(world: World, proxy: httpx.AsyncClient) -> None:
    app = await app_with(world, limits={"sign_ins": 1})
    assert await sign_up(app, proxy, "visitor 1") == 200
    assert await sign_up(app, proxy, "visitor 2") == 429
