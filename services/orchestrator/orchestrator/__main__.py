"""`python -m orchestrator` serves; `python -m orchestrator upgrade <template>` upgrades the apps of one."""

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack

from common.errors import AppError
from common.serve import serve
from common.settings import load
from orchestrator.main import create_app, open_resources
from orchestrator.settings import Settings
from orchestrator.usecases.upgrade_all import Upgraded, upgrade_all


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m orchestrator", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    upgrade = commands.add_parser("upgrade", help="move all apps of a template to a newer release of it")
    upgrade.add_argument("template", help="its name, such as vite-react")
    upgrade.add_argument("--to", default="stable", help="a version or a channel; stable if not given")
    upgrade.add_argument("--at-once", type=int, default=5, help="how many may be under way; 5 if not given")
    upgrade.add_argument("--dry-run", action="store_true", help="only tell what would change and conflict")
    chosen = parser.parse_args()
    settings = load(Settings)
    if chosen.command is None:
        serve(create_app(settings), settings)
        return 0
    try:
        return asyncio.run(_upgrade(settings, chosen))
    except AppError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1


async def _upgrade(settings: Settings, chosen: argparse.Namespace) -> int:
    """Exit status 1 when there is an app whose upgrade could not begin."""
    left = 0
    async with AsyncExitStack() as stack:
        resources = await open_resources(stack, settings)
        upgraded = upgrade_all(
            resources, chosen.template, to=chosen.to, at_once=max(1, chosen.at_once), dry_run=chosen.dry_run
        )
        async for one in upgraded:
            sys.stdout.write(f"{one.app_id} {_told(one)}\n")
            sys.stdout.flush()
            left += one.error is not None
    return int(left > 0)


def _told(one: Upgraded) -> str:
    if one.plan is None:
        return f"not upgraded: {one.error.message if one.error else ''}"
    upgrade = one.plan.upgrade
    looked_at = ", ".join(upgrade.conflicts)
    return f"{upgrade.base} -> {upgrade.target}" + (f", for the model: {looked_at}" if looked_at else "")


if __name__ == "__main__":
    sys.exit(main())
