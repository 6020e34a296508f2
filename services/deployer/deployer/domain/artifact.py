"""Reading a build's artifact."""

import hashlib
from dataclasses import dataclass

from pydantic import ValidationError

from common.contracts import ArtifactFile, ArtifactManifest, BrokenArchive, unpack_files
from common.contracts.artifacts import MANIFEST_PATH
from deployer.domain.errors import InvalidArtifact


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
        members = unpack_files(data)
        manifest = ArtifactManifest.model_validate_json(members.pop(MANIFEST_PATH, b""))
    except (BrokenArchive, ValidationError) as error:
        raise InvalidArtifact(f"The artifact {digest} cannot be read: {error}", artifact=digest) from error
    return tuple(_file(entry, members, digest) for entry in manifest.files)


def _file(entry: ArtifactFile, members: dict[str, bytes], artifact: str) -> AppFile:
    data = members.get(entry.member)
    if data is None:
        raise InvalidArtifact(f"The artifact lists {entry.path} but does not contain it.", artifact=artifact)
    if hashlib.sha256(data).hexdigest() != entry.digest:
        raise InvalidArtifact(
            f"{entry.path} differs from its digest in the artifact's manifest.", artifact=artifact
        )
    packed = members.get(entry.brotli_member) if entry.brotli else None
    return AppFile(entry.path, entry.content_type, data, entry.digest, packed)
