"""Backups on screen: asked for, made by the worker, downloaded by administrators."""

import html
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dealrail.accounts.models import User
from dealrail.web.settings.clocks import make_backup
from tests.cast import event_kinds, last_event_id
from tests.web.conftest import LogIn

PAGE = "/settings/backups/"


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """A home of its own for what the test makes."""
    settings.HOME = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("company")
def test_a_backup_is_asked_for_once_made_by_the_worker_and_downloaded(log_in: LogIn, admin: User) -> None:
    client, before = log_in(admin), last_event_id()
    for _press in range(2):
        client.post(f"{PAGE}make/")
    assert event_kinds(before) == ["backup.asked"]
    assert "A backup is being made: 0 %" in text(client.get(PAGE))
    make_backup()
    page = text(client.get(PAGE))
    name = page.split(f'href="{PAGE}')[1].split("/")[0]
    answer = client.get(f"{PAGE}{name}/")
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["whole"]
    assert manifest["counts"]["accounts.User"] == User.objects.count()
    assert event_kinds(before) == ["backup.asked", "backup.made", "backup.taken"]
    assert not make_backup()


@pytest.mark.django_db
def test_only_administrators_make_and_take_backups(log_in: LogIn, manager: User, admin: User, home: Path) -> None:
    client, before = log_in(manager), last_event_id()
    (home / "backups").mkdir()
    (home / "backups" / "dealrail-20260101-000000.zip").write_bytes(b"PK")
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}make/").status_code == 403
    assert client.get(f"{PAGE}dealrail-20260101-000000.zip/").status_code == 403
    for name in ("dealrail-20260102-000000.zip", "asked.json", "..%2Fsecret.key"):
        assert log_in(admin).get(f"{PAGE}{name}/").status_code == 404
    assert event_kinds(before) == []
