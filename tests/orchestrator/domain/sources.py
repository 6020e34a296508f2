"""Small apps for tests of what looks through all files."""

from collections.abc import Mapping
from typing import Any

from orchestrator.domain.index import AppIndex, IndexCache
from orchestrator.domain.tools import ToolOutcome
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.domain.workspace import Workspace

LOCKED = ("index.html", "src/main.tsx", "src/components/ui/**", "src/lib/utils.ts")
APP = {
    "index.html": '<script type="module" src="/src/main.tsx"></script>\n',
    "src/main.tsx": 'import { App } from "./App";\nimport "./index.css";\n\nrender(<App />);\n',
    "src/index.css": '@import "tailwindcss";\n@import "./styles/extra.css";\n',
    "src/styles/extra.css": ".hero { background: url(../assets/hero.svg); }\n",
    "src/assets/hero.svg": "<svg></svg>\n",
    "src/App.tsx": (
        'import { routes } from "@/routes";\n\nexport function App() {\n  return routes.length;\n}\n'
    ),
    "src/routes.tsx": (
        'import { lazy } from "react";\n'
        'import { Home } from "@/pages/Home";\n\n'
        'const Books = lazy(() => import("@/pages/Books"));\n\n'
        "export interface AppRoute {\n  path: string;\n}\n\n"
        "export const routes: AppRoute[] = [\n"
        '  { path: "/", label: "Home", element: <Home /> },\n'
        '  { path: "/books/:id", label: "", element: <Books /> },\n];\n'
    ),
    "src/pages/Home.tsx": (
        'import { Button } from "@/components/ui";\n'
        'import { formatDate } from "../lib/dates";\n\n'
        "function Row() {\n  return <li>{formatDate(0)}</li>;\n}\n\n"
        "export function Home() {\n  return <ul><Row /><Button>Add a book</Button></ul>;\n}\n"
    ),
    "src/pages/Books.tsx": (
        'import { formatDate } from "@/lib/dates";\n'
        'import hero from "../assets/hero.svg";\n\n'
        "function Row() {\n  return <li>{formatDate(1)}</li>;\n}\n\n"
        "export default function Books() {\n  return <Row src={hero} />;\n}\n"
    ),
    "src/lib/dates.ts": (
        'export type Day = import("./types").Moment;\n\n'
        "/** As people write it. */\n"
        "export function formatDate(value: number): string {\n"
        "  return new Date(value).toLocaleDateString(undefined, { dateStyle: 'medium' });\n}\n\n"
        "const pad = (value: number) => String(value).padStart(2, '0');\n\n"
        "export const clock = (value: number): string => pad(value);\n\n"
        "export const MAX_DAYS = 31;\n"
    ),
    "src/lib/types.ts": "export type Moment = number;\n",
    "src/lib/utils.ts": "export function cn(...values: string[]): string {\n  return values.join();\n}\n",
    "src/hooks/useBooks.ts": (
        'import { MAX_DAYS, type Day } from "@/lib/dates";\n\n'
        "export function useBooks(): Day[] {\n  return [MAX_DAYS];\n}\n"
    ),
    "src/components/ui/button.tsx": (
        "export interface ButtonProps {\n  children: string;\n}\n\n"
        "export function Button({ children }: ButtonProps) {\n  return <button>{children}</button>;\n}\n"
    ),
    "src/components/ui/index.ts": 'export { Button, type ButtonProps } from "./button";\n',
}


def index_of(files: Mapping[str, str | bytes]) -> AppIndex:
    contents = encoded(files)
    tree = Tree({path: FileRef.of(content) for path, content in contents.items()})
    return IndexCache().of(tree, {FileRef.of(content).digest: content for content in contents.values()})


def workspace_of(files: Mapping[str, str | bytes]) -> Workspace:
    """With all contents at hand."""
    contents = encoded(files)
    workspace = Workspace(Tree({path: FileRef.of(content) for path, content in contents.items()}), LOCKED)
    workspace.contents.update({FileRef.of(content).digest: content for content in contents.values()})
    return workspace


def call(workspace: Workspace, name: str, **arguments: Any) -> ToolOutcome:
    return workspace.carry_out([{"name": name, "input": arguments}])[0]


def text_of(workspace: Workspace, path: str) -> str:
    return workspace.contents[workspace.tree[path].digest].decode()


def encoded(files: Mapping[str, str | bytes]) -> dict[str, bytes]:
    return {path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()}
