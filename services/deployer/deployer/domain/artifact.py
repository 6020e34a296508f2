"""A build's artifact: a tar of `manifest.json` and the built files under `dist/`."""

import hashlib
import io
import tarfile
from dataclasses import dataclass
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deployer.domain.errors import InvalidArtifact

MAX_PATH = 512


class ManifestFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str = Field(min_length=1, max_length=MAX_PATH)
    size: int = Field(ge=0)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    content_type: str = Field(pattern=r"^[\w.+-]+/[\w.+-]+(\s*;[^\r\n]*)?$", max_length=200)
    brotli: bool = False


class Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    format: int
    mode: str
    files: tuple[ManifestFile, ...]


@dataclass(frozen=True)
class AppFile:
    """One built file; `digest` is the sha256 of `data`, `brotli` its compressed form if any."""

    path: str
    content_type: str
    data: bytes
    digest: str
    brotli: bytes | None = None


def read_artifact(data: bytes, digest: str) -> tuple[AppFile, ...]:
    """The files of an artifact, each proven to be what its manifest says.

    Proven, because stored files are shared between apps by digest: a false one would replace another app's
    file.
    """
    if hashlib.sha256(data).hexdigest() != digest:
        raise InvalidArtifact(
            f"The stored artifact {digest} has other content than its digest says; build again.",
            artifact=digest,
        )
    try:
        members = _members(data)
        manifest = Manifest.model_validate_json(members.pop("manifest.json", b""))
    except (tarfile.TarError, ValidationError, EOFError) as error:
        raise InvalidArtifact(f"The artifact {digest} cannot be read: {error}", artifact=digest) from error
    if manifest.format != 1:
        raise InvalidArtifact(
            f"The artifact {digest} has format {manifest.format}; this deployer reads format 1.",
            artifact=digest,
        )
    return tuple(_file(entry, members, digest) for entry in manifest.files)


def _members(data: bytes) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            if content is not None:
                members[member.name] = content.read()
    return members


def _file(entry: ManifestFile, members: dict[str, bytes], artifact: str) -> AppFile:
    path = entry.path
    if path != str(PurePosixPath(path)) or path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise InvalidArtifact(f"The artifact names the unsafe path {path!r}.", artifact=artifact)
    data = members.get(f"dist/{path}")
    if data is None:
        raise InvalidArtifact(f"The artifact lists {path} but does not contain it.", artifact=artifact)
    if hashlib.sha256(data).hexdigest() != entry.digest:
        raise InvalidArtifact(
            f"{path} differs from its digest in the artifact's manifest.", artifact=artifact
        )
    packed = members.get(f"dist/{path}.br") if entry.brotli else None
    return AppFile(path, entry.content_type, data, entry.digest, packed)
