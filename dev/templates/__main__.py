"""Run by `python -m dev.templates`."""

import argparse
import asyncio
import subprocess
from pathlib import Path

from dev.lighthouse import LighthouseFailed
from dev.stack.deployments import NotDeployedError

from .check import HEAD, check
from .layout import CONTENT, ROOT, WORK, lay_out, vite
from .sizes import kinds_table, kit_table, write_down

PREVIEW = ROOT / "services/templates/preview"


def main() -> None:
    parser = _parser()
    chosen = parser.parse_args()
    try:
        chosen.run(parser, chosen)
    except subprocess.CalledProcessError as error:
        output = (error.stdout or b"") + (error.stderr or b"")
        parser.exit(1, f"{output.decode(errors='replace')}\n{' '.join(error.cmd[1:3])} failed\n")
    except (LighthouseFailed, NotDeployedError) as error:
        parser.exit(1, f"{error}\n")
    except KeyboardInterrupt:
        pass


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev.templates", description="For authors of templates")
    commands = parser.add_subparsers(required=True)
    preview = commands.add_parser("preview", help="serve every component of the kit on one page")
    preview.add_argument("--port", type=int, default=5173)
    preview.set_defaults(run=_preview)
    sized = commands.add_parser("sizes", help="print what a browser loads before an app of a template shows")
    sized.add_argument("--kit", action="store_true", help="by what a first page has of the kit instead")
    sized.add_argument("--write", action="store_true", help="into the authors' guide, too")
    sized.set_defaults(run=_sizes)
    checked = commands.add_parser("check", help="hold templates to what they have to be before a release")
    checked.add_argument("names", nargs="*", metavar="NAME", help="all, if none is named")
    checked.add_argument("--content", type=Path, default=CONTENT, help="the directory they are in")
    checked.add_argument("--pictures", type=Path, help="a directory for pictures of every page")
    checked.add_argument("--runs", type=int, default=1, help="of Lighthouse, whose median counts; 0 for none")
    checked.set_defaults(run=_check)
    return parser


def _preview(_: argparse.ArgumentParser, chosen: argparse.Namespace) -> None:
    vite(lay_out(CONTENT / "vite-react", WORK / "preview", PREVIEW), "--port", str(chosen.port))


def _sizes(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> None:
    if chosen.kit and chosen.write:
        parser.error("--write is for the table of kinds; that of the kit is printed only")
    table = kit_table(CONTENT / "vite-react") if chosen.kit else kinds_table([*_there(CONTENT).values()])
    print(table)
    if chosen.write:
        write_down(table)


def _there(content: Path) -> dict[str, Path]:
    return {path.parent.name: path.parent for path in sorted(content.glob("*/template.json"))}


def _check(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> None:
    content = chosen.content.resolve()
    there = _there(content)
    if unknown := set(chosen.names) - set(there):
        parser.exit(2, f"{', '.join(sorted(unknown))}: no template in {content}; it has {', '.join(there)}\n")
    templates = [there[name] for name in chosen.names or there]
    verdicts = asyncio.run(check(templates, chosen.pictures, chosen.runs))
    print("\n".join([HEAD, *(verdict.row() for verdict in verdicts)]))
    if wrong := [line for verdict in verdicts for line in verdict.details()]:
        parser.exit(1, "\n" + "\n".join(wrong) + "\n")


if __name__ == "__main__":
    main()
