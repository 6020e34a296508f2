import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from templates.clients.git import Git
from templates.clients.store import ReleaseStore
from templates.errors import ReleaseInvalid, StoreUnavailable
from templates.settings import PACKAGED_CONTENT
from templates.usecases.catalogue import Catalogue
from templates.usecases.publish import Outcome, publish

from .conftest import Write


def git(store: Path, *arguments: str) -> str:
    command = ["git", f"--git-dir={store}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


async def publish_one(store_dir: Path, content: Path) -> Outcome:
    (outcome,) = await publish(ReleaseStore(store_dir), content)
    return outcome


async def test_publishing_twice_makes_one_release(write: Write, content: Path, store_dir: Path) -> None:
    write()
    assert (await publish_one(store_dir, content)).created
    before = git(store_dir, "for-each-ref")
    again = await publish_one(store_dir, content)
    assert (again.created, again.error) == (False, None)
    assert git(store_dir, "for-each-ref") == before
    assert "refs/tags/small/v1.0.0" in before
    assert len(before.splitlines()) == 1


async def test_the_same_content_is_the_same_commit_in_every_store(
    write: Write, content: Path, tmp_path: Path
) -> None:
    write()
    stores = [tmp_path / "one", tmp_path / "two"]
    for store in stores:
        await publish_one(store, content)
    one, two = (git(store, "rev-parse", "small/v1.0.0") for store in stores)
    assert one == two


async def test_a_release_never_changes(write: Write, content: Path, store_dir: Path) -> None:
    write()
    await publish_one(store_dir, content)
    commit = git(store_dir, "rev-parse", "small/v1.0.0")
    write(files={"src/App.tsx": "changed"})
    error = (await publish_one(store_dir, content)).error
    assert error is not None
    assert error.code == "template_release_changed"
    assert "src/App.tsx" in error.message
    assert "1.0.1" in error.message
    assert git(store_dir, "rev-parse", "small/v1.0.0") == commit
    write(version="1.0.1", files={"src/App.tsx": "changed"})
    assert (await publish_one(store_dir, content)).created


async def test_changed_locks_are_another_release_too(write: Write, content: Path, store_dir: Path) -> None:
    write()
    await publish_one(store_dir, content)
    write(locked=["index.html", "package.json"])
    error = (await publish_one(store_dir, content)).error
    assert error is not None
    assert "template.json" in error.message


async def test_publishers_at_the_same_time_make_one_release(
    write: Write, content: Path, store_dir: Path
) -> None:
    write()
    await ReleaseStore(store_dir).prepare()
    outcomes = await asyncio.gather(*(publish_one(store_dir, content) for _ in range(4)))
    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert sum(outcome.created for outcome in outcomes) == 1
    assert len(git(store_dir, "for-each-ref").splitlines()) == 1


async def test_what_npm_and_vite_leave_behind_is_not_released(
    write: Write, content: Path, store_dir: Path
) -> None:
    write(files={"node_modules/x/index.js": "x", "dist/index.html": "x", ".gitignore": "dist/\n"})
    await publish_one(store_dir, content)
    listed = git(store_dir, "ls-tree", "-r", "--name-only", "small/v1.0.0").splitlines()
    assert ".gitignore" in listed
    assert not [path for path in listed if path.startswith(("node_modules", "dist"))]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"version": "1.0"}, "semantic version"),
        ({"version": "1.0.0+7"}, "semantic version"),
        ({"locked": ["src/missing/**"]}, "'src/missing/**' matches no file"),
        ({"surprise": 1}, "surprise"),
        ({"description": ""}, "description"),
        ({"files": {"template.json": None}}, "no template.json"),
        ({"files": {"template.json": "{"}}, "Invalid JSON"),
        (
            {"files": {"template.json": '{"name":"other","version":"1.0.0","description":"d","locked":[]}'}},
            "other",
        ),
        ({"files": {"package-lock.json": None}}, "package-lock.json is missing"),
        ({"files": {"index.html": "<p>"}}, "{{APP_ID}}"),
        ({"files": {"src/a#b.ts": "x"}}, "'src/a#b.ts' cannot be a file's path"),
        ({"files": {"big.txt": "x" * 1_000_001}}, "big.txt"),
    ],
)
async def test_malformed_content_is_named_and_not_released(
    write: Write, content: Path, store_dir: Path, change: dict[str, object], expected: str
) -> None:
    write(**change)
    error = (await publish_one(store_dir, content)).error
    assert error is not None
    assert error.code == "template_content_invalid"
    assert expected in error.message
    assert git(store_dir, "for-each-ref") == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"breaking": [""]},
        {"breaking": ["x" * 301]},
        {"other": ["x"] * 21},
        {"broken": ["A word that means nothing."]},
    ],
)
async def test_notes_that_nobody_would_read_are_refused(
    write: Write, content: Path, store_dir: Path, changes: dict[str, list[str]]
) -> None:
    write(changes=changes)
    error = (await publish_one(store_dir, content)).error
    assert error is not None
    assert "small/template.json is not valid: changes." in error.message


