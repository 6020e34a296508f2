"""An artifact: a tar of `manifest.json`, the built files, and the compressed form of those that have one."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from common.contracts.base import Digest
from common.contracts.builds import BuildMode
from common.contracts.source import MAX_PATH, path_problem

MANIFEST_PATH = "manifest.json"


def _checked(path: str) -> str:
    if (problem := path_problem(path)) is not None:
        raise ValueError(f"{path!r} is an unsafe path: {problem}")
    return path


class ArtifactFile(BaseModel):
    """One built file. `digest` is that of the file itself; `brotli` says that it is there compressed, too."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: Annotated[str, Field(max_length=MAX_PATH), AfterValidator(_checked)]
    size: int = Field(ge=0)
    digest: Digest
    content_type: str = Field(pattern=r"^[\w.+-]+/[\w.+-]+(\s*;[^\r\n]*)?$", max_length=200)
    brotli: bool = False

    @property
    def member(self) -> str:
        """The file's name in the tar."""
        return f"dist/{self.path}"

    @property
    def brotli_member(self) -> str:
        """Where the brotli form is in the tar, when `brotli` says that there is one."""
        return f"dist/{self.path}.br"


class ArtifactManifest(BaseModel):
    """What the artifact holds, written by the builder and read by the deployer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal[1] = 1
    mode: BuildMode
    files: tuple[ArtifactFile, ...]
