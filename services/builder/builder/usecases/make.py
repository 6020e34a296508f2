"""Making an artifact: source and packages in, sandbox, verdict, upload."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import brotli

from builder.clients.sandbox.pool import SandboxBase
from builder.db.models import Build
from builder.domain.artifact import OutputRefused, check_output, compressible, pack
from builder.domain.evidence import Evidence
from builder.domain.source import lay_over, read_source
from builder.domain.verdict import Failure, judge
from builder.errors import SandboxFailed
from builder.metrics import STEP_SECONDS
from builder.usecases.livelog import LiveLog
from builder.usecases.resources import Resources
from common.contracts import Artifact, BuildMode, ErrorCategory, artifact_key, source_key
from common.contracts.templates import TemplateRelease

_BEST = 11


class Steps(dict[str, float]):
    """How many milliseconds each step took."""

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


async def make(resources: Resources, build: Build, log: LiveLog, steps: Steps) -> Artifact | Failure:
    """Raises an AppError when the platform, not the app, is the reason that there is no artifact."""
    with steps.timed("prepare"):
        source, base = await _prepare(resources, build)
    seconds = resources.settings.seconds(build.mode)
    with steps.timed("sandbox"):
        sandbox = await resources.sandboxes.take(base)
    try:
        with steps.timed("build"):
            evidence = await sandbox.build(source, build.mode, seconds, log.add)
        closing = asyncio.create_task(sandbox.close())
        made = await _made(resources, build, evidence, steps)
        await closing
    finally:
        await sandbox.close()
        resources.sandboxes.refill(base)
    return made


async def _made(resources: Resources, build: Build, evidence: Evidence, steps: Steps) -> Artifact | Failure:
    seconds = resources.settings.seconds(build.mode)
    for tool, report in (("check", evidence.check), ("bundle", evidence.bundle)):
        if report is not None:
            steps[tool] = report.duration_ms
    failure = await asyncio.to_thread(judge, evidence, seconds)
    if failure is not None:
        if failure.category is ErrorCategory.INFRASTRUCTURE:
            raise SandboxFailed(failure.message)
        return failure
    return await _store(resources, build, evidence.output or {}, steps)


async def _prepare(resources: Resources, build: Build) -> tuple[dict[str, bytes], SandboxBase]:
    reading = asyncio.create_task(resources.objects.get(source_key(build.app_id, build.source_digest)))
    try:
        template = await resources.templates.get(build.template)
        modules = await resources.dependencies.prepare(template.files)
        data = await reading
    finally:
        reading.cancel()
    source = await asyncio.to_thread(_source, data, build.source_digest, template)
    return source, SandboxBase(f"{template.ref}:{template.digest}", template.files, modules)


def _source(data: bytes, digest: str, template: TemplateRelease) -> dict[str, bytes]:
    return lay_over(read_source(data, digest), template)


async def _store(
    resources: Resources, build: Build, output: Mapping[str, bytes], steps: Steps
) -> Artifact | Failure:
    try:
        check_output(output, resources.settings.builder_output_bytes)
    except OutputRefused as refusal:
        return Failure(ErrorCategory.BUNDLE, str(refusal))
    compressed: dict[str, bytes] = {}
    if build.mode == BuildMode.PRODUCTION:
        with steps.timed("compress"):
            compressed = await _compress_all(output)
    with steps.timed("pack"):
        artifact, data = await asyncio.to_thread(pack, output, BuildMode(build.mode), compressed)
    with steps.timed("upload"):
        key = artifact_key(build.app_id, artifact.digest)
        await resources.objects.put(key, data, content_type="application/x-tar")
    return artifact


async def _compress_all(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The brotli form of every text file that gets smaller by it; the compressor works outside the GIL."""
    paths = compressible(files)
    packed = await asyncio.gather(*(asyncio.to_thread(_compress, files[path]) for path in paths))
    return {path: data for path, data in zip(paths, packed, strict=True) if len(data) < len(files[path])}


def _compress(data: bytes) -> bytes:
    packed: bytes = brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BEST)
    return packed
