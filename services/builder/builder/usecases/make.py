"""Making an artifact: source and packages in, sandbox, verdict, upload."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace

from builder.clients.dependencies import key_of
from builder.clients.sandbox.pool import SandboxBase
from builder.clients.sandbox.program import BUNDLER, CHECKER
from builder.clients.sandbox.urgency import Urgency
from builder.db import packages
from builder.db.models import Build
from builder.domain.artifact import compressible_extensions, pack
from builder.domain.diagnostics import warned
from builder.domain.evidence import Evidence, Output, Usage
from builder.domain.fixes import editable_files, usable
from builder.domain.output import check_size, checked
from builder.domain.refusal import OutputRefused
from builder.domain.source import SourceRefused, lay_over, read_source
from builder.domain.verdict import Failure, Made, judge
from builder.errors import SandboxFailed
from builder.metrics import STEP_SECONDS
from builder.usecases.livelog import LiveLog
from builder.usecases.resources import Resources
from common.contracts import (
    PACKAGE_FILES,
    Artifact,
    BuildMode,
    ErrorCategory,
    artifact_key,
    own_packages,
    source_key,
)
from common.contracts.source import Problem
from common.contracts.templates import TemplateRelease

_NOT_RESOLVED = (
    "the app's own packages were not resolved for {template}: add or remove one of them, which resolves all "
    "of them anew"
)


class Steps(dict[str, float]):
    """How many milliseconds each step took; `usage` is what the tools took of the machine.

    `urgency`: whether somebody waits for them.
    """

    usage: Usage | None = None

    def __init__(self, urgency: Urgency, **known: float) -> None:
        super().__init__(known)
        self.urgency = urgency

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Measures what runs inside, for the row in milliseconds and for the metric in seconds."""
        began = time.perf_counter()
        try:
            yield
        finally:
            elapsed = time.perf_counter() - began
            self[step] = elapsed * 1000
            STEP_SECONDS.labels(step).observe(elapsed)


async def make(resources: Resources, build: Build, log: LiveLog, steps: Steps) -> Made | Failure:
    """Raises an AppError when the platform, not the app, is the reason that there is no artifact."""
    try:
        with steps.timed("prepare"):
            source, base = await prepare(resources, build)
    except SourceRefused as refusal:
        for line in refusal.lines:
            log.add("builder", line)
        return Failure(ErrorCategory.BUNDLE, str(refusal), refusal.diagnostics)
    try:
        check, bundle = await _run_tools(resources, build, source, base, log, steps)
        made = await _made(resources, build, source, check, bundle, steps)
        if isinstance(made, Failure) and check.report is not None:
            editable = _repairable(build, source, base)
            made = replace(made, fixes=await asyncio.to_thread(usable, check.report.fixes, source, editable))
        return made
    finally:
        if base.shared:
            resources.sandboxes.refill(base)


def _repairable(build: Build, source: Mapping[str, bytes], base: SandboxBase) -> list[str]:
    """The files that fixes may be proposed for: where nobody would apply any they are not looked for."""
    wanted = build.run_id is not None and build.mode == BuildMode.PREVIEW
    return editable_files(source, base.locked) if wanted else []


async def _run_tools(
    resources: Resources,
    build: Build,
    source: Mapping[str, bytes],
    base: SandboxBase,
    log: LiveLog,
    steps: Steps,
) -> tuple[Evidence, Evidence]:
    """What the type checker and the bundler, side by side, had to say."""
    pool, seconds = resources.sandboxes, resources.settings.seconds(build.mode)
    extensions = compressible_extensions() if build.mode == BuildMode.PRODUCTION else []
    async with AsyncExitStack() as stack:
        with steps.timed("sandbox"):
            checker = await stack.enter_async_context(pool.lend(CHECKER, base, build.app_id, steps.urgency))
            bundler = await stack.enter_async_context(pool.lend(BUNDLER, base, build.app_id, steps.urgency))
        with steps.timed("build"):
            async with asyncio.TaskGroup() as group:
                editable = _repairable(build, source, base)
                check = group.create_task(checker.run(source, seconds, log.add, editable=editable))
                fields = {"mode": build.mode, "compress": extensions}
                bundle = group.create_task(bundler.run(source, seconds, log.add, **fields))
    steps.usage = check.result().usage + bundle.result().usage
    return check.result(), bundle.result()


