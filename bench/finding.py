"""search and rename_file on an app of 200 files: how long a call takes once the files have been read."""

import statistics
import time
from collections.abc import Callable, Iterator

from dev.stack.config import ROOT
from orchestrator.domain.index import AppIndex, IndexCache
from orchestrator.domain.rename import renamed
from orchestrator.domain.search import DEFAULT_LIMIT, search
from orchestrator.domain.tree import FileRef, Tree

FILES = 200
SAMPLES = 20
AIM_MS = 20
TEMPLATE = ROOT / "services/templates/templates/content/vite-react"
MOVED = "src/lib/utils.ts"
QUERIES = ("useCollection", "format date", "save the list in the browser", "/", "text-muted", "nowhere")


def measure() -> Iterator[str]:
    """The report's lines."""
    contents = _app()
    tree = Tree({path: FileRef.of(content) for path, content in contents.items()})
    by_digest = {tree[path].digest: content for path, content in contents.items()}
    cache = IndexCache()
    size = sum(map(len, contents.values()))
    first = _ms(lambda: cache.of(tree, by_digest))
    yield f"{FILES} files of {size / 1_000:.0f} kB, read for the first time: {first:.0f} ms"
    index = cache.of(tree, by_digest)
    _ = index.ranking
    yield _line("search, warm", [_search(index, query) for query in QUERIES * SAMPLES])
    changes = [_changed(cache, tree, number) for number in range(SAMPLES)]
    yield _line("search after a file has changed", changes)
    paths = frozenset(contents)

    def move() -> object:
        return renamed(MOVED, "src/shared/x.ts", contents[MOVED], index=index, paths=paths, locked=())

    yield _line("rename_file", [_ms(move) for _ in range(SAMPLES)])


def _search(index: AppIndex, query: str) -> float:
    return _ms(lambda: search(index, query, None, DEFAULT_LIMIT))


def _changed(cache: IndexCache, tree: Tree, number: int) -> float:
    new = f"export function fresh{number}(): number {{\n  return {number};\n}}\n".encode()
    ref = FileRef.of(new)
    return _ms(
        lambda: search(cache.of(tree.with_file("src/fresh.ts", ref), {ref.digest: new}), "fresh", None, 20)
    )


def _app() -> dict[str, bytes]:
    """The template's sources, over and over; each copy is another content."""
    sources = [path for path in sorted((TEMPLATE / "src").rglob("*")) if path.is_file()]
    app: dict[str, bytes] = {}
    while len(app) < FILES:
        number, index = divmod(len(app), len(sources))
        path = sources[index].relative_to(TEMPLATE / "src").as_posix()
        name = f"src/part{number}/{path}" if number else f"src/{path}"
        app[name] = sources[index].read_bytes() + b"\n" * number
    return app


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1_000


def _line(name: str, times: list[float]) -> str:
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    return f"  {name:<42} p50 {statistics.median(times):6.2f} ms   p95 {p95:6.2f} ms  (aim: {AIM_MS})"
