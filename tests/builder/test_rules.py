"""The builder's rules: sources, artifacts, logs, and what a failure means."""

import asyncio
import hashlib
import io
import json
import struct
import tarfile
from dataclasses import replace

import pytest

from builder.clients.sandbox.frames import BrokenFrame, read_frame
from builder.clients.sandbox.reports import tool_report
from builder.domain.artifact import (
    compressible_extensions,
    content_type,
    pack,
)
from builder.domain.evidence import End, Evidence, Output, ToolReport
from builder.domain.log import BuildLog, tail
from builder.domain.source import SourceRefused, lay_over, read_source
from builder.domain.verdict import judge
from builder.errors import SourceInvalid
from common.contracts import DATABASE_TYPES, BuildMode, Diagnostic, ErrorCategory
from common.contracts.source import MAX_FILE_BYTES
from common.contracts.templates import TemplateRef, TemplateRelease

OK = ToolReport(ok=True)
TEMPLATE = TemplateRelease(
    ref=TemplateRef.parse("t@1.0.0"),
    digest="d",
    locked=("index.html", "src/ui/**", "package.json"),
    files={
        "index.html": b"platform",
        "src/ui/button.tsx": b"platform",
        "src/App.tsx": b"start",
        "package.json": b"{}",
    },
)


def tar_of(*members: tuple[str, bytes] | tarfile.TarInfo) -> tuple[bytes, str]:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
    data = buffer.getvalue()
    return data, hashlib.sha256(data).hexdigest()


def link(kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo("link")
    info.type = kind
    info.linkname = "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "members",
    [
        (link(tarfile.SYMTYPE),),
        (link(tarfile.LNKTYPE),),
        (link(tarfile.FIFOTYPE),),
        (link(tarfile.CHRTYPE),),
        (("../up", b""),),
        (("/abs", b""),),
        (),
    ],
)
def test_what_nobody_wrote_as_an_apps_files_is_no_source(members: tuple[tuple[str, bytes], ...]) -> None:
    with pytest.raises(SourceInvalid):
        read_source(*tar_of(*members))


@pytest.mark.parametrize(
    ("members", "file", "message"),
    [
        ((("a", b""), ("a/b", b"")), "a/b", "is a file as well"),
        ((("big", b"x" * (MAX_FILE_BYTES + 1)),), "big", "1,000,001 bytes"),
        ((("src/con.ts", b""),), None, "'src/con.ts' cannot be a file's path"),
        (tuple((f"f{n}", b"") for n in range(2001)), None, "2,001 files"),
    ],
)
def test_what_an_author_wrote_and_no_source_may_hold_is_told_with_its_file(
    members: tuple[tuple[str, bytes], ...], file: str | None, message: str
) -> None:
    with pytest.raises(SourceRefused) as refused:
        read_source(*tar_of(*members))
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.file == file
    assert message in diagnostic.message
    assert message in str(refused.value)


def test_a_source_is_what_its_digest_says() -> None:
    data, digest = tar_of(("src/App.tsx", b"x"))
    assert read_source(data, digest) == {"src/App.tsx": b"x"}
    with pytest.raises(SourceInvalid, match="digest"):
        read_source(data + b"\0", digest)
    with pytest.raises(SourceInvalid, match="readable tar"):
        read_source(b"no tar", hashlib.sha256(b"no tar").hexdigest())


def test_the_platforms_files_are_laid_over_the_apps() -> None:
    source = {"index.html": b"mine", "src/App.tsx": b"mine"}
    assert lay_over(source, TEMPLATE) == {
        "index.html": b"platform",
        "package.json": b"{}",
        "src/App.tsx": b"mine",
        "src/ui/button.tsx": b"platform",
    }


def test_the_types_of_an_apps_tables_are_its_own() -> None:
    template = replace(TEMPLATE, files={**TEMPLATE.files, DATABASE_TYPES: b"no tables"})
    assert lay_over({"src/App.tsx": b"", DATABASE_TYPES: b"todos"}, template)[DATABASE_TYPES] == b"todos"
    assert lay_over({"src/App.tsx": b""}, template)[DATABASE_TYPES] == b"no tables"


@pytest.mark.parametrize(
    "path", ["src/ui/new.tsx", "vite.config.mjs", ".env.production", "SRC/UI/x.tsx", "src/ui.json"]
)
def test_a_platforms_file_that_the_template_lacks_is_refused_and_never_left_out(path: str) -> None:
    with pytest.raises(SourceRefused, match="only the template could bring") as refused:
        lay_over({"src/App.tsx": b"mine", path: b"mine"}, TEMPLATE)
    assert [diagnostic.file for diagnostic in refused.value.diagnostics] == [path]