async def _made(
    resources: Resources,
    build: Build,
    source: Mapping[str, bytes],
    check: Evidence,
    bundle: Evidence,
    steps: Steps,
) -> Made | Failure:
    seconds = resources.settings.seconds(build.mode)
    for tool, evidence in (("check", check), ("bundle", bundle)):
        if evidence.report is not None:
            steps[tool] = evidence.report.duration_ms
    failure = await asyncio.to_thread(judge, check, bundle, seconds, source)
    if failure is not None:
        if failure.category is ErrorCategory.INFRASTRUCTURE:
            raise SandboxFailed(failure.message)
        return failure
    stored = await _store(resources, build, source, bundle.output or Output({}), steps)
    if isinstance(stored, Failure) or bundle.report is None:
        return stored
    return replace(stored, warnings=await asyncio.to_thread(warned, bundle.report, source))


async def prepare(resources: Resources, build: Build) -> tuple[dict[str, bytes], SandboxBase]:
    """The files of the build with the template's over them, and what its sandboxes are made for."""
    reading = asyncio.create_task(resources.objects.get(source_key(build.app_id, build.source_digest)))
    try:
        template = await resources.templates.get(build.template)
        modules = await resources.dependencies.prepare(template.files)
        data = await reading
    finally:
        reading.cancel()
    source = await asyncio.to_thread(read_source, data, build.source_digest)
    own = await package_files(resources, source, template)
    laid = await asyncio.to_thread(lay_over, source, template, own)
    key = f"{template.ref}:{template.digest}"
    if own is None:
        return laid, SandboxBase(key, template.files, modules, template.locked)
    files = {**template.files, **own}
    modules = await resources.dependencies.prepare_own(files, template.files)
    return laid, SandboxBase(f"{key}:{key_of(own)}", files, modules, template.locked, shared=False)


async def package_files(
    resources: Resources, source: Mapping[str, bytes], template: TemplateRelease
) -> dict[str, bytes] | None:
    """The package files of an app that has packages of its own; None: it has its template's.

    Raises SourceRefused for those that the builder has not resolved, or not for this release.
    """
    if own_packages(source.get("package.json")) is None or "package-lock.json" not in source:
        return None
    own = {name: source[name] for name in PACKAGE_FILES}
    async with resources.db.begin() as session:
        known = await packages.get(session, key_of(own))
    if known is None or known.template != template.ref:
        raise SourceRefused([Problem(_NOT_RESOLVED.format(template=template.ref), PACKAGE_FILES[0])])
    return own


async def _store(
    resources: Resources, build: Build, source: Mapping[str, bytes], output: Output, steps: Steps
) -> Made | Failure:
    try:
        with steps.timed("pack"):
            artifact, data = await asyncio.to_thread(
                _packed, source, output, BuildMode(build.mode), resources.settings.builder_output_bytes
            )
    except OutputRefused as refusal:
        return Failure(ErrorCategory.BUNDLE, str(refusal))
    with steps.timed("upload"):
        key = artifact_key(build.app_id, artifact.digest)
        await resources.objects.put(key, data, content_type="application/x-tar")
    return Made(artifact)


def _packed(
    source: Mapping[str, bytes], output: Output, mode: BuildMode, max_bytes: int
) -> tuple[Artifact, bytes]:
    """Raises OutputRefused. What it does takes time in proportion to at most `max_bytes`."""
    files, compressed = checked(source, output, max_bytes)
    artifact, data = pack(files, mode, compressed)
    check_size(artifact.size, max_bytes)
    return artifact, data
