"""What all screens of the designer share: the draft they show, what is wrong with it, and how a change is kept."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core.errors import Refusal
from dealrail.core.problems import FieldsRefused, refuse_changed
from dealrail.core.texts import listed
from dealrail.process import checks, examples, policy, rules
from dealrail.process.actions import drafts
from dealrail.process.errors import StaleDraft
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.process.queries import drafts as kept_drafts
from dealrail.process.rules import ProcessSpec
from dealrail.web.inputs import whole
from dealrail.web.processes.designer.places import Place, field_of, in_text, place_of, said
from dealrail.web.signed_in import actor_of

STEPS = {"up": -1, "down": 1}
Edit = Callable[[Mapping[str, Any]], dict[str, Any]]


class TextFirst(Refusal):
    code = "text_first"
    sentence = _(
        "The text of this draft has mistakes, so it can't be shown in parts. Put them right in the text first."
    )


@dataclass(frozen=True)
class Desk:
    """The draft of a process as one of its editors has it before them."""

    actor: Actor
    draft: Any

    @property
    def key(self) -> str:
        """The process it is the draft of."""
        return str(self.draft.key)

    @property
    def content(self) -> Mapping[str, Any]:
        """What the draft says."""
        content: Mapping[str, Any] = self.draft.content
        return content

    @property
    def is_readable(self) -> bool:
        """Whether it can be shown in parts."""
        return not rules.shape_problems(self.content)

    @property
    def is_sound(self) -> bool:
        """Whether nothing stands against publishing."""
        return not self.places

    @cached_property
    def spec(self) -> ProcessSpec:
        """The draft as values; refuses with TextFirst."""
        if not self.is_readable:
            raise TextFirst()
        return rules.parse(self.content)

    @cached_property
    def places(self) -> list[Place]:
        """What is wrong with it, each with where that can be put right."""
        if not self.is_readable:
            return [in_text(problem, self.key) for problem in rules.shape_problems(self.content)]
        return [place_of(problem, self.key, self.content) for problem in examples.problems(self.content)]

    @cached_property
    def doubts(self) -> list[Place]:
        """What can be published and is hardly meant; nothing while something is wrong."""
        return [place_of(problem, self.key, self.content) for problem in checks.warnings(self.content)]

    @cached_property
    def may_design(self) -> bool:
        """Whether who looks may change it."""
        return policy.may_design(self.actor, self.key)

    @property
    def may_publish(self) -> bool:
        """Whether who looks may put it in force."""
        return self.actor.may(PROCESS_PUBLISH)


def desk_of(request: HttpRequest, key: str) -> Desk:
    """The draft as it is now; refuse with NotAllowed or NoSuchDraft."""
    actor = actor_of(request)
    return Desk(actor, kept_drafts.draft(actor, key))


def show(
    request: HttpRequest, template: str, desk: Desk, context: Mapping[str, Any], refusal: Refusal | None = None
) -> HttpResponse:
    """A page of the designer."""
    status = refusal.status if refusal else 200
    return render(request, template, {"desk": desk, "refusal": refusal, **context}, status=status)


def keep(desk: Desk, edit: Edit, *, seen: int | None = None) -> Any:
    """Change the draft like this; what doesn't fit its fields is refused at them, and what isn't there with NotFound.

    `seen` is the revision the change was made from, where it would mean something else in another one.
    """
    if not desk.is_readable:
        raise TextFirst()
    try:
        content = edit(desk.content)
    except KeyError as error:
        raise NotFound() from error
    if found := rules.shape_problems(content):
        problems = [{"field": field_of(row), "label": "", "problem": said(row)} for row in found]
        raise FieldsRefused(problems=problems)
    revision = desk.draft.revision if seen is None else seen
    return drafts.save_draft(actor=desk.actor, key=desk.key, seen=revision, content=content)


def is_part(request: HttpRequest) -> bool:
    """Whether HTMX asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def seen_in(request: HttpRequest) -> int:
    """The revision that the form was made from."""
    return whole(request.POST.get("seen")) or 0


def keep_or_say(request: HttpRequest, desk: Desk, edit: Edit) -> bool:
    """Keep a change that means something else in another revision; say so when somebody else was faster."""
    try:
        keep(desk, edit, seen=seen_in(request))
    except StaleDraft as refusal:
        messages.error(request, str(refusal))
        return False
    return True


def opened(request: HttpRequest) -> dict[str, Any]:
    """What the form held when it was opened."""
    try:
        held = json.loads(request.POST.get("was", ""))
    except (ValueError, RecursionError):
        return {}
    return held if isinstance(held, dict) else {}


def own_changes(
    request: HttpRequest, typed: Mapping[str, Any], now: Mapping[str, Any], labels: Mapping[str, Any]
) -> dict[str, Any]:
    """What somebody changed in a form, apart from what stood there; the rest stays as others have it by now.

    Refuses with ChangedMeanwhile where somebody else changed the same field since the form was opened.
    """
    held = opened(request)
    wanted = {name: value for name, value in typed.items() if value != held.get(name, now.get(name))}
    refuse_changed(now, wanted, held, labels, shown=_in_words)
    return wanted


def _in_words(value: Any) -> str:
    words = (
        [" ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value]
        if isinstance(value, list)
        else []
    )
    return listed(words) or ("—" if value in (None, "", []) else str(value))


def tell_of_others(request: HttpRequest, desk: Desk) -> None:
    """Say so when somebody else saved since the form was opened, and both changes are kept."""
    if seen_in(request) not in (0, desk.draft.revision) and desk.draft.edited_by_id != desk.actor.user_id:
        who = desk.draft.edited_by.name if desk.draft.edited_by else gettext("System")
        messages.info(request, gettext("%(who)s saved in the meantime; both changes are kept.") % {"who": who})
