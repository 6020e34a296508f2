import json
from pathlib import Path

import pytest

from templates.__main__ import main
from templates.clients.store import ReleaseStore
from templates.usecases.catalogue import Catalogue
from templates.usecases.publish import Outcome, publish

from .conftest import FILES, Write

NONE_OF_ITS_OWN: dict[str, str | None] = dict.fromkeys(FILES)


def write_child(write: Write, files: dict[str, str | None], **descriptor: object) -> Path:
    about = {"extends": "small", "locked": [], **descriptor}
    return write("child", files={**NONE_OF_ITS_OWN, **files}, **about)


async def published(store: Path, content: Path) -> dict[str, Outcome]:
    return {outcome.template: outcome for outcome in await publish(ReleaseStore(store), content)}


async def test_a_release_of_what_extends_another_is_one_tree(
    write: Write, content: Path, store_dir: Path
) -> None:
    write(locked=["index.html", "package*.json"])
    write_child(
        write,
        {"src/App.tsx": "// the child's\n", "src/loop.ts": "export {};\n"},
        locked=["src/loop.ts"],
        removes=["src/ui/button.tsx"],
    )
    outcomes = await published(store_dir, content)
    assert [outcome.error for outcome in outcomes.values()] == [None, None]
    release = (await Catalogue(ReleaseStore(store_dir)).release("child", "1.0.0")).release
    files = {file.path: file.content.decode() for file in release.files}
    assert set(files) == {"index.html", "package.json", "package-lock.json", "src/App.tsx", "src/loop.ts"}
    assert files["src/App.tsx"] == "// the child's\n"
    assert files["index.html"] == FILES["index.html"]
    assert release.descriptor.extends == "small@1.0.0"
    assert release.descriptor.locked == ("index.html", "package*.json", "src/loop.ts")


async def test_a_locked_file_is_replaced_by_name_alone(write: Write, content: Path, store_dir: Path) -> None:
    write()
    page = FILES["index.html"].replace("<script>", "<p></p><script>")
    write_child(write, {"index.html": page})
    error = (await published(store_dir, content))["child"].error
    assert error is not None
    assert "index.html is locked in small and not named in overrides" in error.message
    write_child(write, {"index.html": page}, overrides=["index.html"])
    assert (await published(store_dir, content))["child"].created


async def test_what_changes_in_a_foundation_is_a_release_of_what_extends_it(
    write: Write, content: Path, store_dir: Path
) -> None:
    write()
    write_child(write, {"src/App.tsx": "// the child's\n"})
    await published(store_dir, content)
    write(version="1.0.1", files={"src/ui/button.tsx": "export const a = 1;\n"})
    error = (await published(store_dir, content))["child"].error
    assert error is not None
    assert error.code == "template_release_changed"
    assert "src/ui/button.tsx" in error.message
    assert "it extends small@1.0.0, and the content beside it is small@1.0.1 now" in error.message
    assert "child/template.json, for example to 1.0.1" in error.message


async def test_a_hole_of_a_foundation_is_one_of_what_extends_it(
    write: Write, content: Path, store_dir: Path
) -> None:
    catalogue = Catalogue(ReleaseStore(store_dir))

    async def told() -> dict[str, list[tuple[str, str | None]]]:
        return {
            str(one.tag.ref.version): [(hole.hole, hole.fixed_in) for hole in one.advisories]
            for one in await catalogue.versions("child")
        }

    hole, own = "A page showed what people typed as HTML.", "The child's own."
    write()
    write_child(write, {"src/App.tsx": "// the child's\n"})
    assert (await published(store_dir, content))["child"].created
    assert await told() == {"1.0.0": []}
    write(version="1.0.1", security=[{"hole": hole, "since": "1.0.0"}])
    await published(store_dir, content)  # the child's number is not raised yet, so it is not released
    assert await told() == {"1.0.0": [(hole, None)]}
    write_child(write, {"src/App.tsx": "// the child's\n"}, version="1.0.1")
    assert (await published(store_dir, content))["child"].created
    assert await told() == {"1.0.0": [(hole, "1.0.1")], "1.0.1": []}
    write_child(
        write, {"src/App.tsx": "// safe\n"}, version="1.0.2", security=[{"hole": own, "since": "1.0.1"}]
    )
    assert (await published(store_dir, content))["child"].created
    assert await told() == {"1.0.0": [(hole, "1.0.1")], "1.0.1": [(own, "1.0.2")], "1.0.2": []}


@pytest.mark.parametrize(
    ("files", "descriptor", "expected"),
    [
        ({}, {"extends": "absent"}, 'extends "absent", which is no template beside it'),
        ({}, {"extends": "../small"}, "extends"),
        ({}, {"extends": "child"}, "child extends child itself"),
        ({"package.json": "{}"}, {}, "package.json is a matter of small"),
        ({"package-lock.json": "{}"}, {"overrides": ["package-lock.json"]}, "package-lock.json is a matter"),
        ({"src/App.tsx": ""}, {"overrides": ["src/App.tsx"]}, "overrides names src/App.tsx"),
        ({}, {"overrides": ["index.html"]}, "overrides names index.html"),
        ({}, {"removes": ["index.html"]}, "removes names index.html, which small locks"),
        ({}, {"removes": ["src/gone.ts"]}, "removes names src/gone.ts, which small has not"),
        ({"src/App.tsx": ""}, {"removes": ["src/App.tsx"]}, "removes names src/App.tsx, which is there"),
    ],
)
async def test_what_cannot_be_put_together_is_said(
    write: Write,
    content: Path,
    store_dir: Path,
    files: dict[str, str | None],
    descriptor: dict[str, object],
    expected: str,
) -> None:
    write()
    write_child(write, files, **descriptor)
    error = (await published(store_dir, content))["child"].error
    assert error is not None
    assert error.code == "template_content_invalid"
    assert expected in error.message


def test_the_files_an_app_begins_with_are_written_by_a_command(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write()
    child = write_child(write, {"src/App.tsx": "// the child's\n"})
    target = tmp_path / "app"
    monkeypatch.setattr("sys.argv", ["templates", "lay-out", str(child), str(target)])
    assert main() == 0
    assert (target / "src/App.tsx").read_text() == "// the child's\n"
    assert (target / "index.html").read_text() == FILES["index.html"]
    assert not (target / "template.json").exists()
    (child / "template.json").write_text(json.dumps({"name": "child"}))
    assert main() == 1
    assert "template.json is not valid" in capsys.readouterr().err
