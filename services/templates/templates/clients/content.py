"""Templates as directories of ordinary files, the form they are written in."""

from pathlib import Path

from templates.domain.composition import compose
from templates.domain.release import ContentInvalid, read_descriptor

# What a developer's npm and Vite leave behind.
_GENERATED = {"node_modules", "dist", ".vite", ".git"}


def template_directories(content: Path) -> list[Path]:
    """The templates in a content directory, sorted by name."""
    if not content.is_dir():
        raise ContentInvalid(f"The content directory {content} does not exist. Set TEMPLATES_CONTENT_DIR.")
    found = sorted(path for path in content.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not found:
        raise ContentInvalid(f"The content directory {content} has no template. Set TEMPLATES_CONTENT_DIR.")
    return found


def read_template(directory: Path) -> dict[str, bytes]:
    """Every file of a template by its path, with those of the template beside it that it extends.

    Executable bits are dropped; links are refused. Raises ContentInvalid.
    """
    own = _files(directory)
    extended = read_descriptor(directory.name, own).extends
    if extended is None:
        return own
    foundation = directory.parent / extended
    if not foundation.is_dir():
        raise ContentInvalid(f'{directory.name} extends "{extended}", which is no template beside it.')
    return compose(directory.name, own, _files(foundation))


def _files(directory: Path) -> dict[str, bytes]:
    tree: dict[str, bytes] = {}
    for path in sorted(directory.rglob("*")):
        relative = path.relative_to(directory)
        if _GENERATED.intersection(relative.parts):
            continue
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise ContentInvalid(f"{path} is neither a file nor a directory. Templates are ordinary files.")
        if path.is_file():
            tree[relative.as_posix()] = path.read_bytes()
    return tree
