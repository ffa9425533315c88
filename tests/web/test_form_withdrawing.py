"""Withdrawing what was filled in, on the page of the record and over the API."""

import pytest

from dealrail.forms.actions.filling import fill_form
from dealrail.forms.models import FormRecord
from tests.api.client import Api
from tests.cast import Company, actor_of, new_deal
from tests.forms.making import ANSWERED, make_form
from tests.web.conftest import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


def test_it_is_withdrawn_on_screen_and_over_the_api(log_in: LogIn, company: Company) -> None:
    make_form()
    rep, boss = company.people["rep"], company.people["boss"]
    deal, client = new_deal(rep), log_in(rep)
    first, second = (
        fill_form(actor=actor_of(rep), key="survey", deal_id=deal.pk, answers=ANSWERED) for _number in range(2)
    )
    page = f"/forms/records/{first.pk}/"
    english = {"accept-language": "en"}
    assert "Withdraw it" in client.get(page, headers=english).content.decode()
    assert "Withdraw it" not in log_in(boss).get(page, headers=english).content.decode()
    for reason in ("", "错", "错" * 501):
        refused = client.post(f"{page}withdraw/", {"reason": reason}, headers={"accept-language": "zh-hans"})
        text = refused.content.decode()
        assert refused.status_code == 422
        assert "请填写撤回原因，2 到 500 个字。" in text
        assert f'value="{reason}"' in text
        assert FormRecord.objects.get(pk=first.pk).withdrawn_at is None
    client.post(f"{page}withdraw/", {"reason": "填错了"})
    shown = client.get(page, headers=english).content.decode()
    assert "填错了" in shown
    assert "Withdraw it" not in shown
    assert "withdrawn" in client.get(f"/deals/{deal.pk}/", headers=english).content.decode()
    answer = Api(rep).post(f"form-records/{second.pk}/withdraw", reason="又错了")
    assert (answer.status, answer.body["withdrawn_why"]) == (200, "又错了")
    assert Api(boss).post(f"form-records/{second.pk}/withdraw", reason="不行").code == "not_allowed"
    text = b"".join(log_in(company.people["manager"]).get("/forms/survey/export/?as=csv")).decode("utf-8-sig")
    assert "填错了" in text
