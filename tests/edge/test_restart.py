"""Everything deployed answers again after a stop, and after a kill at any moment."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from common.testing.budget import within
from dev.edge.launcher import Edge, EdgeDidNotStartError, running_edge
from tests.edge.conftest import S3_CONFIG
from tests.edge.workers import children, form, says

SCRIPT = "/workers/scripts/site"
FROM_R2 = "export default { async fetch(r, env) { return new Response((await env.B.get('key')).body); } };"
KEYS = ("test-access-key", "test-secret-key")


def client(edge: Edge) -> Any:
    return get_session().create_client(
        "s3",
        endpoint_url=edge.s3_url,
        region_name="auto",
        aws_access_key_id=KEYS[0],
        aws_secret_access_key=KEYS[1],
        config=S3_CONFIG,
    )


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGKILL])
async def test_everything_survives_an_end_and_no_worker_process_does(
    tmp_path: Path, kind: signal.Signals
) -> None:
    async with running_edge(tmp_path, s3_keys=KEYS) as edge, edge.api() as api:
        async with client(edge) as s3:
            await s3.create_bucket(Bucket="assets")
            await s3.put_object(Bucket="assets", Key="key", Body=b"from R2")
        bindings = [{"type": "r2_bucket", "name": "B", "bucket_name": "assets"}]
        assert (await api.put(SCRIPT, files=form(FROM_R2, bindings=bindings))).is_success
        await api.put(f"{SCRIPT}/secrets", json={"name": "A", "text": "1"})
        await api.put("/workers/subdomain", json={"subdomain": "mine"})
        before = await everything(api)
        workers = children(edge.process.pid)
        assert len(workers) == 3, "the live version, the one it replaced, and R2"
        began = time.monotonic()
        os.kill(edge.process.pid, kind)
        await edge.process.wait()
        assert time.monotonic() - began < within(2)
        assert edge.process.returncode == (0 if kind == signal.SIGTERM else -kind)
        await gone(workers)

    async with running_edge(tmp_path, s3_keys=KEYS) as edge, edge.api() as api, edge.app("site") as app:
        assert await everything(api) == before
        assert (await app.get("/")).text == "from R2"
        async with client(edge) as s3:
            assert (await s3.list_objects_v2(Bucket="assets"))["KeyCount"] == 1


async def everything(api: httpx.AsyncClient) -> list[Any]:
    paths = [
        "scripts",
        "scripts/site/versions",
        "scripts/site/deployments",
        "scripts/site/secrets",
        "subdomain",
    ]
    answers = [await api.get(f"/workers/{path}") for path in paths]
    return [answer.json()["result"] for answer in (*answers, await api.get("/r2/buckets"))]


async def gone(pids: list[int]) -> None:
    async with asyncio.timeout(120):
        while any(is_workerd(pid) for pid in pids):
            await asyncio.sleep(0.01)


def is_workerd(pid: int) -> bool:
    try:
        return b"workerd" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


async def test_a_kill_during_uploads_leaves_the_last_accepted_version_or_a_newer_one(tmp_path: Path) -> None:
    accepted = 0
    for start in (1, 101, 201):
        async with running_edge(tmp_path) as edge, edge.api() as api:

            async def uploads(api: httpx.AsyncClient, start: int) -> None:
                nonlocal accepted
                for number in range(start, start + 100):
                    if (await api.put(SCRIPT, files=form(says(str(number))))).is_success:
                        accepted = number

            work = asyncio.create_task(uploads(api, start))
            async with asyncio.timeout(120):
                while accepted < start + 1:
                    await asyncio.sleep(0.003)
            edge.process.kill()
            with pytest.raises(httpx.TransportError):
                await work
        async with running_edge(tmp_path) as edge, edge.api() as api, edge.app("site") as app:
            assert int((await app.get("/")).text) in {accepted, accepted + 1}
            assert (await api.get(f"{SCRIPT}/versions")).is_success
    leftovers = [path.name for path in (tmp_path / "scripts").rglob("*.tmp")]
    assert leftovers == []


async def test_the_state_names_a_file_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "account.json").write_text("{")
    with pytest.raises(EdgeDidNotStartError, match=r"account\.json is not JSON"):
        async with running_edge(tmp_path):
            pass


async def test_secrets_on_disk_are_for_the_owner_only(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as edge, edge.api() as api:
        await api.put(SCRIPT, files=form())
        await api.put(f"{SCRIPT}/secrets", json={"name": "A", "text": "hidden"})
        file = tmp_path / "scripts" / "site" / "script.json"
        assert "hidden" in json.dumps(json.loads(file.read_text()))
        assert file.stat().st_mode & 0o077 == 0
        for worker in children(edge.process.pid):
            assert edge.token.encode() not in Path(f"/proc/{worker}/environ").read_bytes()


async def test_an_open_websocket_and_a_hanging_request_do_not_delay_the_end(tmp_path: Path) -> None:
    code = """export default { fetch() {
      const [client, server] = Object.values(new WebSocketPair());
      server.accept();
      return new Response(null, { status: 101, webSocket: client });
    } };"""
    async with running_edge(tmp_path) as edge, edge.api() as api, edge.control() as control:
        assert (await api.put(SCRIPT, files=form(code))).is_success
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.apps_port)
        writer.write(f"GET / HTTP/1.1\r\nHost: site.localhost:{edge.apps_port}\r\n".encode())
        writer.write(b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
        writer.write(b"Sec-WebSocket-Key: a2tra2tra2tra2tra2traw==\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        await control.post("/faults", json={"path": "subdomain", "responses": [{"hang": True}]})
        hanging = asyncio.create_task(api.get("/workers/subdomain"))
        async with asyncio.timeout(120):
            while (await control.get("/faults")).json()["faults"]:
                await asyncio.sleep(0.01)
        began = time.monotonic()
        edge.process.send_signal(signal.SIGTERM)
        assert await edge.process.wait() == 0
        assert time.monotonic() - began < within(2)
        with pytest.raises(httpx.TransportError):
            await hanging
        writer.close()


async def test_a_second_edge_on_the_same_state_is_refused(tmp_path: Path) -> None:
    async with running_edge(tmp_path):
        with pytest.raises(EdgeDidNotStartError, match="another edge uses"):
            async with running_edge(tmp_path):
                pass


async def test_storage_that_dies_comes_back(tmp_path: Path) -> None:
    async with running_edge(tmp_path, s3_keys=KEYS) as edge, client(edge) as s3:
        await s3.create_bucket(Bucket="assets")
        await s3.put_object(Bucket="assets", Key="key", Body=b"kept")
        for pid in children(edge.process.pid):
            os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(120):
            while True:
                try:
                    answer = await s3.get_object(Bucket="assets", Key="key")
                    break
                except ClientError:
                    await asyncio.sleep(0.02)
        assert await answer["Body"].read() == b"kept"
