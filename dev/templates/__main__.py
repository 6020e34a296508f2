"""Run by `python -m dev.templates`."""

import argparse
import subprocess
from pathlib import Path

from .layout import CONTENT, ROOT, WORK, lay_out, vite
from .sizes import table

PREVIEW = ROOT / "services/templates/preview"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m dev.templates", description="For authors of templates")
    commands = parser.add_subparsers(dest="command", required=True)
    preview = commands.add_parser("preview", help="serve every component of the kit on one page")
    preview.add_argument("--port", type=int, default=5173)
    sized = commands.add_parser("sizes", help="print what apps weigh, by what they use of the kit")
    sized.add_argument("template", type=Path, nargs="?", default=CONTENT / "vite-react")
    chosen = parser.parse_args()
    try:
        if chosen.command == "sizes":
            print(table(chosen.template.resolve()))
        else:
            app = lay_out(CONTENT / "vite-react", WORK / "preview", PREVIEW)
            vite(app, "--port", str(chosen.port))
    except subprocess.CalledProcessError as error:
        output = (error.stdout or b"") + (error.stderr or b"")
        parser.exit(1, f"{output.decode(errors='replace')}\n{' '.join(error.cmd[1:3])} failed\n")
    except KeyboardInterrupt:
        pass


main()
