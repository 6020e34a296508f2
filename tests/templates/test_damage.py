"""A release that the store has lost or that is none: it is left out and told, all others are served."""

from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from .conftest import FILES, Serve, Write
from .test_publish import git

SMALL = "/v1/templates/small/versions"


def named_wrongly(store: Path) -> None:
    """A tag that somebody pushed."""
    git(store, "update-ref", "refs/tags/small/v2.0.0", git(store, "rev-parse", "small/v1.0.0").strip())


def without_commit(store: Path) -> None:
    _object(store, "small/v2.0.0").unlink()


def without_a_file(store: Path) -> None:
    _object(store, "small/v2.0.0:src/App.tsx").unlink()


def with_a_bad_sector(store: Path) -> None:
    _object(store, "small/v2.0.0").write_bytes(b"\0" * 100)


def with_a_bad_sector_in_a_file(store: Path) -> None:
    _object(store, "small/v2.0.0:template.json").write_bytes(b"\0" * 100)


def _object(store: Path, name: str) -> Path:
    found = git(store, "rev-parse", name).strip()
    path = store / "objects" / found[:2] / found[2:]
    path.chmod(0o644)
    return path


DAMAGES = [named_wrongly, without_commit, without_a_file, with_a_bad_sector, with_a_bad_sector_in_a_file]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_release_is_left_out_and_all_others_are_served(
    write: Write, serve: Serve, store_dir: Path, damage: Callable[[Path], None]
) -> None:
    write("other")
    for version, app in (("1.0.0", "old"), ("2.0.0", "new")):
        write(version=version, files={"src/App.tsx": app}, changes={"breaking": ["The app."]})
        async with serve():
            pass
    damage(store_dir)
    async with serve() as client:
        listed = (await client.get("/v1/templates")).json()["items"]
        versions = (await client.get(SMALL)).json()["items"]
        stable = (await client.get(f"{SMALL}/stable/files/src/App.tsx")).text
        asked = await client.get(f"{SMALL}/2.0.0")
        ready = await client.get("/readyz")
    assert [(item["name"], item["latest"]) for item in listed] == [("other", "1.0.0"), ("small", "1.0.0")]
    assert "2" not in listed[1]["channels"]
    assert [item["version"] for item in versions] == ["1.0.0"]
    assert stable == "old"
    assert (asked.status_code, asked.json()["code"]) == (500, "template_release_invalid")
    assert ready.status_code == 200
    assert "damaged and left out: small@2.0.0" in ready.text
    assert "templates_damaged_releases 1.0" in generate_latest().decode()


async def test_a_template_with_nothing_but_a_damaged_release_is_not_listed(
    write: Write, serve: Serve, store_dir: Path
) -> None:
    write("other", files={"src/App.tsx": "// another"})
    write()
    async with serve() as client:
        _object(store_dir, "small/v1.0.0:src/App.tsx").unlink()
        first = (await client.get("/v1/templates", params={"limit": 1})).json()
        every = (await client.get("/v1/templates")).json()
        asked = await client.get("/v1/templates/small")
    assert [item["name"] for item in every["items"]] == ["other"] == [one["name"] for one in first["items"]]
    assert first["next_cursor"] is None
    assert (asked.status_code, asked.json()["code"]) == (500, "template_release_invalid")


async def test_a_release_that_was_mended_is_there_again(write: Write, serve: Serve, store_dir: Path) -> None:
    write()
    async with serve() as client:
        lost = _object(store_dir, "small/v1.0.0:src/App.tsx")
        lost.rename(away := store_dir.parent / "away")
        assert (await client.get("/v1/templates")).json()["items"] == []
        assert "damaged" in (await client.get("/readyz")).text
        away.rename(lost)
        assert "damaged" not in (await client.get("/readyz")).text
        [small] = (await client.get("/v1/templates")).json()["items"]
        app = (await client.get(f"{SMALL}/latest/files/src/App.tsx")).text
    assert (small["latest"], app) == ("1.0.0", FILES["src/App.tsx"])
    assert "templates_damaged_releases 0.0" in generate_latest().decode()


async def test_a_damaged_release_is_replaced_by_a_later_one(
    write: Write, serve: Serve, store_dir: Path
) -> None:
    write()
    async with serve():
        pass
    _object(store_dir, "small/v1.0.0:src/App.tsx").unlink()
    write(version="1.0.1", files={"src/App.tsx": "// another"})
    async with serve() as client:
        [small] = (await client.get("/v1/templates")).json()["items"]
    assert small["latest"] == "1.0.1"
