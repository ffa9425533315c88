"""The project's own source, read and not imported, for guards that look at how it is written."""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """A module by its dotted name, with its syntax tree."""

    name: str
    tree: ast.Module

    @property
    def layer(self) -> str:
        """The third part of the name: `actions` in dealrail.crm.actions.deals; empty for the app itself."""
        return [*self.name.split("."), "", ""][2]


def module(name: str, text: str) -> Module:
    """A module made from text; guards are tried on planted ones."""
    return Module(name, ast.parse(text))


def modules(root: Path = ROOT, packages: tuple[str, ...] = ("dealrail", "config")) -> list[Module]:
    """Every module of these packages, except migrations, which are history."""
    files = [file for package in packages for file in sorted((root / package).rglob("*.py"))]
    return [module(_name(root, file), file.read_text("utf-8")) for file in files if "migrations" not in file.parts]


def load_everything() -> None:
    """Import every module of the package, so that all its subclasses and registrations are known."""
    for found in modules(packages=("dealrail",)):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def _name(root: Path, file: Path) -> str:
    return ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imports(tree: ast.AST) -> Iterator[str]:
    """Every name imported, wherever it stands: `from a import b` gives a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, package: str) -> bool:
    """Whether a dotted name is this package or lies in it."""
    return name == package or name.startswith(f"{package}.")
