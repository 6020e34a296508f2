"""What the HTTP API answers."""

from pydantic import BaseModel, Field


class TemplateSummary(BaseModel):
    name: str
    description: str
    latest: str | None = Field(description="The highest version that is no pre-release, if there is one")


class VersionSummary(BaseModel):
    version: str
    commit: str
    prerelease: bool


class FileEntry(BaseModel):
    path: str
    size: int
    digest: str


class Manifest(BaseModel):
    name: str
    version: str
    description: str
    digest: str = Field(description="sha256 over the lines `<path> <file digest>`, sorted by path")
    commit: str
    locked: list[str] = Field(description="Globs of files that an app may not change")
    files: list[FileEntry]
