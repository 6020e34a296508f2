"""Every fault by one script on both wires: what a caller sees, and that the next attempt succeeds."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from dev.simulator.turn import FaultKind, Vendor
from tests.simulator.harness import running_simulator

VENDORS: tuple[Vendor, ...] = get_args(Vendor)
TURN = {"thinking": "First I look.", "text": "Some words.", "calls": [{"read_file": {"path": "src/a.ts"}}]}
ADDRESS = {"anthropic": "/v1/messages", "openai": "/v1/responses"}
LAST = {"anthropic": "message_stop", "openai": "response.completed"}
REFUSED: dict[str, tuple[dict[str, Any], tuple[int, str], tuple[int, str | None]]] = {
    "rate limit": (
        {"kind": "rate_limit", "retry_after": 7},
        (429, "rate_limit_error"),
        (429, "rate_limit_exceeded"),
    ),
    "overloaded": ({"kind": "overloaded"}, (529, "overloaded_error"), (503, "server_is_overloaded")),
    "server error": ({"kind": "server_error"}, (500, "api_error"), (500, "server_error")),
    "no key": (
        {"kind": "refusal", "error": "authentication_error"},
        (401, "authentication_error"),
        (401, "invalid_api_key"),
    ),
    "no money": (
        {"kind": "refusal", "error": "billing_error"},
        (402, "billing_error"),
        (429, "insufficient_quota"),
    ),
    "no right": (
        {"kind": "refusal", "error": "permission_error"},
        (403, "permission_error"),
        (403, "unsupported_country_region_territory"),
    ),
    "too long": ({"kind": "too_long"}, (400, "invalid_request_error"), (400, "context_length_exceeded")),
}
BROKEN: dict[str, dict[str, Any]] = {
    "error event": {"kind": "error_event", "after_blocks": 1},
    "failed": {"kind": "failed", "after_blocks": 2},
    "cut within a block": {"kind": "cut", "after_blocks": 1},
    "cut at a byte": {"kind": "cut", "after_bytes": 300},
    "cut connection": {"kind": "cut", "after_blocks": 2, "clean": False},
    "malformed": {"kind": "malformed", "after_blocks": 1},
    "hang": {"kind": "hang", "after_blocks": 1},
    "hang before the first byte": {"kind": "hang"},
    "pings": {"kind": "pings", "after_blocks": 1},
}


def test_every_fault_is_here() -> None:
    shown = {fault["kind"] for fault, *_ in REFUSED.values()} | {fault["kind"] for fault in BROKEN.values()}
    assert shown | {"max_tokens"} == set(get_args(FaultKind))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    scripts: Path = tmp_path_factory.mktemp("scripts")
    faults = {name: fault for name, (fault, *_) in REFUSED.items()} | BROKEN
    faults["only there"] = {"kind": "overloaded", "times": 9, "vendor": "openai"}
    faults["limit"] = {"kind": "max_tokens", "limit": 3}
    for name, fault in faults.items():
        script = {"description": name, "sections": [{"turns": [{**TURN, "fault": fault}]}]}
        (scripts / f"{name.replace(' ', '-')}.yaml").write_text(json.dumps(script))
    with running_simulator(scripts) as address:
        yield address


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01", "authorization": "Bearer k"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        yield client


def body(vendor: str, script: str) -> dict[str, Any]:
    words = f"[[script:{script.replace(' ', '-')}]]"
    if vendor == "openai":
        return {"model": "gpt-6.1-sol", "input": words, "stream": True}
    message = {"role": "user", "content": words}
    return {"model": "claude-sonnet-5-5", "messages": [message], "max_tokens": 900, "stream": True}


async def seen(http: httpx.AsyncClient, vendor: str, script: str) -> tuple[list[str], str | None]:
    """The data of the stream's events, and how it broke; a second of silence ends it."""
    found: list[str] = []
    request = http.stream("POST", ADDRESS[vendor], json=body(vendor, script), timeout=1)
    try:
        async with request as response:
            async for line in response.aiter_lines():
                if line == "event: ping" and len(found) > 2 and found[-1] == found[-2] == '{"type": "ping"}':
                    return found, "pings"
                found += [line.removeprefix("data: ")] if line.startswith("data: ") else []
    except httpx.HTTPError as error:
        return found, type(error).__name__
    return found, None