async def test_a_guide_that_the_model_would_not_see_the_end_of_is_refused(
    write: Write, content: Path, store_dir: Path
) -> None:
    write(files={"GUIDE.md": "ä" * 1_500 + "\n"})
    assert (await publish_one(store_dir, content)).created
    write(version="1.0.1", files={"GUIDE.md": "ä" * 1_612})
    error = (await publish_one(store_dir, content)).error
    assert error is not None
    assert error.code == "template_content_invalid"
    assert "small/GUIDE.md has 1,612 characters" in error.message
    assert "Shorten it by 112." in error.message


async def test_links_are_refused(write: Write, content: Path, store_dir: Path) -> None:
    (write() / "src/leak").symlink_to("/etc/passwd")
    error = (await publish_one(store_dir, content)).error
    assert error is not None
    assert "src/leak" in error.message


async def test_one_bad_template_does_not_hold_up_another(
    write: Write, content: Path, store_dir: Path
) -> None:
    write("bad", version="one")
    write("good")
    outcomes = await publish(ReleaseStore(store_dir), content)
    assert [(outcome.template, outcome.created) for outcome in outcomes] == [("bad", False), ("good", True)]


async def test_a_missing_content_directory_is_said(content: Path, store_dir: Path) -> None:
    error = (await publish_one(store_dir, content)).error
    assert error is not None
    assert "TEMPLATES_CONTENT_DIR" in error.message


async def test_a_directory_with_other_files_is_not_taken_as_store(write: Write, content: Path) -> None:
    diary = write()
    with pytest.raises(StoreUnavailable, match="TEMPLATES_STORE_DIR"):
        await publish_one(diary, content)


@pytest.fixture
def hanging_store(store_dir: Path) -> Path:
    """A repository on which every command waits for ever: its configuration is a pipe without a writer."""
    subprocess.run(["git", "init", "--bare", "-q", store_dir], check=True)
    (store_dir / "config").unlink()
    os.mkfifo(store_dir / "config")
    return store_dir


async def test_git_that_hangs_is_ended(hanging_store: Path) -> None:
    with pytest.raises(StoreUnavailable, match="did not end within"):
        await Git(hanging_store, seconds=0.2).run("for-each-ref")


async def test_a_tag_pushed_by_hand_is_checked(write: Write, content: Path, store_dir: Path) -> None:
    write()
    await publish_one(store_dir, content)
    git(store_dir, "tag", "small/v2.0.0", "small/v1.0.0")
    git(store_dir, "tag", "not-a-release", "small/v1.0.0")
    catalogue = Catalogue(ReleaseStore(store_dir))
    with pytest.raises(ReleaseInvalid, match=r"small/v2\.0\.0 holds small 1\.0\.0"):
        await catalogue.release("small", "2.0.0")
    assert str((await catalogue.release("small", "1.0.0")).tag.ref.version) == "1.0.0"
    assert [found.template.name for found in await catalogue.templates()] == ["small"]


async def test_the_packaged_content_is_well_formed(store_dir: Path) -> None:
    outcomes = await publish(ReleaseStore(store_dir), PACKAGED_CONTENT)
    assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
    assert "vite-react" in {outcome.template for outcome in outcomes}
