"""Texts to start follow-ups from: one's own, and everybody's with the permission."""

from typing import Any

import pytest

from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities import queries
from dealrail.activities.actions.texts import MOST, remove_text_template, save_text_template
from dealrail.activities.errors import TemplateIncomplete, TemplateNameTaken, TooManyTemplates, UnknownKind
from dealrail.activities.models import TextTemplate
from dealrail.core.errors import Refusal
from tests.cast import actor_of, event_kinds, last_event_id, refuses


def save(user: User, **fields: Any) -> TextTemplate:
    return save_text_template(actor=actor_of(user), **{"name": "未接", "text": "电话未接通", **fields})


def test_a_text_of_ones_own_is_ones_own(rep: User, colleague: User) -> None:
    before = last_event_id()
    made = save(rep, kind="call")
    assert event_kinds(before) == ["text_template.saved"]
    assert [list(queries.text_templates(actor_of(user))) for user in (rep, colleague)] == [[made], []]
    save(rep, template_id=made.pk, text="没人接")
    assert TextTemplate.objects.get().text == "没人接"
    save(colleague)
    assert TextTemplate.objects.count() == 2


def test_shared_texts_come_after_ones_own_and_are_for_all(rep: User, manager: User) -> None:
    shared = save(manager, is_shared=True)
    mine = save(rep, name="已约")
    assert list(queries.text_templates(actor_of(rep))) == [mine, shared]


def test_a_text_is_removed_on_record(rep: User) -> None:
    made, before = save(rep), last_event_id()
    remove_text_template(actor=actor_of(rep), template_id=made.pk)
    assert event_kinds(before) == ["text_template.removed"]
    assert not TextTemplate.objects.exists()


WRONG: list[tuple[dict[str, Any], type[Refusal]]] = [
    ({"name": " "}, TemplateIncomplete),
    ({"name": "x" * 61}, TemplateIncomplete),
    ({"text": ""}, TemplateIncomplete),
    ({"text": "a\x00"}, TemplateIncomplete),
    ({"kind": "fax"}, UnknownKind),
    ({"name": "已约"}, TemplateNameTaken),
    ({"is_shared": True}, NotAllowed),
    ({"template_id": 0}, NotFound),
]


@pytest.mark.parametrize(("fields", "refusal"), WRONG)
def test_refuses_a_text_that_cannot_be(fields: dict[str, Any], refusal: type[Refusal], rep: User) -> None:
    save(rep, name="已约")
    with refuses(refusal):
        save(rep, **fields)


def test_refuses_to_touch_the_texts_of_others_or_of_all(rep: User, colleague: User, manager: User) -> None:
    theirs, shared = save(colleague), save(manager, is_shared=True)
    for template, refusal in ((theirs, NotFound), (shared, NotAllowed)):
        with refuses(refusal):
            save(rep, template_id=template.pk)
        with refuses(refusal):
            remove_text_template(actor=actor_of(rep), template_id=template.pk)


def test_refuses_more_than_anybody_reads(rep: User) -> None:
    TextTemplate.objects.bulk_create(TextTemplate(name=f"话{n}", text="x", owner=rep) for n in range(MOST))
    with refuses(TooManyTemplates):
        save(rep)
