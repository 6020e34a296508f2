"""Green builds are looked at in a browser, one after the other, while what they made is deployed."""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import func
from structlog.contextvars import bind_contextvars

from builder.db import page_checks
from builder.db.models import Build, PageCheck
from builder.domain.looks import Look
from builder.domain.pages import Judgement, has_spots, judge
from builder.domain.serving import Site
from builder.domain.sourcemaps import SourceMaps
from builder.errors import BrowserUnavailable, IsolationUnavailable
from builder.metrics import PAGE_CHECK_SECONDS, PAGE_CHECKS
from builder.usecases.build import patience
from builder.usecases.maps import source_maps
from builder.usecases.resources import Resources
from common.contracts import PagesChecked, PagesState, Thumbnail, artifact_key, thumbnail_key, unpack_files
from common.errors import AppError
from common.logging import get_logger
from common.messaging.streams import PAGES_CHECKED_SUBJECT
from common.retry import Backoff
from common.work import Lease, LeaseLost, under_lease

logger = get_logger(__name__)

_TRIES = 2
_PAUSES = Backoff(first=0.5, longest=30.0)
_RELEASE_SECONDS = 2.0
_DIST = "dist/"


async def check_pages(resources: Resources) -> None:
    """Looks when a build has ended; now and then in any case, for those of builders that were killed."""
    while True:
        resources.pages_wanted.clear()
        while await _check_next(resources):
            pass
        with suppress(TimeoutError):
            async with asyncio.timeout(resources.settings.reconcile_seconds):
                await resources.pages_wanted.wait()


async def _check_next(resources: Resources) -> bool:
    """Whether there was something to look at."""
    settings = resources.settings
    async with resources.db.begin() as session:
        found = await page_checks.claim_next(
            session, settings.lease_seconds, delay=settings.builder_browser_delay_seconds
        )
        if found is None:
            return False
        check, build, lease = found
        earlier = await page_checks.earlier(session, build)
    bind_contextvars(build_id=build.id, app_id=build.app_id, run_id=build.run_id)
    try:
        work = _outcome(resources, check, build, earlier)
        with resources.calm.broken():
            checked = await under_lease(resources.db, lease, work, every=settings.heartbeat_seconds)
            await _finish(resources, lease, checked)
    except LeaseLost as error:
        logger.warning("browser check left alone", reason=error.message)
    except Exception as error:  # reported, and tried again
        logger.warning("browser check delayed", exc_info=error)
        await _release(resources, lease, error)
    except BaseException as error:
        await _release(resources, lease, error)
        raise
    return True


async def _outcome(
    resources: Resources, check: PageCheck, build: Build, earlier: PagesChecked | None
) -> PagesChecked:
    """Raises what another attempt may do better."""
    if earlier is not None:
        return earlier.model_copy(update={"build_id": build.id, "run_id": build.run_id})
    patient = patience(resources.settings)
    if patient.is_over(check):
        return _unchecked(build, f"The browser check was begun {check.attempts - 1} times without an end.")
    try:
        return await _checked(resources, build)
    except (BrowserUnavailable, IsolationUnavailable) as error:
        return _unchecked(build, error.message)
    except Exception as error:
        if not patient.ends(check, error):
            raise
        logger.exception("browser check given up")
        reason = (
            error.message if isinstance(error, AppError) else "Something went wrong in the builder itself."
        )
        return _unchecked(build, reason)


async def _checked(resources: Resources, build: Build) -> PagesChecked:
    began = time.perf_counter()
    data = await resources.objects.get(artifact_key(build.app_id, _digest(build)))
    files = await asyncio.to_thread(_served, data)
    look = await _look(resources, Site(files, build.app_id))
    seconds = time.perf_counter() - began
    maps = SourceMaps({}, {})
    if has_spots(look):
        maps = await source_maps(resources, build, files)
    judgement = await asyncio.to_thread(judge, look, maps)
    thumbnails = await _store(resources, build, look)
    PAGE_CHECKS.labels(judgement.state.value).inc()
    PAGE_CHECK_SECONDS.observe(seconds)
    routes = tuple(dict.fromkeys(visit.route for visit in look.visits))
    return _message(build, judgement, thumbnails=thumbnails, routes=routes, duration_ms=int(seconds * 1000))


async def _look(resources: Resources, site: Site) -> Look:
    """A browser that broke gets a second try: it may have been killed from outside."""
    look = Look()
    for _ in range(_TRIES):
        browser = await resources.browsers.take(site.app_id)
        try:
            look = await browser.look(site, resources.settings.builder_browser_seconds)
        finally:
            resources.browsers.give_back(browser, site.app_id)
        if look.problem is None:
            break
    return look


async def _store(resources: Resources, build: Build, look: Look) -> tuple[Thumbnail, ...]:
    digest = _digest(build)
    pictures = [
        Thumbnail(number=number, route=route, size=len(picture))
        for number, (route, picture) in enumerate(look.thumbnails.items())
    ]
    keys = [thumbnail_key(build.app_id, digest, picture.number) for picture in pictures]
    stored = zip(keys, look.thumbnails.values(), strict=True)
    await asyncio.gather(*(resources.objects.put(key, data, "image/webp") for key, data in stored))
    return tuple(pictures)


def _served(data: bytes) -> dict[str, bytes]:
    """The artifact's files as a browser without brotli would get them; raises BrokenArchive."""
    members = unpack_files(data)
    built = {name.removeprefix(_DIST): content for name, content in members.items() if name.startswith(_DIST)}
    packed = {f"{path}.br" for path in built}
    return {path: content for path, content in built.items() if path not in packed}


def _digest(build: Build) -> str:
    if build.artifact is None:
        raise ValueError(f"build {build.id} has no artifact to look at")
    return build.artifact.digest


def _unchecked(build: Build, reason: str) -> PagesChecked:
    PAGE_CHECKS.labels(PagesState.UNCHECKED.value).inc()
    return _message(build, Judgement(PagesState.UNCHECKED, message=reason), duration_ms=0)


def _message(build: Build, judgement: Judgement, **fields: Any) -> PagesChecked:
    return PagesChecked(
        build_id=build.id,
        app_id=build.app_id,
        run_id=build.run_id,
        artifact_digest=_digest(build),
        state=judgement.state,
        message=judgement.message,
        findings=judgement.findings,
        **fields,
    )


async def _finish(resources: Resources, lease: Lease[PageCheck], checked: PagesChecked) -> None:
    """Raises LeaseLost when another builder has the check by now, or the app is gone."""
    async with resources.db.begin() as session:
        check = await lease.hold(session)
        check.result = checked.model_dump(mode="json")
        check.lease_until = None
        resources.outbox.add(session, PAGES_CHECKED_SUBJECT, checked)
    logger.info(
        "pages checked", state=checked.state, routes=len(checked.routes), duration_ms=checked.duration_ms
    )


async def _release(resources: Resources, lease: Lease[PageCheck], error: BaseException) -> None:
    """Gives the check back to the queue; after a pause when it did not go well."""
    with suppress(AppError, TimeoutError):
        async with asyncio.timeout(_RELEASE_SECONDS), resources.db.begin() as session:
            check = await lease.hold(session)
            check.end_attempt(error)
            check.lease_until = None
            if isinstance(error, Exception):
                pause = _PAUSES.seconds(check.attempts, getattr(error, "retry_after", None))
                check.retry_at = func.now() + timedelta(seconds=pause)
