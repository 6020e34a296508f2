"""Builds by message: what comes back for good and for bad apps."""

import asyncio
import json
import re

import brotli
import pytest

from common.contracts import BuildMode, BuildState, ErrorCategory, app_prefixes, artifact_key
from common.ids import new_app_id, new_id
from tests.builder.world import SITE, World, scripted, site_files, template_files

pytestmark = pytest.mark.asyncio(loop_scope="module")


def home(body: str, imports: str = "") -> str:
    return f"{imports}\nexport function Home() {{\n  {body}\n}}\n"


async def test_a_good_app_becomes_an_artifact_with_a_true_manifest(service: World) -> None:
    done = await service.build({"src/pages/Home.tsx": home("return <h1>Reading list 42</h1>;")})
    assert done.state is BuildState.SUCCEEDED, done.log
    members = await service.artifact(done)
    assert next(iter(members)) == "manifest.json"
    manifest = json.loads(members.pop("manifest.json"))
    assert (manifest["format"], manifest["mode"]) == (1, "preview")
    assert {f"dist/{entry['path']}" for entry in manifest["files"]} == set(members)
    types = {entry["path"]: entry["content_type"] for entry in manifest["files"]}
    assert types["index.html"] == "text/html; charset=utf-8"
    scripts = [path for path in types if re.fullmatch(r"assets/.+-[\w-]{8}\.js", path)]
    assert any(b"Reading list 42" in members[f"dist/{path}"] for path in scripts)
    assert done.artifact is not None
    assert done.artifact.file_count == len(members)
    assert done.artifact.total_bytes == sum(len(content) for content in members.values())


async def test_equal_sources_give_one_artifact_and_no_second_build(service: World) -> None:
    source: dict[str, str | bytes | None] = {"src/pages/Home.tsx": home("return <p>the same</p>;")}
    app_id = new_app_id()
    first = await service.build(source, app_id=app_id)
    second = await service.build(source, app_id=app_id)
    assert first.artifact == second.artifact
    assert "its result is used again" in second.log
    # A lost object is no reason to fail: it is built again, and comes out the same.
    assert first.artifact is not None
    await service.store.delete(artifact_key(app_id, first.artifact.digest))
    third = await service.build(source, app_id=app_id)
    assert third.artifact == first.artifact
    await service.artifact(third)


async def test_apps_share_no_artifact(service: World) -> None:
    """The end of one app must not take another's artifact with it."""
    source: dict[str, str | bytes | None] = {"src/pages/Home.tsx": home("return <p>alike</p>;")}
    one, other = await service.build(source), await service.build(source)
    assert one.artifact == other.artifact
    assert "its result is used again" not in other.log
    deleted = [await service.store.delete_prefix(prefix) for prefix in app_prefixes(one.app_id)]
    assert sum(deleted) == 2  # its source and its artifact
    await service.artifact(other)
    assert one.artifact is not None
    assert not await service.store.exists(artifact_key(one.app_id, one.artifact.digest))


async def test_what_could_be_better_about_a_green_build_is_told_with_it(service: World) -> None:
    page = "export function About() {\n  return <h1>{window.innerHeight}</h1>;\n}\n"
    source = {**dict.fromkeys(template_files()), **site_files(), "src/pages/About.tsx": page}
    first = await service.build(source, template=SITE)
    assert first.state is BuildState.SUCCEEDED, first.log
    [found] = first.diagnostics
    assert (found.code, found.file, found.line, first.problems) == ("prerender", "src/pages/About.tsx", 2, 0)
    assert "2 |   return <h1>{window.innerHeight}</h1>;" in (found.frame or "")
    again = await service.build(source, template=SITE, app_id=first.app_id)
    assert "its result is used again" in again.log
    assert again.diagnostics == first.diagnostics


async def test_type_errors_come_back_with_their_locations(service: World) -> None:
    done = await service.build(
        {
            "src/pages/Home.tsx": home('const count: number = "é";\n  return <p>{count + missing}</p>;'),
        }
    )
    assert (done.state, done.category) == (BuildState.FAILED, ErrorCategory.TYPE)
    found = [(d.file, d.line, d.column, d.code) for d in done.diagnostics]
    assert found == [("src/pages/Home.tsx", 3, 9, "TS2322"), ("src/pages/Home.tsx", 4, 22, "TS2304")]
    assert done.diagnostics[0].message == "Type 'string' is not assignable to type 'number'."
    assert done.message == "The type check found 2 errors."
    assert "src/pages/Home.tsx(3,9): error TS2322" in done.log
    assert done.artifact is None


