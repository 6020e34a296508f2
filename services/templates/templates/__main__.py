"""`python -m templates` serves; `python -m templates publish` publishes the content and ends."""

import argparse
import asyncio
import sys

from common.errors import AppError
from common.serve import serve
from common.settings import load
from templates.clients.store import ReleaseStore
from templates.main import create_app
from templates.settings import Settings, StoreSettings
from templates.usecases.publish import publish


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m templates", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["serve", "publish"], default="serve")
    if parser.parse_args().command == "publish":
        return _publish(load(StoreSettings))
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


if __name__ == "__main__":
    sys.exit(main())
