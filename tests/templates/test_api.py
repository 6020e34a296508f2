import hashlib
import io
import shutil
import tarfile
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from .conftest import FILES, Serve, Write, until_ready

SMALL = "/v1/templates/small/versions"


async def test_a_manifest_tells_what_a_version_holds(write: Write, serve: Serve) -> None:
    write()
    async with serve() as client:
        manifest = (await client.get(f"{SMALL}/1.0.0")).json()
    digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in FILES.items()}
    assert manifest["files"] == [
        {"path": path, "size": len(FILES[path]), "digest": digests[path]} for path in sorted(FILES)
    ]
    lines = "".join(f"{path} {digests[path]}\n" for path in sorted(FILES))
    assert manifest["digest"] == hashlib.sha256(lines.encode()).hexdigest()
    described = {key: manifest[key] for key in ("name", "version", "description", "locked")}
    assert described == {
        "name": "small",
        "version": "1.0.0",
        "description": "A small one",
        "locked": ["index.html"],
    }
    assert len(manifest["commit"]) == 40


async def test_the_archive_holds_what_the_manifest_says(write: Write, serve: Serve) -> None:
    write()
    async with serve() as client:
        manifest = (await client.get(f"{SMALL}/1.0.0")).json()
        response = await client.get(f"{SMALL}/1.0.0/archive")
        same = await client.get(f"{SMALL}/latest/archive")
    assert response.headers["content-type"] == "application/x-tar"
    assert response.headers["etag"] == f'"{manifest["digest"]}"'
    assert same.content == response.content
    with tarfile.open(fileobj=io.BytesIO(response.content)) as archive:
        held = {member.name: archive.extractfile(member) for member in archive.getmembers()}
        found = [
            {"path": path, "size": len(data), "digest": hashlib.sha256(data).hexdigest()}
            for path, file in held.items()
            if file is not None and (data := file.read()) is not None
        ]
    assert found == manifest["files"]


async def test_latest_is_the_highest_release_not_the_last_published(write: Write, serve: Serve) -> None:
    for version in ("1.10.0", "1.9.0", "2.0.0-beta.1"):
        write(version=version)
        async with serve():
            pass
    async with serve() as client:
        assert (await client.get(f"{SMALL}/latest")).json()["version"] == "1.10.0"
        assert (await client.get(f"{SMALL}/2.0.0-beta.1")).json()["version"] == "2.0.0-beta.1"
        detail = (await client.get("/v1/templates/small")).json()
        versions = (await client.get(SMALL)).json()["items"]
        listed = (await client.get("/v1/templates")).json()["items"]
    assert detail["latest"] == "1.10.0"
    assert [(item["version"], item["prerelease"]) for item in versions] == [
        ("2.0.0-beta.1", True),
        ("1.10.0", False),
        ("1.9.0", False),
    ]
    assert [(item["name"], item["latest"]) for item in listed] == [("small", "1.10.0")]