def test_all_that_speaks_against_a_source_is_told_at_once() -> None:
    styles = b"a {}\n@plugin 'x';\n@config 'y';"
    source = {"src/App.ts": b"", "src/a.js": b"", "src/a.css": styles, "src/b.js": b""}
    with pytest.raises(SourceRefused) as refused:
        lay_over({**source, "src/App.tsx": b""}, TEMPLATE)
    found = [(diagnostic.file, diagnostic.line) for diagnostic in refused.value.diagnostics]
    assert found == [
        ("src/a.css", 2), ("src/a.css", 3), ("src/a.js", None), ("src/b.js", None), ("src/App.tsx", None)
    ]  # fmt: skip
    assert str(refused.value).endswith("There are 4 more such problems.")
    with pytest.raises(SourceRefused) as flood:
        lay_over({f"src/{n}.js": b"" for n in range(900)}, TEMPLATE)
    assert len(flood.value.diagnostics) == 50


def test_an_artifact_depends_on_its_files_alone() -> None:
    files = {"index.html": b"<html>", "assets/a.js": b"x" * 100, "a" * 150 + "/é.txt": b""}
    one, data = pack(files, BuildMode.PRODUCTION, {"assets/a.js": b"br"})
    two, again = pack(dict(reversed(files.items())), BuildMode.PRODUCTION, {"assets/a.js": b"br"})
    assert (one, data) == (two, again)
    assert one.digest == hashlib.sha256(data).hexdigest()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        names = tar.getnames()
        first = tar.extractfile("manifest.json")
        assert first is not None
        manifest = json.load(first)
    assert names[0] == "manifest.json"
    assert {"dist/index.html", "dist/assets/a.js", "dist/assets/a.js.br"} <= set(names)
    assert [entry["brotli"] for entry in manifest["files"]] == [False, True, False]
    assert (one.file_count, one.total_bytes) == (3, 106)


def test_content_types_of_what_apps_are_made_of() -> None:
    assert content_type("a/b.JS") == "text/javascript; charset=utf-8"
    assert content_type("x.woff2") == "font/woff2"
    assert content_type("unknown.zzz") == "application/octet-stream"
    assert content_type("LICENSE") == "application/octet-stream"


def test_text_is_worth_compressing_but_no_pictures_nor_pages_which_deployment_changes() -> None:
    assert {".js", ".css", ".svg"} < set(compressible_extensions())
    assert not {".png", ".html"} & set(compressible_extensions())


def test_a_log_keeps_its_beginning_and_its_end() -> None:
    log = BuildLog(max_bytes=1000)
    for number in range(500):
        log.add("bundle", f"line {number}")
    text = log.text
    assert len(text.encode()) <= 1000
    assert text.startswith("[bundle] line 0\n")
    assert text.endswith("[bundle] line 499\n")
    assert "lines are missing here" in text
    assert log.count == 500
    assert log.add("check", "a\0b\x1b[31mc") == "ab[31mc"


def test_the_end_of_a_log_begins_with_a_whole_line() -> None:
    assert tail("short\n") == "short\n"
    assert tail("aaa\nbbb\nccc\n", max_bytes=9) == "bbb\nccc\n"
    assert tail("é" * 10, max_bytes=5) == "éé"


def verdict(check: ToolReport = OK, bundle: ToolReport = OK, end: End = End.FINISHED) -> ErrorCategory | None:
    output = Output({"index.html": b""})
    failure = judge(Evidence(End.FINISHED, check), Evidence(end, bundle, output), 45, {})
    return failure.category if failure else None


def failed(
    *messages: str, file: str = "src/a.ts", line: int | None = 1, code: str | None = None
) -> ToolReport:
    return ToolReport(
        ok=False,
        errors=tuple(Diagnostic(message=m, file=file, line=line, code=code) for m in messages),
        count=len(messages),
    )


MISSING = "Cannot find module 'dayjs' or its corresponding type declarations."
OWN = "Cannot find module './nope' or its corresponding type declarations."
FOREIGN = "Cannot find module '~/lib/nope' or its corresponding type declarations."
BARE = "Cannot find module 'src/lib/nope' or its corresponding type declarations."
ALIAS = "Cannot find module '@/lib/nope' or its corresponding type declarations."


