"""Source maps of an artifact. They are made when an error is to be found in the source, and kept nowhere."""

from collections.abc import Mapping

from builder.clients.sandbox.program import BUNDLER
from builder.db.models import Build
from builder.domain.serving import VENDOR
from builder.domain.sourcemaps import SourceMaps
from builder.usecases.make import prepare
from builder.usecases.resources import Resources

_SUFFIX = ".map"


async def source_maps(resources: Resources, build: Build, files: Mapping[str, bytes]) -> SourceMaps:
    """Bundles once more. Only of files that come out as they are in the artifact is the map true."""
    source, base = await prepare(resources, build)
    seconds = resources.settings.seconds(build.mode)
    async with resources.sandboxes.lend(BUNDLER, base, build.app_id) as bundler:
        evidence = await bundler.run(source, seconds, _unheard, mode=build.mode, compress=[], maps=True)
    output = evidence.output.files if evidence.output else {}
    maps = {
        path: output[path + _SUFFIX]
        for path, content in files.items()
        if path + _SUFFIX in output and output.get(path) == content and not path.startswith(VENDOR)
    }
    return SourceMaps(maps, source)


def _unheard(_stream: str, _line: str) -> None:
    """The build's own log has had these lines already."""
