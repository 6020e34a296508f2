"""Templates that extend another: their release is one tree, as that of any template."""

from collections.abc import Iterator, Mapping

from common.contracts.source import lock_reason
from templates.domain.release import DESCRIPTOR_PATH, ContentInvalid, Descriptor, read_descriptor

PACKAGES = (".npmrc", "package.json", "package-lock.json")
"""A foundation's alone: its packages are installed once for all that extend it."""


def compose(source: str, own: Mapping[str, bytes], foundation: Mapping[str, bytes]) -> dict[str, bytes]:
    """The foundation's tree with a template's own files over it; raises ContentInvalid."""
    child, base = read_descriptor(source, own), read_descriptor(f"{source}'s foundation", foundation)
    problems = list(_problems(child, base, own, foundation))
    if problems:
        raise ContentInvalid(f"The template in {source} is not well formed: {'; '.join(problems[:10])}.")
    kept = {path: content for path, content in foundation.items() if path not in child.removes}
    composed = child.model_copy(
        update={
            "extends": str(base.ref),
            "locked": tuple(dict.fromkeys((*base.locked, *child.locked))),
            "overrides": (),
            "removes": (),
        }
    )
    text = composed.model_dump_json(indent=2, exclude_defaults=True)
    return {**kept, **own, DESCRIPTOR_PATH: f"{text}\n".encode()}


def _problems(
    child: Descriptor, base: Descriptor, own: Mapping[str, bytes], foundation: Mapping[str, bytes]
) -> Iterator[str]:
    if base.extends is not None:
        yield f"{base.name} extends {base.extends} itself"
    for path in sorted(set(PACKAGES).intersection(own)):
        yield f"{path} is a matter of {base.name}, which has the packages of all that extend it"
    locked = {path for path in foundation if lock_reason(path, base.locked)}
    for path in sorted(locked.intersection(own).difference(child.overrides, PACKAGES)):
        yield f"{path} is locked in {base.name} and not named in overrides"
    for path in sorted(set(child.overrides) - locked.intersection(own)):
        yield f"overrides names {path}, which is no file of both that {base.name} locks"
    for path in sorted(set(child.removes) & set(own)):
        yield f"removes names {path}, which is there"
    for path in sorted(set(child.removes).difference(foundation)):
        yield f"removes names {path}, which {base.name} has not"
    for path in sorted(locked.intersection(child.removes)):
        yield f"removes names {path}, which {base.name} locks"
