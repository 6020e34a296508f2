"""Programs that take all they can get."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bomb:
    """It prints `TOOK <n>` as it goes, never more than `most`, and `SURVIVED` when nothing has stopped it."""

    name: str
    code: str
    most: int = 0
    may_fork: bool = False
    seconds: float = 3.0


_IMPORTS = """
import cp from "node:child_process";
import fs from "node:fs";
import { Worker } from "node:worker_threads";
process.chdir(process.argv[2]);
const took = (n) => fs.writeSync(1, `TOOK ${n}\\n`);
process.on("uncaughtException", () => {});
"""
_SPAWN = """cp.spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"],
    { detached: true, stdio: "ignore" }).on("error", () => {});"""

BOMBS = [
    Bomb(
        "processes", _IMPORTS + f"setInterval(() => {{ try {{ {_SPAWN} }} catch {{}} }}, 1);", may_fork=True
    ),
    Bomb(
        "threads",
        _IMPORTS
        + """let n = 0; const more = () => { took(n++);
        new Worker("setInterval(() => {}, 1e3)", { eval: true }).on("online", more).on("error", more); };
        more(); if (n > 500) console.log("SURVIVED");""",
        most=100,
    ),
    Bomb(
        "buffers",
        _IMPORTS
        + "const kept = []; for (let n = 1; n < 200; n++) { kept.push(Buffer.alloc(10e6, 1)); took(n); }"
        "console.log('SURVIVED');",
        most=120,
    ),
    Bomb("heap", "const kept = []; for (;;) kept.push(Array.from({ length: 1e5 }, (_, n) => ({ n })));"),
    Bomb(
        "shared memory",
        _IMPORTS
        + """const kept = []; for (let n = 1; n < 200; n++) {
            const some = new Uint8Array(new SharedArrayBuffer(10e6)); kept.push(some.fill(1)); took(n); }
        console.log('SURVIVED');""",
        most=120,
    ),
    Bomb(
        "disk",
        _IMPORTS
        + """for (let n = 1; n < 2000; n++) { fs.writeFileSync(`big${n}`, Buffer.alloc(2 ** 20, 1)); took(n);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); } console.log('SURVIVED');""",
        most=160,
    ),
    Bomb(
        "deleted files",
        _IMPORTS
        + """for (let n = 1; n < 4000; n++) { const fd = fs.openSync("gone", "w"); fs.unlinkSync("gone");
        fs.writeSync(fd, Buffer.alloc(2 ** 20, 1)); took(n); } console.log('SURVIVED');""",
        most=1500,
    ),
    Bomb(
        "entries",
        _IMPORTS
        + """for (let n = 1; n < 1e6; n++) { if (n % 1000 === 1) fs.mkdirSync(`d${n}`);
        fs.writeFileSync(`d${n - ((n - 1) % 1000)}/f${n}`, ""); if (n % 1000 === 0) took(n); }
        console.log('SURVIVED');""",
        most=900_000,
    ),
    Bomb(
        "loop",
        "for (const one of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(one, () => {}); for (;;) {}",
        seconds=1.0,
    ),
    Bomb(
        "processes that outlive it",
        _IMPORTS
        + f"process.on('SIGTERM', () => {{}}); for (let n = 0; n < 5; n++) {{ {_SPAWN} }} process.exit(0);",
        may_fork=True,
    ),
]
