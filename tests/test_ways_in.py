"""One gate on every way in: the six-stage process refused and passed by form, drag, bulk edit, API and command line."""

import html
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client

from dealrail.accounts.models import User
from dealrail.cli import main
from dealrail.crm.actions.deals import advance_deal
from dealrail.crm.actions.imports import start_import
from dealrail.crm.bulk import rows_of as rows_of_job
from dealrail.crm.clocks import finish_import
from dealrail.crm.importing import rows_of
from dealrail.crm.models import BulkJob, Deal
from dealrail.events.models import Event
from dealrail.process import engine
from dealrail.process.errors import GateBlocked
from tests.api.client import Api
from tests.cast import MakeDeal, actor_of, fresh, fulfil, unmet, walk_on

STAGES = ["lead", "contact", "needs", "solution", "contract", "delivery"]
PART = {"HX-Request": "true"}


@dataclass(frozen=True)
class Pressed:
    """What a way in answered: whether it refused, and all it said."""

    refused: bool
    said: str


Way = Callable[[User, Deal, pytest.CaptureFixture[str]], Pressed]


def _page(answer: object) -> str:
    return html.unescape(getattr(answer, "content", b"").decode())


def _logged_in(rep: User) -> Client:
    client = Client()
    client.force_login(rep)
    return client


def form(rep: User, deal: Deal, _capture: pytest.CaptureFixture[str]) -> Pressed:
    """The button on the deal's page."""
    answer = _logged_in(rep).post(f"/deals/{deal.pk}/advance/", {"seen": deal.run.revision})
    return Pressed(answer.status_code == 422, _page(answer))


def drag(rep: User, deal: Deal, _capture: pytest.CaptureFixture[str]) -> Pressed:
    """A card dropped on the next column."""
    typed = {"to": engine.next_stage(deal.run), "from": "board", "seen": deal.run.revision}
    answer = _logged_in(rep).post(f"/deals/{deal.pk}/advance/", typed, headers=PART)
    return Pressed(answer.status_code == 422, _page(answer))


def bulk(rep: User, deal: Deal, _capture: pytest.CaptureFixture[str]) -> Pressed:
    """One of the deals ticked in the list."""
    typed = {"record": f"{deal.pk}:{deal.run.revision}", "step": "advance"}
    page = _page(_logged_in(rep).post("/deals/bulk/", typed, follow=True))
    return Pressed(bool(rows_of_job(BulkJob.objects.latest("pk"), "refused")), page)


def api(rep: User, deal: Deal, _capture: pytest.CaptureFixture[str]) -> Pressed:
    """A program with a token."""
    answer = Api(rep, language="zh-hans").post(f"deals/{deal.pk}/advance", seen_version=deal.run.revision)
    return Pressed(answer.status == 422, json.dumps(answer.body, ensure_ascii=False))


def command_line(rep: User, deal: Deal, capture: pytest.CaptureFixture[str]) -> Pressed:
    """A person at a terminal."""
    capture.readouterr()
    status = main(["move", str(deal.pk), "--as", rep.login, "--json"])
    return Pressed(status == 1, capture.readouterr().out)


WAYS: list[Way] = [form, drag, bulk, api, command_line]


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_is_refused_at_each_of_six_gates_and_passes_when_fulfilled(
    way: Way, rep: User, make_deal: MakeDeal, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALRAIL_LANGUAGE", "zh-hans")
    deal = make_deal(process="b2b-software")
    for stage in STAGES:
        _refused(way, rep, deal, stage, capsys)
        fulfil(deal)
        _passed(way, rep, deal, stage, capsys)
    assert fresh(deal).run.finished_at


def _refused(way: Way, rep: User, deal: Deal, stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every unmet condition is said at once, and nothing is written."""
    deal, before = fresh(deal), _told(deal)
    gate = engine.gate(deal.run, to=None, subject=deal)
    answer = way(rep, deal, capsys)
    assert answer.refused, stage
    assert [row.item for row in gate.unmet if not _named(row.message, row.params.get("label"), answer.said)] == []
    assert (fresh(deal).run.stage.key, fresh(deal).run.revision, _told(deal)) == (stage, deal.run.revision, before)


def _told(deal: Deal) -> int:
    return Event.objects.filter(subject_kind="deal", subject_id=deal.pk).count()


def _named(message: str, label: object, said: str) -> bool:
    return message in said or str(label) in said


def _passed(way: Way, rep: User, deal: Deal, stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The deal moves, or waits for the approvals that are all it lacks, and moves with the last of them."""
    answer = way(rep, fresh(deal), capsys)
    assert not answer.refused, (stage, answer.said[:500])
    if fresh(deal).run.stage.key == stage and not fresh(deal).run.finished_at:
        walk_on(deal)


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
def test_an_imported_row_is_held_to_the_same_gate(admin: User, tmp_path: Path, make_deal: MakeDeal) -> None:
    twin = make_deal(process="b2b-software", name="想跳步的商机")
    with pytest.raises(GateBlocked) as blocked:
        advance_deal(actor=actor_of(twin.owner), deal_id=twin.pk)
    sheet = tmp_path / "deals.csv"
    sheet.write_text("商机名称,阶段\n从表里来的商机,初步沟通\n", "utf-8")
    job = start_import(actor=actor_of(admin), path=sheet, name="deals.csv", kind="deals", process="b2b-software")
    done = finish_import(job.pk)
    [refused] = rows_of(done, "failed")
    assert [row.item for row in blocked.value.demands if row.message not in refused.message] == []
    assert not Deal.objects.filter(name="从表里来的商机").exists()
    assert unmet(twin)