async def test_a_runs_failed_build_proposes_repairs(service: World) -> None:
    source: dict[str, str | bytes | None] = {
        "src/pages/Home.tsx": home("const [n] = useState(0);\n  return <p>{n}</p>;")
    }
    done = await service.build(source, run_id=new_id("run"))
    assert (done.category, done.problems, done.problem_files) == (ErrorCategory.TYPE, 1, 1)
    [fix] = done.fixes
    assert (fix.path, fix.reasons) == ("src/pages/Home.tsx", ("imports useState",))
    assert fix.edits[0].text.startswith('import { useState } from "react";')
    kept = (await service.get(f"/v1/builds/{done.build_id}")).json()
    assert kept["fixes"] == [fix.model_dump(mode="json")]
    # Nobody would apply them to a version's files, or to what goes live.
    assert (await service.build(source)).fixes == ()


async def test_a_missing_package_is_named(service: World) -> None:
    imports = 'import dayjs from "dayjs";\nimport { x } from "@acme/ui/button";'
    done = await service.build({"src/pages/Home.tsx": home("return <p>{dayjs(x)}</p>;", imports)})
    assert (done.state, done.category) == (BuildState.FAILED, ErrorCategory.DEPENDENCY)
    assert done.message is not None
    assert "what is not there: @acme/ui, dayjs. Only @dnd-kit/core, @dnd-kit/sortable, " in done.message
    assert {d.line for d in done.diagnostics} == {1, 2}


async def test_what_only_the_bundler_sees_is_a_bundle_error(service: World) -> None:
    css = template_files()["src/index.css"].decode() + "\n.card { @apply no-such-utility; }\n"
    done = await service.build({"src/index.css": css})
    assert (done.state, done.category) == (BuildState.FAILED, ErrorCategory.BUNDLE)
    assert [(d.file, d.message) for d in done.diagnostics] == [
        ("src/index.css", "Cannot apply unknown utility class `no-such-utility`")
    ]


async def test_a_file_named_error_fails_nothing(service: World) -> None:
    imports = 'import "./error";\nconsole.log("error: failed");'
    done = await service.build(
        {
            "src/pages/error.ts": 'console.log("Error: all is well");\n',
            "src/pages/Home.tsx": home("return <p>error</p>;", imports),
        }
    )
    assert done.state is BuildState.SUCCEEDED, done.log


async def test_the_platforms_files_win(service: World) -> None:
    done = await service.build({"index.html": "<h1>mine</h1>", "package.json": "{}"})
    assert done.state is BuildState.SUCCEEDED, done.log
    members = await service.artifact(done)
    assert b"{{APP_ID}}" in members["dist/index.html"]


@pytest.mark.parametrize(
    ("path", "content", "line", "message"),
    [
        ("vite.config.js", "", None, "only the template could bring this file"),
        (".env.local", "", None, "only the template could bring this file"),
        ("src/components/ui/extra.ts", "", None, "only the template could bring this file"),
        ("src/components/ErrorBoundary.js", "", None, "only the template could bring this file"),
        ("src/App.js", "export {};", None, "write it in TypeScript as src/App.ts"),
        ("src/App.ts", "export {};", None, "delete one of the two"),
        ("src/extra.css", "a {}\n@plugin './x';", 2, "@plugin would run code while the app is built"),
    ],
)
async def test_a_file_that_goes_around_the_checks_is_the_apps_failure(
    service: World, path: str, content: str, line: int | None, message: str
) -> None:
    done = await service.build({path: content})
    assert (done.state, done.category) == (BuildState.FAILED, ErrorCategory.BUNDLE)
    (found,) = done.diagnostics
    assert (found.file, found.line) == (path if path != "src/App.ts" else "src/App.tsx", line)
    assert message in found.message
    assert message in str(done.message)
    assert message in done.log
    assert (await service.get(f"/v1/builds/{done.build_id}")).json()["attempts"] == 1


FORGED = """
const send = (header, body = "") => {
  const head = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(head.length, 0);
  lengths.writeUInt32BE(body.length, 4);
  fs.writeSync(Number(process.argv[4]), Buffer.concat([lengths, head, Buffer.from(body)]));
};
send({ type: "report", ok: true, errors: [], count: 0, ms: 1 });
const output = { type: "output", files: [["index.html", 13]], compressed: [], modules: ["src/main.tsx"] };
send(output, "<h1>mine</h1>");
send({ type: "done" });
await new Promise(() => setInterval(() => {}, 1000));
"""


async def test_a_page_that_a_build_made_up_does_not_go_live(service: World) -> None:
    done = await service.build(**scripted(FORGED))
    assert (done.state, done.category) == (BuildState.FAILED, ErrorCategory.BUNDLE)
    assert done.message == "The build changed index.html beyond the tags that load the app."
    assert (await service.get(f"/v1/builds/{done.build_id}")).json()["attempts"] == 1


async def test_production_is_compressed_ahead_and_reproducible(service: World) -> None:
    source: dict[str, str | bytes | None] = {"src/pages/Home.tsx": home("return <p>production</p>;")}
    done = await service.build(source, mode=BuildMode.PRODUCTION)
    members = await service.artifact(done)
    manifest = json.loads(members["manifest.json"])
    packed = [entry["path"] for entry in manifest["files"] if entry["brotli"]]
    assert any(path.endswith(".js") for path in packed)
    for path in packed:
        assert brotli.decompress(members[f"dist/{path}.br"]) == members[f"dist/{path}"]
    preview = await service.build(source)
    assert preview.artifact is not None
    assert done.artifact is not None
    assert preview.artifact.total_bytes == done.artifact.total_bytes


async def test_log_lines_are_live_numbered_and_kept(service: World) -> None:
    run = new_id("run")
    done = await service.build({"src/pages/Home.tsx": home("return <p>said</p>;")}, run_id=run)
    lines = [line for line in service.lines if line.build_id == done.build_id]
    assert {line.run_id for line in lines} == {run}
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert any("modules transformed" in line.text for line in lines)
    kept = (await service.get(f"/v1/builds/{done.build_id}/log")).text
    assert kept == done.log
    assert [line.text for line in lines] == [row.partition("] ")[2] for row in kept.splitlines()]


async def test_last_words_of_any_bytes_are_stored(service: World) -> None:
    done = await service.build(
        **scripted("fs.writeSync(1, Buffer.from([111, 0, 255, 107, 10])); process.exit(3);")
    )
    assert (done.state, done.category) == (BuildState.FAILED, ErrorCategory.BUNDLE)
    assert "o\ufffd\ufffdk" in done.diagnostics[0].message
    assert (await service.get(f"/v1/builds/{done.build_id}")).json()["attempts"] == 1


async def test_a_repeated_request_is_answered_again_and_built_once(service: World) -> None:
    request = await service.request({"src/pages/Home.tsx": home("return <p>twice</p>;")})
    await service.send(request)
    await service.finished(request.build_id)
    await service.send(request)
    again = await service.finished(request.build_id, times=2)
    assert again.artifact is not None
    seen = (await service.get(f"/v1/builds/{request.build_id}")).json()
    assert (seen["state"], seen["attempts"]) == ("succeeded", 1)


async def test_a_used_id_with_another_source_changes_nothing(service: World) -> None:
    first = await service.request({"src/pages/Home.tsx": home("return <p>first</p>;")})
    done = await service.finished(first.build_id)
    other = await service.request(build_id=first.build_id, app_id=first.app_id)
    marker = await service.build()
    assert marker.state is BuildState.SUCCEEDED
    seen = (await service.get(f"/v1/builds/{other.build_id}")).json()
    assert done.artifact is not None
    assert seen["artifact"]["digest"] == done.artifact.digest


async def test_unusable_sources_are_the_platforms_failure(service: World) -> None:
    absent = await service.build(source_digest="0" * 64)
    assert (absent.category, absent.state) == (ErrorCategory.INFRASTRUCTURE, BuildState.FAILED)
    unknown = await service.build(template="vite-react@99.0.0")
    assert unknown.category is ErrorCategory.INFRASTRUCTURE
    assert "99.0.0" in (unknown.message or "")


async def test_builds_are_listed_by_app_in_pages(service: World) -> None:
    app = "listedapp123"
    ids = [(await service.build(app_id=app)).build_id for _ in range(3)]
    first = (await service.get(f"/v1/builds?app_id={app}&limit=2")).json()
    second = (await service.get(f"/v1/builds?app_id={app}&limit=2&cursor={first['next_cursor']}")).json()
    assert [item["id"] for item in (*first["items"], *second["items"])] == ids[::-1]
    assert second["next_cursor"] is None


async def test_the_api_is_guarded_and_knows_what_it_does_not_have(service: World) -> None:
    unknown = await service.get(f"/v1/builds/{new_id('bld')}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "build_not_found")
    async with service.builder.http() as http:
        answer = await http.get("/v1/builds", headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401


async def test_builds_run_side_by_side(service: World) -> None:
    sources = [{"src/pages/Home.tsx": home(f"return <p>side {n}</p>;")} for n in range(4)]
    done = await asyncio.gather(*(service.build(dict(source)) for source in sources))
    assert {d.state for d in done} == {BuildState.SUCCEEDED}
    assert len({d.artifact.digest for d in done if d.artifact}) == 4
