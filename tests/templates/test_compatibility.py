"""What a release may change under which number."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from common.contracts.templates import Changes, Version, changes_between
from templates.clients.store import ReleaseStore
from templates.domain.exports import exports_of
from templates.domain.signatures import signatures_of
from templates.usecases.publish import publish

from .conftest import FILES, Serve, Write

LOCKED = ["index.html", "src/core/**"]
CORE = "src/core/index.ts"
BEFORE = {
    CORE: 'export const one = 1;\nexport * from "./two";\n',
    "src/core/two.ts": "export const two = 2;\n",
}
BREAKING = {"breaking": ["`one` and `two` are others."]}
PACKAGES = {"dependencies": {"react": "19.2.0", "zod": "4.6.7"}}


def version(text: str) -> Version:
    found = Version.parse(text)
    assert found is not None
    return found


def packages(**versions: str) -> str:
    return json.dumps({"dependencies": versions})


async def outcome(
    write: Write,
    content: Path,
    store_dir: Path,
    version: str,
    files: Mapping[str, str | None],
    **more: object,
) -> tuple[str, str] | None:
    """Publishes a release after 1.2.0: code and message, or None if it is released."""
    write(version="1.2.0", locked=LOCKED, files={**BEFORE, "package.json": json.dumps(PACKAGES)})
    assert (await publish(ReleaseStore(store_dir), content))[0].created
    about = {"locked": LOCKED, "changes": BREAKING, **more}
    changed = {**BEFORE, "package.json": json.dumps(PACKAGES), **files}
    write(version=version, files=changed, **about)
    (published,) = await publish(ReleaseStore(store_dir), content)
    return None if published.error is None else (published.error.code, published.error.message)


@pytest.mark.parametrize(
    ("files", "lowest", "reason"),
    [
        ({CORE: 'export const one = 2;\nexport * from "./two";\n'}, "1.2.1", ""),
        ({"src/App.tsx": None, "src/pages/Home.tsx": "export const Home = () => null;\n"}, "1.2.1", ""),
        ({CORE: BEFORE[CORE] + "export const three = 3;\n"}, "1.3.0", f"{CORE} exports three as well"),
        ({CORE: BEFORE[CORE].replace("one =", "one: number =")}, "1.3.0", f"{CORE} declares one otherwise"),
        ({"src/core/three.ts": "export {};\n"}, "1.3.0", "src/core/three.ts is new"),
        ({"package.json": packages(react="19.3.0", zod="4.6.7", cmdk="1.1.1")}, "1.3.0", "has cmdk as well"),
        ({CORE: 'export * from "./two";\n'}, "2.0.0", f"{CORE} no longer exports one"),
        ({"src/core/two.ts": "export const deux = 2;\n"}, "2.0.0", f"{CORE} no longer exports two"),
        ({"src/core/two.ts": None, CORE: "export const one = 1, two = 2;\n"}, "2.0.0", "two.ts is gone"),
        ({"package.json": packages(react="19.2.0")}, "2.0.0", "package.json no longer has zod"),
        ({"package.json": packages(react="20.0.0", zod="4.6.7")}, "2.0.0", "has react 20.0.0"),
    ],
)
async def test_the_number_tells_what_has_changed(
    write: Write, content: Path, store_dir: Path, files: dict[str, str | None], lowest: str, reason: str
) -> None:
    for number, version in enumerate(("1.2.1", "1.3.0", "2.0.0")):
        refused = await outcome(write, content, store_dir.with_name(f"store{number}"), version, files)
        if version >= lowest:
            assert refused is None
        else:
            assert refused is not None
            assert refused[0] == "template_version_too_low"
            assert f"small {version} is not released: it has to be {lowest} at least" in refused[1]
            assert reason in refused[1]
            assert "since 1.2.0" in refused[1]


async def test_locking_what_apps_may_have_changed_is_major(
    write: Write, content: Path, store_dir: Path
) -> None:
    refused = await outcome(write, content, store_dir, "1.3.0", {}, locked=[*LOCKED, "src/App.tsx"])
    assert refused is not None
    assert "src/App.tsx, which apps may have changed, is locked" in refused[1]


async def test_a_release_that_raises_the_major_says_what_breaks(
    write: Write, content: Path, store_dir: Path
) -> None:
    refused = await outcome(write, content, store_dir, "2.0.0", {}, changes={"other": ["Nicer."]})
    assert refused is not None
    assert refused[0] == "template_content_invalid"
    assert "small 2.0.0 is not released: it raises the major and does not say what breaks" in refused[1]
    assert '"changes": {"breaking": ["…"]} of small/template.json' in refused[1]
    write(version="2.0.0-beta.1")  # which promises nothing
    assert (await publish(ReleaseStore(store_dir), content))[0].created


async def test_a_release_is_compared_with_the_one_that_it_follows(
    write: Write, content: Path, store_dir: Path
) -> None:
    """Not with a pre-release, which promises nothing, nor with what is higher."""
    extra = {CORE: BEFORE[CORE] + "export const three = 3;\n"}
    assert await outcome(write, content, store_dir, "2.0.0", extra) is None
    for version, files in (
        ("2.1.0-beta.1", {**extra, "src/core/new.ts": "export {};\n"}),
        ("2.1.0-beta.2", extra),
    ):
        write(version=version, locked=LOCKED, files={**BEFORE, **files, "package.json": json.dumps(PACKAGES)})
        assert (await publish(ReleaseStore(store_dir), content))[0].created
    write(version="1.2.1", locked=LOCKED, files={**BEFORE, "package.json": json.dumps(PACKAGES)})
    assert (await publish(ReleaseStore(store_dir), content))[0].created


async def test_what_is_not_finished_may_change_with_every_minor(
    write: Write, content: Path, store_dir: Path
) -> None:
    write(version="0.1.0", locked=LOCKED, files=BEFORE)
    assert (await publish(ReleaseStore(store_dir), content))[0].created
    changed = {CORE: "export const other = 1;\n", "src/core/two.ts": None}
    write(version="0.1.1", locked=LOCKED, files={**BEFORE, **changed})
    error = (await publish(ReleaseStore(store_dir), content))[0].error
    assert error is not None
    assert "0.2.0 at least" in error.message
    write(version="0.2.0", locked=LOCKED, files={**BEFORE, **changed})
    assert (await publish(ReleaseStore(store_dir), content))[0].created


def test_every_way_of_exporting_counts() -> None:
    files = {
        "src/a.tsx": b"""
            export default function App() { return <p>text; export const no = 1</p>; }
            export const one = 1, { two, three: drei, ...rest } = x;
            export function four() {} export async function* five() {}
            export class Six {} export abstract class Seven {}
            export type Eight = string; export interface Nine {} export enum Ten {}
            const inner = 1; export { inner as eleven, type Twelve };
            export { thirteen, default as Fourteen } from "elsewhere";
            export * as fifteen from "elsewhere";
            export * from "react";
            export * from "./b"; export * from "@/c";
            // export const nothing = 1;
            const text = "export const nor = 1";
        """,
        "src/b.ts": b'export const inB = 1; export default 1; export * from "./a";',
        "src/c/index.ts": b"export declare const inC: string; export type { T } from './t';",
    }
    assert exports_of("src/a.tsx", files) == {
        "default", "one", "two", "drei", "rest", "four", "five", "Six", "Seven", "Eight", "Nine", "Ten",
        "eleven", "Twelve", "thirteen", "Fourteen", "fifteen", "* from react", "inB", "inC", "T",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("export function f(a: string) { return 1; }", "export function f(b: string) { /* 2 */ return 2; }"),
        ("export const f = ({ a }: P) => a", "export const f = ({ a, b }: P) => <p>{a + b}</p>"),
        ("export const a = make({ one: 1 })", "export const a = make({ one: 2 })"),
        ("export const a: A = 1; // one", "export  const a:A=2"),
        ("export class A { a = 1; f(b: B): C { return 1; } }", "export class A { a = 2; f(b: B): C {} }"),
        ("type P = 1; export const a: A = 1", "type P = 2; export const a: A = 1"),
        ("export function f(a = 1) {}", "export function f(a = 2) {}"),
    ],
)
def test_what_users_do_not_see_declares_nothing_otherwise(before: str, after: str) -> None:
    one, two = (signatures_of("src/a.tsx", {"src/a.tsx": text.encode()}) for text in (before, after))
    exported = exports_of("src/a.tsx", {"src/a.tsx": after.encode()})
    assert {one[name] for name in exported} == {two[name] for name in exported}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("export function f(a: string) {}", "export function f(a: number) {}"),
        ("export function f(a: string) {}", "export function f(a?: string) {}"),
        ("export function f(a: A) {}", "export function f(...a: A) {}"),
        ("export function f(a = 1) {}", "export function f(a) {}"),
        ("export function f(a: A): B {}", "export function f(a: A): C {}"),
        ("export function f() {}", "export async function f() {}"),
        ("export const f = (a: A) => 1", "export const f = (a: A, b: B) => 1"),
        ("export const a: A = 1", "export const a: B = 1"),
        ("export type A = { a?: string }", "export type A = { a: string }"),
        ("export interface A { a: string }", "export interface A extends B { a: string }"),
        ("export enum A { B, C }", "export enum A { B }"),
        ("export class A { f(b: B): C {} }", "export class A { f(b: B): D {} }"),
        ("interface P { a?: Q } type Q = 1; export const f = (p: P) => 1",
         "interface P { a?: Q } type Q = 2; export const f = (p: P) => 1"),
    ],
)  # fmt: skip
def test_another_declaration_is_seen(before: str, after: str) -> None:
    one, two = (signatures_of("src/a.tsx", {"src/a.tsx": text.encode()}) for text in (before, after))
    assert any(one[name] != two[name] for name in one)


async def test_channels_name_what_is_newest(write: Write, serve: Serve) -> None:
    for version in ("1.2.0", "1.3.0", "1.2.1", "2.0.0", "2.1.0-beta.1"):
        write(version=version, changes=BREAKING)
        async with serve():
            pass
    async with serve() as client:
        told = (await client.get("/v1/templates/small")).json()
        found = {
            channel: (await client.get(f"/v1/templates/small/versions/{channel}")).json()["version"]
            for channel in ("stable", "latest", "next", "1", "1.2", "2")
        }
        caching = (await client.get("/v1/templates/small/versions/1")).headers["cache-control"]
        missing = await client.get("/v1/templates/small/versions/3")
    assert told["channels"] == {
        "stable": "2.0.0", "next": "2.1.0-beta.1", "1": "1.3.0", "1.2": "1.2.1", "1.3": "1.3.0", "2": "2.0.0",
        "2.0": "2.0.0",
    }  # fmt: skip
    assert found == {
        "stable": "2.0.0", "latest": "2.0.0", "next": "2.1.0-beta.1", "1": "1.3.0", "1.2": "1.2.1",
        "2": "2.0.0",
    }  # fmt: skip
    assert "immutable" not in caching
    assert (missing.status_code, missing.json()["code"]) == (404, "template_version_not_found")


async def test_a_version_tells_what_it_changes(write: Write, serve: Serve) -> None:
    async def told(name: str) -> dict[str, dict[str, list[str]]]:
        items = (await client.get(f"/v1/templates/{name}/versions")).json()["items"]
        return {item["version"]: item["changes"] for item in items}

    def said(word: str, *others: str) -> dict[str, list[str]]:
        return {"breaking": [word], "other": list(others)}

    async def release(version: str, foundation: str) -> None:
        write(version=foundation, changes=said(f"The foundation's {foundation}."))
        write(
            "child", version, [], dict.fromkeys(FILES), extends="small", changes=said(f"{version}.", "More.")
        )
        async with serve():
            pass

    for version, foundation in (
        ("1.0.0", "1.0.0"),
        ("1.0.1", "1.0.1"),
        ("1.1.0", "1.0.1"),
        ("2.0.0", "2.0.0"),
    ):
        await release(version, foundation)
    write(version="2.0.1", changes=said("The foundation's 2.0.1."))
    async with serve():
        pass
    await release("2.1.0", "2.1.0")
    async with serve() as client:
        assert (await told("small"))["2.0.0"] == said("The foundation's 2.0.0.")
        child = await told("child")
    assert child == {
        "1.0.0": said("1.0.0.", "More."),
        "1.0.1": {"breaking": ["1.0.1.", "The foundation's 1.0.1."], "other": ["More."]},
        "1.1.0": said("1.1.0.", "More."),
        "2.0.0": {"breaking": ["2.0.0.", "The foundation's 2.0.0."], "other": ["More."]},
        "2.1.0": {
            "breaking": ["2.1.0.", "The foundation's 2.0.1.", "The foundation's 2.1.0."],
            "other": ["More."],
        },
    }


async def test_what_breaks_in_a_foundation_is_said_by_it(
    write: Write, content: Path, store_dir: Path
) -> None:
    for version in ("1.0.0", "2.0.0"):
        write(version=version, changes=BREAKING)
        write("child", version, [], dict.fromkeys(FILES), extends="small")
        outcomes = await publish(ReleaseStore(store_dir), content)
        assert [one.error for one in outcomes] == [None, None]


def test_the_changes_of_all_releases_in_between_count_and_those_of_pre_releases_once() -> None:
    versions = ("1.0.0", "1.1.0", "2.0.0-beta.1", "2.0.0", "2.1.0-beta.1", "2.1.0-beta.2")
    released = {version(text): Changes(breaking=(text,)) for text in reversed(versions)}

    def between(base: str, target: str) -> tuple[str, ...]:
        return changes_between(released, version(base), version(target)).breaking

    assert between("1.0.0", "2.0.0") == ("1.1.0", "2.0.0")
    assert between("1.1.0", "2.0.0-beta.1") == ("2.0.0-beta.1",)
    assert between("2.0.0-beta.1", "2.0.0") == ("2.0.0",)
    assert between("1.1.0", "2.1.0-beta.2") == ("2.0.0", "2.1.0-beta.2")
    assert between("2.0.0", "2.0.0") == ()


async def test_a_version_tells_of_the_holes_that_later_ones_close(write: Write, serve: Serve) -> None:
    hole = "A page showed what people typed as HTML."
    for version, security in (
        ("1.0.0", []),
        ("1.1.0", []),
        ("2.0.0", []),
        ("1.1.1", [{"hole": hole, "since": "1.1.0"}]),
        ("2.0.1", [{"hole": hole, "since": "2.0.0"}, {"hole": "Another.", "since": "1.0.0"}]),
    ):
        write(version=version, security=security, changes=BREAKING)
        async with serve():
            pass
    async with serve() as client:
        items = (await client.get("/v1/templates/small/versions")).json()["items"]
    told = {item["version"]: [(one["hole"], one["fixed_in"]) for one in item["advisories"]] for item in items}
    another = ("Another.", "2.0.1")
    assert told == {
        "2.0.1": [],
        "2.0.0": [(hole, "2.0.1"), another],
        "1.1.1": [another],
        "1.1.0": [(hole, "1.1.1"), another],
        "1.0.0": [another],
    }


async def test_a_hole_that_begins_with_the_release_that_closes_it_is_refused(
    write: Write, content: Path, store_dir: Path
) -> None:
    write(version="1.0.0", security=[{"hole": "Anything.", "since": "1.0.0"}])
    error = (await publish(ReleaseStore(store_dir), content))[0].error
    assert error is not None
    assert error.code == "template_content_invalid"
    assert "since 1.0.0 is not before 1.0.0" in error.message
