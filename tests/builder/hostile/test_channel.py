"""Hostile code at the pipes between sandbox and builder, on every level: it is believed in nothing."""

import pytest

from builder.clients.sandbox.levels import Level
from builder.domain.evidence import End
from tests.builder.machine import missing
from tests.builder.sandboxes import SECONDS, run

pytestmark = pytest.mark.xdist_group("each")

FRAME = """
const out = Number(process.argv[4]);
const put = (data) => {
  for (let sent = 0; sent < data.length; )
    try { sent += fs.writeSync(out, data, sent); }
    catch (error) { if (error.code !== "EAGAIN") throw error; }
};
const frame = (header, body = 0) => {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(text.length, 0);
  lengths.writeUInt32BE(body, 4);
  return Buffer.concat([lengths, text]);
};
"""
FORGED = {
    "a frame that is none": ("put(Buffer.alloc(100, 'x'));", {End.DIED}),
    "a frame that is too large": (
        "const lengths = Buffer.from([0, 0, 0, 2, 255, 255, 255, 255]); put(lengths);",
        {End.OVERFLOWED},
    ),
    "a header that is too long": (
        "const lengths = Buffer.from([255, 255, 255, 255, 0, 0, 0, 0]); put(lengths);",
        {End.DIED, End.OVERFLOWED},
    ),
    "half a frame, then silence": (
        "put(Buffer.from([0, 0, 0, 9])); await new Promise(() => setInterval(() => {}, 1e3));",
        {End.TIMED_OUT},
    ),
    "a header that is no object": ("put(frame('[1]'));", {End.DIED}),
    "brackets in brackets": ("put(frame('['.repeat(5e5)));", {End.DIED}),
    "a file outside of the output": (
        "put(frame({ type: 'output', files: [['a', -1]] }));",
        {End.DIED},
    ),
    "the end without a report": ("put(frame({ type: 'done' }));", {End.FINISHED}),
    "closing the pipe": (
        "fs.closeSync(out); await new Promise(() => setInterval(() => {}, 1e3));",
        {End.DIED, End.TIMED_OUT},
    ),
    "more frames than a build has": (
        "const one = frame({ type: 'log', text: 'x' }); for (;;) put(one);",
        {End.OVERFLOWED},
    ),
    "ending at once": ("process.exit(0);", {End.DIED}),
    "ending by a fault": ("process.abort();", {End.DIED}),
}


@pytest.fixture(params=[Level.CGROUPS, Level.WATCHDOG, Level.LANDLOCK])
def level(request: pytest.FixtureRequest) -> Level:
    found: Level = request.param
    if (reason := missing(found)) is not None:
        pytest.skip(f"needs the level {found}: {reason}")
    return found


async def test_no_forged_frame_passes_for_a_green_build(level: Level) -> None:
    for name, (code, ends) in FORGED.items():
        seconds = 2.0 if End.TIMED_OUT in ends else SECONDS
        evidence, _, _ = await run(FRAME + code, level=level, seconds=seconds)
        assert evidence.end in ends, (name, evidence)
        assert evidence.output is None, name
        assert evidence.report is None or not evidence.report.ok, name


async def test_a_flood_of_lines_neither_fills_memory_nor_blocks(level: Level) -> None:
    flood = "const flood = 'z\\n'.repeat(50_000); for (let n = 0; n < 20; n++) fs.writeSync(1, flood);"
    evidence, _, lines = await run(flood + "fs.writeSync(2, 'y'.repeat(1e6));", level=level)
    assert evidence.end is End.FINISHED
    assert 1000 < len(lines) < 100_000
    assert max(map(len, lines)) <= 4096
