"""Ways for tests to bring sheets in and to look at what became of their rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.models import Role, User
from dealrail.crm import importing
from dealrail.crm.actions.imports import start_import, undo_import
from dealrail.crm.clocks import finish_import
from dealrail.crm.models import ImportJob
from tests.cast import actor_of


@dataclass
class Bring:
    """Brings sheets in as one person, from files in a folder of the test's own."""

    folder: Path
    who: User

    def by(self, who: User) -> "Bring":
        """The same as somebody else."""
        return Bring(self.folder, who)

    def file(self, content: str | bytes, name: str = "表.csv") -> Path:
        """The content as a file."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def start(self, content: str | bytes | Path, kind: str = "deals", *, mapping: Any = None, **more: Any) -> ImportJob:
        """Take a sheet in and do nothing more."""
        path = content if isinstance(content, Path) else self.file(content)
        more = {"process": "trial" if kind == "deals" else "", **more}
        return start_import(actor=actor_of(self.who), path=path, name=path.name, kind=kind, mapping=mapping, **more)

    def __call__(self, content: str | bytes | Path, kind: str = "deals", **more: Any) -> ImportJob:
        """Bring a sheet in, to the end."""
        return finish_import(self.start(content, kind, **more).pk)

    def history(self, content: str | bytes | Path, **more: Any) -> ImportJob:
        """Bring past deals in, to the end."""
        return self(content, mode="history", **more)

    def undo(self, job: ImportJob) -> ImportJob:
        """Take an import back, to the end."""
        undo_import(actor=actor_of(self.who), job_id=job.pk)
        return finish_import(job.pk)


def counts(job: ImportJob) -> tuple[int, int, int]:
    """How many rows were created, skipped and refused."""
    return job.created, job.skipped, job.failed


def sentences(job: ImportJob) -> Mapping[int, str]:
    """What was wrong, by row."""
    return dict(importing.rows_of(job, "failed").values_list("number", "message"))


def sentence(job: ImportJob) -> str:
    """What was wrong with the only refused row."""
    [found] = sentences(job).values()
    return found


def revoke(permission: str, *, role: str = "sales") -> None:
    """Take a permission away from everybody of a role."""
    held = Role.objects.get(key=role)
    kept = [name for name in held.permissions if name != permission]
    save_role(actor=actor_of(None), key=role, name=held.name, permissions=kept, scope=held.scope)
