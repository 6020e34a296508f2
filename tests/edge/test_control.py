"""Faults on purpose and the request log, for other suites."""

from pathlib import Path

import httpx
import pytest

from dev.edge.launcher import Edge, running_edge
from tests.edge.workers import form, says

SCRIPT = "/workers/scripts/site"


async def plan(edge: Edge, *responses: dict[str, object], path: str = SCRIPT, method: str = "PUT") -> None:
    async with edge.control() as control:
        fault = {"method": method, "path": path, "responses": list(responses)}
        assert (await control.post("/faults", json=fault)).is_success


async def test_faults_are_consumed_in_order_and_then_the_real_answer_follows(
    edge: Edge, api: httpx.AsyncClient
) -> None:
    await plan(
        edge,
        {"status": 429, "headers": {"retry-after": "1"}, "body": {"success": False}},
        {"status": 502, "body": "<html>bad gateway</html>", "headers": {"content-type": "text/html"}},
        {"drop": True},
        {"delay_ms": 50},
    )
    assert (await api.get("/workers/scripts")).is_success, "other requests are not touched"
    first = await api.put(SCRIPT, files=form(says("x")))
    assert (first.status_code, first.headers["retry-after"], first.json()) == (429, "1", {"success": False})
    second = await api.put(SCRIPT, files=form(says("x")))
    assert (second.status_code, second.text) == (502, "<html>bad gateway</html>")
    with pytest.raises(httpx.TransportError):
        await api.put(SCRIPT, files=form(says("x")))
    delayed = await api.put(SCRIPT, files=form(says("x")))
    assert delayed.is_success
    assert delayed.elapsed.total_seconds() >= 0.05
    assert (await api.put(SCRIPT, files=form(says("x")))).is_success


async def test_a_request_can_hang(edge: Edge, api: httpx.AsyncClient) -> None:
    await plan(edge, {"hang": True}, method="GET", path="/subdomain$")
    with pytest.raises(httpx.ReadTimeout):
        await api.get("/workers/subdomain", timeout=0.3)
    assert (await api.get("/workers/subdomain")).is_success


async def test_an_answer_can_be_lost_after_the_work_is_done(
    edge: Edge, api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    await plan(edge, {"status": 500, "body": "lost", "apply": True})
    assert (await api.put(SCRIPT, files=form(says("done")))).status_code == 500
    assert (await app.get("/")).text == "done"


async def test_a_request_can_take_effect_late(
    edge: Edge, api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    await plan(edge, {"late": True})
    with pytest.raises(httpx.TransportError):
        await api.put(SCRIPT, files=form(says("late")))
    await api.put(SCRIPT, files=form(says("soon")))
    assert (await app.get("/")).text == "soon"
    async with edge.control() as control:
        assert (await control.post("/late")).json() == {"statuses": [200]}
        assert (await app.get("/")).text == "late"
        assert (await control.post("/late")).json() == {"statuses": []}


async def test_the_log_has_every_api_request(edge: Edge, api: httpx.AsyncClient) -> None:
    async with edge.control() as control:
        await api.put(SCRIPT, files=form(says("x")))
        await api.get(f"{SCRIPT}/versions?page=1")
        logged = (await control.get("/requests")).json()["requests"]
        assert [(entry["method"], entry["status"]) for entry in logged] == [("PUT", 200), ("GET", 200)]
        assert logged[1]["path"].endswith(f"{SCRIPT}/versions")
        assert logged[1]["query"] == "page=1"
        assert "authorization" not in logged[0]["headers"]
        await control.delete("/requests")
        assert (await control.get("/requests")).json() == {"requests": []}
        assert (await control.post("/faults", content=b"{")).status_code == 400
        assert (await control.get("/nothing")).status_code == 404


async def test_there_is_no_control_without_the_switch(tmp_path: Path) -> None:
    async with running_edge(tmp_path, control=False) as edge, edge.control() as control:
        assert (await control.get("/requests")).status_code == 404
        assert (await control.post("/faults", json={})).status_code == 404
