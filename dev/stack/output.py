"""Where the processes' lines go: to the terminal with a prefix, or to a file each."""

import json
import sys
from pathlib import Path
from typing import Protocol, TextIO

COLOURS = {"warning": "33", "error": "31", "critical": "31"}
NAME_COLOURS = ("36", "32", "35", "34", "33", "96", "92", "95")
WIDTH = 12
STRUCTURAL = {"event", "level", "timestamp", "service", "logger"}


class Output(Protocol):
    """Receives every line of every process, and what the stack itself has to say."""

    def line(self, name: str, text: str) -> None: ...

    def announce(self, text: str) -> None: ...

    def close(self) -> None: ...


class TerminalOutput:
    """`name │ line`, with the services' JSON made readable."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._colour = stream.isatty()
        self._seen: dict[str, str] = {}

    def line(self, name: str, text: str) -> None:
        colour = self._seen.setdefault(name, NAME_COLOURS[len(self._seen) % len(NAME_COLOURS)])
        level, readable = _readable(text)
        body = self._paint(readable, COLOURS[level]) if level in COLOURS else readable
        print(f"{self._paint(f'{name:<{WIDTH}} │', colour)} {body}", file=self._stream, flush=True)

    def announce(self, text: str) -> None:
        print(self._paint(f"{'stack':<{WIDTH}} │ {text}", "1"), file=self._stream, flush=True)

    def close(self) -> None:
        """The terminal stays open."""

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text


class FileOutput:
    """One file a process, begun anew with each start of the stack; the one before is kept as `.1`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, TextIO] = {}

    def line(self, name: str, text: str) -> None:
        if name not in self._files:
            self._files[name] = self._open(name)
        self._files[name].write(f"{text}\n")

    def announce(self, text: str) -> None:
        self.line("stack", text)

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _open(self, name: str) -> TextIO:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.log"
        if path.exists():
            path.rename(path.with_suffix(".log.1"))
        return path.open("w", encoding="utf-8", buffering=1)


def _readable(text: str) -> tuple[str, str]:
    """A JSON log line as level and `event key=value …`; anything else as it is."""
    if not text.startswith("{"):
        return "", text
    try:
        record = json.loads(text)
    except ValueError:
        return "", text
    if not isinstance(record, dict) or "level" not in record:
        return "", text
    level = str(record["level"])
    details = " ".join(f"{key}={value}" for key, value in record.items() if key not in STRUCTURAL)
    return level, f"{level:<7} {record.get('event', '')} {details}".rstrip()