def last(found: list[str]) -> Any:
    return json.loads(found[-1])


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal_has_the_vendors_status_and_words_once(
    http: httpx.AsyncClient, vendor: str, name: str
) -> None:
    _, anthropic, openai = REFUSED[name]
    response = await http.post(ADDRESS[vendor], json=body(vendor, name))
    error = response.json()["error"]
    told = error["code"] if vendor == "openai" else error["type"]
    assert (response.status_code, told) == (openai if vendor == "openai" else anthropic)
    assert response.headers.get("retry-after") == ("7" if name == "rate limit" else None)
    left = {"openai": "x-ratelimit-remaining-requests", "anthropic": "anthropic-ratelimit-requests-remaining"}
    assert (response.headers[left[vendor]] == "0") == (name == "rate limit")
    found, _ = await seen(http, vendor, name)
    assert last(found)["type"] == LAST[vendor]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_stream_never_looks_like_a_whole_one(
    http: httpx.AsyncClient, vendor: str, name: str
) -> None:
    found, broke = await seen(http, vendor, name)
    kind = BROKEN[name]["kind"]
    if kind in {"error_event", "failed"}:
        assert last(found)["type"] == (
            "response.failed" if (kind, vendor) == ("failed", "openai") else "error"
        )
    elif kind == "malformed":
        with pytest.raises(ValueError, match=r"delimiter|Expecting|Unterminated"):
            [json.loads(data) for data in found]
    elif kind == "cut":
        assert broke == (None if BROKEN[name].get("clean", True) else "RemoteProtocolError")
        assert LAST[vendor] not in "".join(found)
    else:
        assert broke == ("pings" if (kind, vendor) == ("pings", "anthropic") else "ReadTimeout")
        assert bool(found) is ("after_blocks" in BROKEN[name])
    logged = (await http.get("/__sim/requests")).json()["requests"]
    assert any(one["outcome"] == f"fault:{kind}" and one["vendor"] == vendor for one in logged)
    again, _ = await seen(http, vendor, name)
    assert last(again)["type"] == LAST[vendor]


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_limit_ends_the_answer(http: httpx.AsyncClient, vendor: str) -> None:
    found, _ = await seen(http, vendor, "limit")
    if vendor == "openai":
        assert last(found)["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    else:
        assert json.loads(found[-2])["delta"]["stop_reason"] == "max_tokens"


async def test_a_fault_of_one_vendor_spares_the_other(http: httpx.AsyncClient) -> None:
    refused = [await http.post(ADDRESS["openai"], json=body("openai", "only there")) for _ in range(2)]
    assert [response.status_code for response in refused] == [503, 503]
    found, _ = await seen(http, "anthropic", "only there")
    assert last(found)["type"] == LAST["anthropic"]


async def test_what_was_asked_can_be_read_again(http: httpx.AsyncClient) -> None:
    await http.delete("/__sim/requests")
    for vendor in VENDORS:
        await http.post(ADDRESS[vendor], json=body(vendor, "only there"))
    await http.post(ADDRESS["openai"], json={"model": "gpt-6.1-sol"})
    logged = (await http.get("/__sim/requests")).json()["requests"]
    assert [one["vendor"] for one in logged] == [*VENDORS, "openai"]
    for entry, vendor in zip(logged, VENDORS, strict=False):
        response = await http.get(f"/__sim/requests/{entry['id']}")
        assert (response.status_code, response.json()) == (200, body(vendor, "only there"))
    for gone in (logged[-1]["id"], "req_of-nobody"):  # of what was refused as invalid nothing is kept
        assert (await http.get(f"/__sim/requests/{gone}")).status_code == 404
    await http.delete("/__sim/requests")
    assert (await http.get(f"/__sim/requests/{logged[0]['id']}")).status_code == 404


def test_a_script_with_an_unknown_fault_says_what_there_is(tmp_path: Path) -> None:
    from dev.simulator.scripts.model import ScriptError, load_script

    for fault, known in (
        ({"kind": "boom"}, "kind: is one of rate_limit"),
        ({"kind": "overloaded", "vendor": "acme"}, "vendor: is one of anthropic, openai"),
        ({"kind": "refusal", "error": "boom"}, "error: is one of invalid_request_error"),
    ):
        (tmp_path / "x.yaml").write_text(json.dumps({"sections": [{"turns": [{"fault": fault}]}]}))
        with pytest.raises(ScriptError, match=known):
            load_script(tmp_path / "x.yaml")