@pytest.mark.parametrize(
    ("check", "bundle", "category"),
    [
        (OK, OK, None),
        (failed("Type 'a' is not assignable.", code="TS2322"), OK, ErrorCategory.TYPE),
        (failed(OWN, code="TS2307"), failed("Could not resolve './nope' in src/a.ts"), ErrorCategory.TYPE),
        (failed(ALIAS, code="TS2307"), OK, ErrorCategory.TYPE),
        (failed(FOREIGN, code="TS2307"), OK, ErrorCategory.TYPE),
        (failed(BARE, code="TS2307"), OK, ErrorCategory.TYPE),
        (failed(), OK, ErrorCategory.TYPE),
        (failed(MISSING), OK, ErrorCategory.DEPENDENCY),
        (OK, failed("Can't resolve 'bootstrap/dist/x.css' in 'src'"), ErrorCategory.DEPENDENCY),
        (OK, failed("Can't resolve './x.css' in 'src'"), ErrorCategory.BUNDLE),
        (OK, failed("Missing closing }"), ErrorCategory.BUNDLE),
        (OK, failed(), ErrorCategory.BUNDLE),
        (OK, failed("\x1b[31m"), ErrorCategory.BUNDLE),
        (OK, failed("\n"), ErrorCategory.BUNDLE),
        (ToolReport(ok=False, crash="\n"), OK, ErrorCategory.TYPE),
        (ToolReport(ok=False, crash="Error: pipe"), OK, ErrorCategory.TYPE),
        (OK, ToolReport(ok=True, crash="Error: pipe"), ErrorCategory.BUNDLE),
    ],
)
def test_the_category_follows_the_evidence(
    check: ToolReport, bundle: ToolReport, category: ErrorCategory | None
) -> None:
    assert verdict(check, bundle) is category


@pytest.mark.parametrize(
    ("end", "category"),
    [
        (End.TIMED_OUT, ErrorCategory.TIMEOUT),
        (End.OUT_OF_MEMORY, ErrorCategory.MEMORY),
        (End.OVERFLOWED, ErrorCategory.BUNDLE),
        (End.DIED, ErrorCategory.BUNDLE),
        (End.NOT_STARTED, ErrorCategory.INFRASTRUCTURE),
        (End.INTERRUPTED, ErrorCategory.INFRASTRUCTURE),
    ],
)
def test_an_early_end_has_its_own_category(end: End, category: ErrorCategory) -> None:
    assert verdict(end=end) is category


def test_no_bundlers_word_replaces_the_type_check() -> None:
    green = Evidence(End.FINISHED, OK, Output({"index.html": b""}))
    for end in (End.FINISHED, End.DIED):
        failure = judge(Evidence(end), green, 45, {})
        assert failure is not None
        assert failure.category is ErrorCategory.TYPE
        failure = judge(green, Evidence(end, output=green.output), 45, {})
        assert failure is not None
        assert failure.category is ErrorCategory.BUNDLE


def test_a_bundlers_picture_becomes_a_location_and_a_sentence() -> None:
    message = (
        "\x1b[31m[UNRESOLVED_IMPORT] \x1b[0mCould not resolve './nope' in src/pages/Home.tsx\n"
        "   \x1b[38;5;246m╭─[\x1b[0m src/pages/Home.tsx:1:19 \x1b[38;5;246m]\x1b[0m\n   │\n 1 │ import\n"
    )
    report = ToolReport(ok=False, errors=(Diagnostic(message=message, code="UNRESOLVED_IMPORT"),))
    failure = judge(Evidence(End.FINISHED, OK), Evidence(End.FINISHED, report), 45, {})
    assert failure is not None
    (problem,) = failure.diagnostics
    assert (problem.file, problem.line, problem.column) == ("src/pages/Home.tsx", 1, 19)
    assert problem.message == "Could not resolve './nope' in src/pages/Home.tsx"
    assert failure.message == f"The app cannot be bundled: {problem.message}"


def test_what_both_tools_report_is_told_once() -> None:
    vite = (
        '[vite]: Rolldown failed to resolve import "dayjs" from "src/a.ts".\nThis is most likely unintended'
    )
    failure = judge(
        Evidence(End.FINISHED, failed(MISSING)), Evidence(End.FINISHED, failed(vite, line=None)), 45, {}
    )
    assert failure is not None
    assert [problem.message for problem in failure.diagnostics] == [MISSING]


def test_reports_of_any_shape_are_read() -> None:
    nonsense = {
        "ok": "yes",
        "errors": [None, {"message": 7, "line": "x", "file": ["a"]}],
        "count": True,
        "ms": None,
    }
    report = tool_report(nonsense)
    assert not report.ok
    assert [error.message for error in report.errors] == ["The tool gave no message."] * 2
    assert tool_report({}).ok is False


def test_a_hostile_report_becomes_diagnostics_that_can_be_stored() -> None:
    hostile = json.loads(
        '{"errors": [{"message": "\\ud800 \\u0000", "line": 1e999, "column": -1, "code": "PLUGIN_ERROR", '
        '"plugin": "css"}, {"message": "m", "line": NaN, "column": 1e300, "file": "\\udfff"}], "ms": 1e999}'
    )
    first, second = tool_report(hostile).errors
    assert first == Diagnostic(message="? \ufffd", code="css")
    assert second == Diagnostic(message="m", file="?")
    assert Diagnostic.model_validate_json(first.model_dump_json()) == first


async def test_a_header_nested_too_deep_is_a_broken_frame() -> None:
    reader = asyncio.StreamReader()
    header = b"[" * 200_000
    reader.feed_data(struct.pack(">II", len(header), 0) + header)
    with pytest.raises(BrokenFrame, match="no JSON"):
        await read_frame(reader, 0)
