"""`python -m templates` serves; `… publish` publishes the content, `… lay-out` writes a template's files."""

import argparse
import asyncio
import sys
from pathlib import Path

from common.errors import AppError
from common.serve import serve
from common.settings import load
from templates.clients.content import read_template
from templates.clients.store import ReleaseStore
from templates.domain.release import check_guide, make_release
from templates.main import create_app
from templates.settings import Settings, StoreSettings
from templates.usecases.publish import publish


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m templates", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="publish the content and serve it, as without a command")
    commands.add_parser("publish", help="publish the content and end")
    laid = commands.add_parser("lay-out", help="write the files an app of a template begins with")
    laid.add_argument("template", type=Path, help="its directory")
    laid.add_argument("target", type=Path, help="a directory for them")
    chosen = parser.parse_args()
    if chosen.command == "publish":
        return _publish(load(StoreSettings))
    if chosen.command == "lay-out":
        return _lay_out(chosen.template.resolve(), chosen.target)
    settings = load(Settings)
    serve(create_app(settings), settings)
    return 0


def _publish(settings: StoreSettings) -> int:
    """Exit status 1 when a template could not be published, so that a release pipeline stops."""
    try:
        outcomes = asyncio.run(
            publish(ReleaseStore(settings.templates_store_dir), settings.templates_content_dir)
        )
    except AppError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    for outcome in outcomes:
        if outcome.error is not None:
            sys.stderr.write(f"{outcome.template}: {outcome.error.message}\n")
        else:
            result = "published" if outcome.created else "released already"
            sys.stdout.write(f"{outcome.template} {outcome.version}: {result}\n")
    return int(any(outcome.error for outcome in outcomes))


def _lay_out(template: Path, target: Path) -> int:
    try:
        release = make_release(template.name, read_template(template))
        check_guide(release)
    except AppError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    for file in release.files:
        path = target / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
