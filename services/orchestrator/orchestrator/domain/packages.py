"""Packages of an app's own: what a call asks the builder for, and what the model is told of its answer."""

from common.contracts import (
    MAX_PACKAGES,
    PACKAGE_FILES,
    ResolvedPackages,
    ResolvePackages,
    own_packages,
    packages_in,
)
from common.contracts.templates import TemplateRef
from orchestrator.domain.apply import ToolOutcome
from orchestrator.domain.arguments import AddDependency, RemoveDependency

NEWEST = "latest"
_SHOWN = 12
_AWAY = (
    "registry_unavailable: packages cannot be added or removed now, which says nothing about this one. Go on "
    "without it, with what the app has, and say in the summary what is missing."
)

ADD_DEPENDENCY = (
    "Adds a package of the npm registry to the app, where what it has does not do and writing it yourself "
    "would be worse: a QR code, a map, 3D. Call it alone, before the files that import the package. Only "
    "known packages of browsers' code with an open licence can be had; the answer says which version came, "
    "or why none and what to use instead. Never for small helpers, nor for what the app's packages "
    "do already."
)
REMOVE_DEPENDENCY = (
    "Removes a package that add_dependency has added and nothing imports any more. Those of the template "
    "stay."
)


def wish_of(
    args: AddDependency | RemoveDependency, manifest: bytes | None, template: TemplateRef
) -> ResolvePackages | ToolOutcome:
    """What to ask the builder for, or the answer to a call that needs nobody. `manifest`: package.json."""
    own = own_packages(manifest) or {}
    name = args.name
    if isinstance(args, RemoveDependency):
        if name not in own:
            return answer(f"{name} is none of the packages that were added to the app: nothing was changed.")
        return ResolvePackages(template=template, keep={one: own[one] for one in own if one != name})
    has = packages_in(manifest).get(name)
    if has is not None and (name not in own or args.range in {None, has}):
        return ToolOutcome(f"The app has {name} {has} already: import it.", path=PACKAGE_FILES[0])
    keep = {one: version for one, version in own.items() if one != name}
    if len(keep) >= MAX_PACKAGES:
        return answer(f"The app has {len(keep)} packages of its own, and can have no more.")
    return ResolvePackages(template=template, keep=keep, add={name: args.range or NEWEST})


def answer(why: str) -> ToolOutcome:
    """That nothing was changed, and why."""
    return ToolOutcome(why, is_error=True, path=PACKAGE_FILES[0])


def unavailable() -> ToolOutcome:
    """That nobody could be asked."""
    return answer(_AWAY)


def changed(args: AddDependency | RemoveDependency, resolved: ResolvedPackages) -> ToolOutcome:
    """The new package files, and what is told of them."""
    files = {name: resolved.files[name].encode() for name in PACKAGE_FILES}
    if isinstance(args, RemoveDependency):
        text = f"ok\n{args.name} is removed. Remove what imports it."
    else:
        text = "\n".join(["ok", *_told(args.name, resolved)])
    return ToolOutcome(text, path=PACKAGE_FILES[0], files=files)


def _told(name: str, resolved: ResolvedPackages) -> list[str]:
    wanted = next((one for one in resolved.packages if one.wanted and one.name == name), None)
    lines = [
        f"{name} {wanted.version} ({wanted.license}) can be imported." if wanted else f"{name} is there."
    ]
    brought = [f"{one.name} {one.version}" for one in resolved.packages if one is not wanted]
    if brought:
        more = f" and {len(brought) - _SHOWN} more" if len(brought) > _SHOWN else ""
        lines.append(f"Beside the template's packages the app also has {', '.join(brought[:_SHOWN])}{more}.")
    if name in resolved.untyped:
        lines.append(
            f'It brings no types: write src/{name.rpartition("/")[2]}.d.ts with `declare module "{name}";` '
            "and what you use of it."
        )
    if resolved.audit.state == "not_audited":
        lines.append("Not audited: no database of known holes can be asked here.")
    lines += [
        f"Known hole of {one.package} ({one.severity}): {one.title}"
        for one in resolved.audit.advisories[:_SHOWN]
    ]
    return lines
