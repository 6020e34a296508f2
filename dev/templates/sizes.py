"""What a browser loads of an app before it shows: by template, and by what its first page has of the kit."""

import gzip
import re
import shutil
from pathlib import Path

from .layout import ROOT, WORK, lay_out, vite

PAGES = sorted(
    Path(__file__).with_name("pages").glob("*.tsx"), key=lambda page: (page.stem != "heading", page)
)
COLUMNS = "JS, kB | CSS, kB | both by gzip, kB |\n|---|---|---|---|"
GUIDE = ROOT / "services/templates/AUTHORS.md"
_TABLE = re.compile(r"(?<=<!-- sizes -->\n).*?(?=<!-- /sizes -->)", re.DOTALL)


def kinds_table(templates: list[Path]) -> str:
    """Of each as its author left it; raises `CalledProcessError` of one that cannot be built."""
    return "\n".join(
        [f"| template | {COLUMNS}", *(f"| {each.name} | {sizes_of(each)} |" for each in templates)]
    )


def sizes_of(template: Path) -> str:
    """The cells of its row."""
    app = lay_out(template, WORK / "sized")
    vite(app, "build", "--mode", "production", quiet=True)
    return _cells(app / "dist")


def write_down(table: str) -> None:
    """In the authors' guide, in the place of the one before."""
    GUIDE.write_text(_TABLE.sub(f"{table}\n", GUIDE.read_text()))


def written_down() -> dict[str, str]:
    """The cells of each template's row in the authors' guide."""
    found = _TABLE.search(GUIDE.read_text())
    rows = found[0].splitlines()[2:] if found else []
    return {name: cells for name, _, cells in (row.strip("| ").partition(" | ") for row in rows)}


def kit_table(template: Path) -> str:
    """Of a template that has what the pages import; raises `CalledProcessError` of another."""
    return "\n".join([f"| first page with | {COLUMNS}", *(_row(template, page) for page in PAGES)])


def _row(template: Path, page: Path) -> str:
    app = lay_out(template, WORK / "sized")
    shutil.copy(page, app / "src/pages/Home.tsx")
    vite(app, "build", "--mode", "production", quiet=True)
    return f"| {page.stem} | {_cells(app / 'dist')} |"


def _cells(dist: Path) -> str:
    return " | ".join(f"{size / 1000:.1f}" for size in first_load(dist))


def first_load(dist: Path) -> tuple[int, int, int]:
    """Bytes of script, of style, and of both by gzip, that the first page names.

    Chunks that are loaded later are not waited for.
    """
    html = (dist / "index.html").read_text()
    named = re.findall(r'(?:src|href)="/(assets/[^"]+\.(?:js|css))"', html)
    files = {name: (dist / name).read_bytes() for name in dict.fromkeys(named)}
    script, style = (
        sum(len(data) for name, data in files.items() if name.endswith(ending)) for ending in (".js", ".css")
    )
    return script, style, sum(len(gzip.compress(data, 9)) for data in files.values())