async def test_lists_come_by_the_page(write: Write, serve: Serve, content: Path) -> None:
    for version in ("1.0.0", "1.1.0", "2.0.0-beta.1"):
        write(version=version)
        async with serve():
            pass
    write(name="other")
    async with serve() as client:
        for path, key, everything in (
            ("/v1/templates", "name", ["other", "small"]),
            (SMALL, "version", ["2.0.0-beta.1", "1.1.0", "1.0.0"]),
        ):
            seen: list[str] = []
            cursor: str | None = None
            while cursor is not None or not seen:
                query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
                page = (await client.get(path, params=query)).json()
                seen += [item[key] for item in page["items"]]
                cursor = page["next_cursor"]
                assert len(page["items"]) == 1
            assert seen == everything
        refused = await client.get(SMALL, params={"cursor": "newest"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


async def test_a_pre_release_alone_is_not_the_latest(write: Write, serve: Serve) -> None:
    write(version="1.0.0-rc.1")
    async with serve() as client:
        response = await client.get(f"{SMALL}/latest")
        assert (await client.get("/v1/templates/small")).json()["latest"] is None
    assert (response.status_code, response.json()["code"]) == (404, "template_version_not_found")
    assert "1.0.0-rc.1" in response.json()["detail"]


async def test_a_restart_serves_the_same_bytes_even_without_the_content(
    write: Write, serve: Serve, content: Path
) -> None:
    write()
    async with serve() as client:
        before = await client.get(f"{SMALL}/1.0.0/archive")
    shutil.rmtree(content)
    async with serve() as client:
        after = await client.get(f"{SMALL}/1.0.0/archive")
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


async def test_changed_content_is_reported_and_the_released_one_served(write: Write, serve: Serve) -> None:
    write()
    async with serve() as client:
        before = (await client.get(f"{SMALL}/1.0.0")).json()
    write(files={"src/App.tsx": "changed"})
    async with serve() as client:
        assert (await client.get(f"{SMALL}/1.0.0")).json() == before
    assert "templates_publish_failures 1.0" in generate_latest().decode()


async def test_one_file(write: Write, serve: Serve) -> None:
    write()
    async with serve() as client:
        response = await client.get(f"{SMALL}/1.0.0/files/src/ui/button.tsx")
    assert response.text == FILES["src/ui/button.tsx"]
    assert response.headers["etag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'


@pytest.mark.parametrize("path", ["1.0.0", "1.0.0/archive", "1.0.0/files/index.html", "latest"])
async def test_what_a_client_has_is_not_sent_again(write: Write, serve: Serve, path: str) -> None:
    write()
    async with serve() as client:
        tag = (await client.get(f"{SMALL}/{path}")).headers["etag"]
        for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            response = await client.get(f"{SMALL}/{path}", headers={"if-none-match": condition})
            assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", tag)
        other = await client.get(f"{SMALL}/{path}", headers={"if-none-match": '"other"'})
    assert other.status_code == 200
    assert ("immutable" in other.headers["cache-control"]) == (path != "latest")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/templates/none", "template_not_found"),
        ("/v1/templates/none/versions", "template_not_found"),
        ("/v1/templates/none/versions/latest", "template_not_found"),
        ("/v1/templates/--upload-pack=x/versions", "template_not_found"),
        ("/v1/templates/..%2f..%2fHEAD", "not_found"),
        ("/v1/templates/small%0a", "template_not_found"),
        (f"{SMALL}/9.9.9", "template_version_not_found"),
        (f"{SMALL}/v1.0.0", "template_version_not_found"),
        (f"{SMALL}/--output=x/archive", "template_version_not_found"),
        (f"{SMALL}/1.0.0/files/src/none.tsx", "template_file_not_found"),
        (f"{SMALL}/1.0.0/files/src", "template_file_not_found"),
        (f"{SMALL}/1.0.0/files/template.json", "template_file_not_found"),
        (f"{SMALL}/1.0.0/files/%2e%2e/%2e%2e/HEAD", "template_file_not_found"),
        (f"{SMALL}/1.0.0/files//etc/passwd", "template_file_not_found"),
        (f"{SMALL}/1.0.0/files/index.html%00", "template_file_not_found"),
    ],
)
async def test_what_does_not_exist(write: Write, serve: Serve, path: str, code: str) -> None:
    write()
    async with serve() as client:
        response = await client.get(path)
    assert (response.status_code, response.json()["code"]) == (404, code)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic dGVtcGxhdGVz"])
@pytest.mark.parametrize("path", ["/v1/templates", f"{SMALL}/1.0.0/archive"])
async def test_only_a_service_may_ask(write: Write, serve: Serve, path: str, authorization: str) -> None:
    write()
    async with serve() as client:
        response = await client.get(path, headers={"authorization": authorization})
    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")


async def test_a_lost_store_is_said_and_its_return_noticed(
    write: Write, serve: Serve, store_dir: Path
) -> None:
    write()
    async with serve() as client:
        away = shutil.move(store_dir, store_dir.with_name("away"))
        assert (await client.get("/readyz")).status_code == 503
        response = await client.get(SMALL)
        assert (response.status_code, response.json()["code"]) == (503, "template_store_unavailable")
        shutil.move(away, store_dir)
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get(SMALL)).status_code == 200


async def test_a_start_without_a_usable_store_is_made_good_later(
    write: Write, serve: Serve, store_dir: Path
) -> None:
    shutil.move(write(), store_dir)
    write()
    async with serve(ready=False) as client:
        unready = await client.get("/readyz")
        assert (unready.status_code, (await client.get("/healthz")).status_code) == (503, 200)
        shutil.rmtree(store_dir)
        await until_ready(client)
        assert (await client.get(f"{SMALL}/latest")).json()["version"] == "1.0.0"
