"""A release of a template: its descriptor and its files, checked as a whole, with their digests."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from common.contracts import pack_files
from common.contracts.source import matches, tree_problem
from common.contracts.templates import TemplateRef, Version, is_template_name
from common.errors import InvalidInput

DESCRIPTOR_PATH = "template.json"

_REQUIRED = ("index.html", "package.json", "package-lock.json")
_APP_ID_PLACEHOLDER = b"{{APP_ID}}"


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


class Descriptor(BaseModel):
    """The file template.json. It describes the template and is no part of an app's tree."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(_check_name)]
    version: Annotated[str, AfterValidator(_check_version)]
    description: Annotated[str, Field(min_length=1, max_length=300)]
    locked: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...]

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
    descriptor = _descriptor(source, tree)
    contents = {path: content for path, content in sorted(tree.items()) if path != DESCRIPTOR_PATH}
    problem = tree_problem({path: len(content) for path, content in contents.items()})
    problems = [*([problem] if problem else []), *_lock_problems(descriptor, contents)]
    problems += [f"{path} is missing" for path in _REQUIRED if path not in contents]
    if _APP_ID_PLACEHOLDER not in contents.get("index.html", _APP_ID_PLACEHOLDER):
        problems.append("index.html lacks the placeholder {{APP_ID}}")
    if problems:
        raise ContentInvalid(f"The template in {source} is not well formed: {'; '.join(problems[:10])}.")
    files = tuple(
        File(path, content, hashlib.sha256(content).hexdigest()) for path, content in contents.items()
    )
    lines = "".join(f"{file.path} {file.digest}\n" for file in files)
    return Release(descriptor, files, hashlib.sha256(lines.encode()).hexdigest())


def _descriptor(source: str, tree: Mapping[str, bytes]) -> Descriptor:
    if DESCRIPTOR_PATH not in tree:
        raise ContentInvalid(f"{source} has no {DESCRIPTOR_PATH}.")
    try:
        return Descriptor.model_validate_json(tree[DESCRIPTOR_PATH])
    except ValidationError as error:
        found = [f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors()]
        raise ContentInvalid(f"{source}/{DESCRIPTOR_PATH} is not valid: {'; '.join(found)}.") from error


def _lock_problems(descriptor: Descriptor, contents: Mapping[str, bytes]) -> list[str]:
    return [
        f"the locked glob {glob!r} matches no file"
        for glob in descriptor.locked
        if not any(matches(glob, path) for path in contents)
    ]
