"""A release of a template: its descriptor and its files, checked as a whole, with their digests."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from common.contracts import pack_files
from common.contracts.content import file_problems
from common.contracts.env import has_room_for_env
from common.contracts.source import lock_reason, matches, module_problems, tree_problem
from common.contracts.templates import GUIDE, MAX_GUIDE, Changes, TemplateRef, Version, is_template_name
from common.errors import InvalidInput

DESCRIPTOR_PATH = "template.json"

_REQUIRED = ("index.html", "package.json", "package-lock.json")


class ContentInvalid(InvalidInput):
    code = "template_content_invalid"


def _check_name(text: str) -> str:
    if not is_template_name(text):
        raise ValueError("use lower-case letters, digits and single hyphens, a letter first, at most 63")
    return text


def _check_version(text: str) -> str:
    if Version.parse(text) is None:
        raise ValueError("use a semantic version without build metadata, such as 1.2.0 or 2.0.0-beta.1")
    return text


_VersionText = Annotated[str, AfterValidator(_check_version)]


def _check_foundation(text: str) -> str:
    name, at, version = text.partition("@")
    return _check_name(name) + at + (_check_version(version) if at else "")


class SecurityFix(BaseModel):
    """A hole that a release closes: every version from `since` up to that release has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hole: Annotated[str, Field(min_length=1, max_length=300)]
    since: _VersionText


_Note = Annotated[str, Field(min_length=1, max_length=300)]
_Notes = Annotated[tuple[_Note, ...], Field(max_length=20)]


class Notes(Changes):
    """What authors may write of a release's changes: few and short, as people and models read all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    breaking: _Notes = ()
    other: _Notes = ()


class Descriptor(BaseModel):
    """The file template.json. It describes the template and is no part of an app's tree.

    `extends`: the template whose files it has besides its own, in a release with its version. Of these it
    replaces the locked `overrides` and the open ones it likes, and leaves out the open `removes`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(_check_name)]
    version: _VersionText
    description: Annotated[str, Field(min_length=1, max_length=300)]
    locked: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...]
    changes: Notes = Notes()
    security: Annotated[tuple[SecurityFix, ...], Field(max_length=10)] = ()
    extends: Annotated[str, AfterValidator(_check_foundation)] | None = None
    overrides: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _closes_what_was_open(self) -> Self:
        for fix in self.security:
            if not TemplateRef.parse(f"{self.name}@{fix.since}") < self.ref:
                raise ValueError(f"security: since {fix.since} is not before {self.version}, which closes it")
        return self

    @property
    def ref(self) -> TemplateRef:
        """How the release is named everywhere else."""
        return TemplateRef.parse(f"{self.name}@{self.version}")


@dataclass(frozen=True)
class File:
    path: str
    content: bytes
    digest: str


@dataclass(frozen=True)
class Release:
    """Files are sorted by path."""

    descriptor: Descriptor
    files: tuple[File, ...]
    digest: str

    def archive(self) -> bytes:
        """The app's tree as a tar that depends on paths and contents alone."""
        return pack_files({file.path: file.content for file in self.files})


def make_release(source: str, tree: Mapping[str, bytes]) -> Release:
    """Checks a template's tree, template.json included. `source` names it in the error."""
    descriptor = read_descriptor(source, tree)
    contents = {path: content for path, content in sorted(tree.items()) if path != DESCRIPTOR_PATH}
    problem = tree_problem({path: len(content) for path, content in contents.items()})
    problems = [*([str(problem)] if problem else []), *_lock_problems(descriptor, contents)]
    problems += _content_problems(descriptor, contents)
    problems += [f"{path} is missing" for path in _REQUIRED if path not in contents]
    if "index.html" in contents and not has_room_for_env(contents["index.html"]):
        problems.append('index.html lacks {"APP_ID":"{{APP_ID}}"}')
    if problems:
        raise ContentInvalid(f"The template in {source} is not well formed: {'; '.join(problems[:10])}.")
    files = tuple(
        File(path, content, hashlib.sha256(content).hexdigest()) for path, content in contents.items()
    )
    lines = "".join(f"{file.path} {file.digest}\n" for file in files)
    return Release(descriptor, files, hashlib.sha256(lines.encode()).hexdigest())


def check_guide(release: Release) -> None:
    """For what is not released yet; raises ContentInvalid for a guide that is longer than models are told."""
    texts = [file.content.decode(errors="replace") for file in release.files if file.path == GUIDE]
    if texts and (length := len(texts[0].strip())) > MAX_GUIDE:
        raise ContentInvalid(
            f"{release.descriptor.name}/{GUIDE} has {length:,} characters, and the model is told the first "
            f"{MAX_GUIDE:,} alone. Shorten it by {length - MAX_GUIDE:,}."
        )


def read_descriptor(source: str, tree: Mapping[str, bytes]) -> Descriptor:
    """What the tree's template.json says; raises ContentInvalid."""
    if DESCRIPTOR_PATH not in tree:
        raise ContentInvalid(f"{source} has no {DESCRIPTOR_PATH}.")
    try:
        return Descriptor.model_validate_json(tree[DESCRIPTOR_PATH])
    except ValidationError as error:
        found = [f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors()]
        raise ContentInvalid(f"{source}/{DESCRIPTOR_PATH} is not valid: {'; '.join(found)}.") from error


def _content_problems(descriptor: Descriptor, contents: Mapping[str, bytes]) -> list[str]:
    """An app begins with the template's files, so those that it may change keep to its rules."""
    open_files = {path: text for path, text in contents.items() if not lock_reason(path, descriptor.locked)}
    found = [problem for path, content in open_files.items() for problem in file_problems(path, content)]
    return [str(problem) for problem in (*found, *module_problems(contents))]


def _lock_problems(descriptor: Descriptor, contents: Mapping[str, bytes]) -> list[str]:
    return [
        f"the locked glob {glob!r} matches no file"
        for glob in descriptor.locked
        if not any(matches(glob, path) for path in contents)
    ]
