"""The store of releases: a bare Git repository with one tag `<template>/v<version>` per release."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.contracts.templates import TemplateRef
from templates.clients.git import Git, GitFailed
from templates.errors import ReleaseInvalid, StoreUnavailable

# Author and date are fixed, so the same content makes the same commit everywhere.
_COMMITTER = "OverSkill <templates@overskill.invalid> 1577836800 +0000"
_ABSENT = "0" * 40
_REGULAR_MODES = {b"100644", b"100755"}


@dataclass(frozen=True)
class Tag:
    """A release and the commit that holds its tree."""

    ref: TemplateRef
    commit: str


class ReleaseStore:
    """Releases are only ever added; whoever else pushes tags is read like ourselves."""

    def __init__(self, directory: Path, git: Git | None = None) -> None:
        self._directory = directory
        self._git = git or Git(directory)

    async def prepare(self) -> None:
        """Makes the repository unless it exists."""
        if await asyncio.to_thread(self._must_be_made):
            await self._git.run("init", "--bare", "--quiet", "--initial-branch=main")
        await self.ping()

    async def ping(self) -> None:
        """For readiness: raises StoreUnavailable unless the directory is a bare repository."""
        if (await self._git.run("rev-parse", "--is-bare-repository")).strip() != b"true":
            raise StoreUnavailable(f"{self._directory} is not a bare Git repository.")

    async def tags(self, name: str | None = None) -> list[Tag]:
        """All releases, or those of one template, from the oldest version to the newest."""
        prefix = f"refs/tags/{name}/" if name else "refs/tags/"
        try:
            # An annotated tag names its commit in the second field.
            output = await self._git.run(
                "for-each-ref", "--format=%(objectname) %(*objectname) %(refname)", prefix
            )
        except GitFailed:  # where one tag's object is missing, Git tells of none of them what it points to
            output = await self._git.run("for-each-ref", "--format=%(objectname)  %(refname)", prefix)
        found = (_tag(row) for row in output.decode().splitlines())
        return sorted((tag for tag in found if tag), key=lambda tag: tag.ref)

    async def read(self, commit: str) -> dict[str, bytes]:
        """Every file of a commit; raises ReleaseInvalid where the store has not all of it."""
        try:
            return await self._read(commit)
        except GitFailed as error:
            await self.ping()
            raise ReleaseInvalid(f"The store has not all of commit {commit}: {error.message}") from error

    async def _read(self, commit: str) -> dict[str, bytes]:
        listing = await self._git.run("ls-tree", "-r", "-z", "--full-tree", commit)
        blobs: dict[str, str] = {}
        for entry in listing.split(b"\0")[:-1]:
            attributes, _, path = entry.partition(b"\t")
            mode, _, blob = attributes.split(b" ")
            if mode not in _REGULAR_MODES:
                raise ReleaseInvalid(
                    f"The release at commit {commit} has an entry that is no file: {path!r}."
                )
            blobs[path.decode(errors="replace")] = blob.decode()
        request = "".join(f"{blob}\n" for blob in blobs.values())
        contents = _batch(await self._git.run("cat-file", "--batch", stdin=request.encode()))
        tree = {name: data for name, data in zip(blobs, contents, strict=True) if data is not None}
        if lost := sorted(set(blobs) - set(tree)):
            raise ReleaseInvalid(
                f"The store has lost {', '.join(lost[:5])} of the release at commit {commit}."
            )
        return tree

    async def read_each(self, commits: Sequence[str], path: str) -> list[bytes | None]:
        """One file of each of these commits; None for a commit without it, or of which it is lost."""
        request = "".join(f"{commit}:{path}\n" for commit in commits)
        try:
            return _batch(await self._git.run("cat-file", "--batch", stdin=request.encode()))
        except GitFailed:  # a damaged one ends the command
            await self.ping()
            if len(commits) == 1:
                return [None]
            return [(await self.read_each([commit], path))[0] for commit in commits]

    async def create(self, ref: TemplateRef, tree: Mapping[str, bytes]) -> bool:
        """Makes a release; False when the tag exists already. Two publishers at once make one tag."""
        stream, staging = _import_stream(f"{ref.name} {ref.version}", tree)
        commit = (await self._git.run("fast-import", "--quiet", "--done", "--force", stdin=stream)).decode()
        try:
            await self._git.run("update-ref", f"refs/tags/{ref.name}/v{ref.version}", commit.strip(), _ABSENT)
        except GitFailed:
            if any(found.ref == ref for found in await self.tags(ref.name)):
                return False
            raise
        finally:
            await self._git.run("update-ref", "-d", staging)
        return True

    def _must_be_made(self) -> bool:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            if (self._directory / "HEAD").is_file():
                return False
            occupied = any(self._directory.iterdir())
        except OSError as error:
            raise StoreUnavailable(f"The store {self._directory} cannot be used: {error}.") from error
        if occupied:
            message = f"{self._directory} holds other files. Set TEMPLATES_STORE_DIR to an empty directory."
            raise StoreUnavailable(message)
        return True


def _tag(row: str) -> Tag | None:
    """The release a ref stands for; None for a tag that has another meaning."""
    own, peeled, ref = row.split(" ", 2)
    name, _, version = ref.removeprefix("refs/tags/").partition("/v")
    try:
        return Tag(TemplateRef.parse(f"{name}@{version}"), peeled or own)
    except ValueError:
        return None


def _batch(output: bytes) -> list[bytes | None]:
    """The contents in the output of `cat-file --batch`: a line `<id> blob <size>`, the bytes, a line end.

    Of an object that is not there it is the line `<name> missing` alone, here None.
    """
    contents: list[bytes | None] = []
    position = 0
    while position < len(output):
        header, _, _ = output[position : position + 200].partition(b"\n")
        start = position + len(header) + 1
        if header.endswith(b" missing"):
            contents.append(None)
            position = start
            continue
        end = start + int(header.split(b" ")[2])
        contents.append(output[start:end])
        position = end + 1
    return contents


def _import_stream(message: str, tree: Mapping[str, bytes]) -> tuple[bytes, str]:
    """Input for `fast-import` that commits a tree and prints the commit's id, and the ref it is held by."""
    files = b"".join(
        b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
        for path, content in sorted(tree.items())
    )
    staging = f"refs/publishing/{secrets.token_hex(8)}"
    head = f"commit {staging}\nmark :1\ncommitter {_COMMITTER}\ndata {len(message)}\n{message}\n"
    return head.encode() + files + b"\nget-mark :1\ndone\n", staging
