"""What makes the screens an app: manifest, service worker, icons, the page without network."""

import json

import pytest
from django.test import Client

from dealrail.accounts.models import User
from tests.web.conftest import LogIn
from tools import freshness, icons

pytestmark = pytest.mark.django_db


def test_the_service_worker_rules_everything_and_is_never_old(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert (answer["Service-Worker-Allowed"], answer["Cache-Control"]) == ("/", "no-cache")
    assert b"addEventListener" in answer.content


def test_the_manifest_names_icons_that_are_there(client: Client) -> None:
    answer = client.get("/manifest.webmanifest", headers={"Accept-Language": "zh-CN"})
    manifest = json.loads(answer.content)
    assert (answer["Content-Type"], manifest["name"], manifest["display"]) == (
        "application/manifest+json", "销轨", "standalone",
    )  # fmt: skip
    for icon in manifest["icons"]:
        size = int(icon["sizes"].split("x")[0])
        content = (freshness.built(freshness.ROOT) / icon["src"].rsplit("/", 1)[1]).read_bytes()
        assert content == icons.draw(freshness.ROOT, size)


def test_the_page_without_network_is_nobodys_and_speaks_both_languages(log_in: LogIn, rep: User) -> None:
    client = log_in(rep)
    chinese = client.get("/offline/zh-hans/").content.decode()
    english = client.get("/offline/en/").content.decode()
    assert ("没有网络" in chinese, "No network" in english) == (True, True)
    assert "data-person" not in chinese + english
    assert client.get("/offline/fr/").status_code == 404


def test_pages_say_whose_they_are(log_in: LogIn, rep: User, client: Client) -> None:
    mine = log_in(rep).get("/")
    assert (mine["X-Person"], f'data-person="{rep.pk}"' in mine.content.decode()) == (str(rep.pk), True)
    login = client.get("/login/")
    assert ("X-Person" in login, 'data-person=""' in login.content.decode()) == (False, True)


def test_the_policy_names_workers_and_manifests(client: Client) -> None:
    policy = client.get("/login/")["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy
