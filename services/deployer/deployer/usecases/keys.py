"""The key ring in use: what it cannot open is told, what its first key has not sealed is sealed anew."""

import asyncio

from common.database import Database
from common.keyring import Sealed
from common.logging import get_logger
from common.sealing import Sealer, SecretUnreadable
from deployer.db import secrets
from deployer.db.models import AppSecret
from deployer.domain.secrets import secret_context
from deployer.metrics import SECRETS_BY_KEY

BATCH = 50
SAMPLES = 3
_IN_VAIN_SECONDS = 60.0

logger = get_logger(__name__)


async def check_keys(db: Database, sealer: Sealer) -> None:
    """Raises SecretUnreadable when secrets are stored that no key of the ring opens; it names the keys' ids.

    Of a key that the ring has, a few secrets are tried. One that the ring calls lost is no news.
    """
    async with db.begin() as session:
        others = await secrets.count_by_other_keys(session, sealer.first)
        tried = {key: await secrets.some_under(session, key, SAMPLES) for key in sorted(sealer.usable)}
    missing = {key: count for key, count in others.items() if key not in sealer.known}
    if missing:
        listed = ", ".join(f"{key!r} ({count})" for key, count in sorted(missing.items()))
        raise SecretUnreadable(
            f"Secrets are sealed under keys that SECRETS_KEYS does not hold: {listed}. Give the keys back, "
            "or write id:lost for one that is gone.",
            key_ids=sorted(missing),
        )
    wrong = [key for key, rows in tried.items() if rows and not any(_opens(sealer, row) for row in rows)]
    if wrong:
        raise SecretUnreadable(
            f"The keys {', '.join(map(repr, wrong))} of SECRETS_KEYS are not those that sealed what is "
            "stored under their ids. A new key takes a new id, before the others.",
            key_ids=wrong,
        )


async def reseal_loop(db: Database, sealer: Sealer, seconds: float) -> None:
    """Has every secret sealed under the first key, so that the others can go; for ever, as replicas with an
    earlier ring may still seal under theirs.
    """
    shown = set(sealer.known - {sealer.first})
    while True:
        pause = seconds
        async with db.begin() as session:
            counts = await secrets.count_by_other_keys(session, sealer.first)
        shown |= counts.keys()
        for key_id in shown:
            SECRETS_BY_KEY.labels(key_id).set(counts.get(key_id, 0))
        if counts.keys() & sealer.usable:
            sealed = await reseal(db, sealer)
            logger.info("secrets sealed anew", key_id=sealer.first, count=sealed)
            # What cannot be opened stays as it is: to look again at once would be in vain.
            pause = pause if sealed else _IN_VAIN_SECONDS
        await asyncio.sleep(pause)


async def reseal(db: Database, sealer: Sealer) -> int:
    """One pass through all, in small transactions; how many were sealed anew.

    Several replicas may do so at once: each takes rows that no other has locked. So does who sets a secret,
    and whoever comes later writes last: no value is lost.
    """
    older = sealer.usable - {sealer.first}
    done, after = 0, None
    while True:
        async with db.begin() as session:
            rows = await secrets.sealed_under(session, older, after=after, limit=BATCH)
            readable = [row for row in rows if _opens(sealer, row)]
            for row in readable:
                _seal_anew(sealer, row)
        if len(readable) < len(rows):
            logger.warning("secrets that cannot be sealed anew", count=len(rows) - len(readable))
        done += len(readable)
        if len(rows) < BATCH:
            return done
        after = (rows[-1].app_id, rows[-1].environment, rows[-1].name)


def _seal_anew(sealer: Sealer, row: AppSecret) -> None:
    sealed = sealer.seal(_opened(sealer, row), _context(row))
    row.sealed, row.key_id = sealed.data, sealed.key_id


def _opens(sealer: Sealer, row: AppSecret) -> bool:
    try:
        _opened(sealer, row)
    except SecretUnreadable:
        return False
    return True


def _opened(sealer: Sealer, row: AppSecret) -> str:
    content = row.content()
    assert isinstance(content, Sealed)  # noqa: S101  # what has a key is sealed
    return sealer.open(content, _context(row))


def _context(row: AppSecret) -> str:
    return secret_context(row.app_id, row.environment, row.name)
