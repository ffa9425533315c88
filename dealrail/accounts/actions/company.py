"""What the installation is called, in which language it speaks, and that it is set up."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from dealrail.accounts import checks, policy, queries
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnknownLanguage
from dealrail.accounts.facts import CompanyChanged, CompanySetUp
from dealrail.accounts.models import Company
from dealrail.accounts.permissions import COMPANY_MANAGE
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.core.problems import refuse_changed
from dealrail.events.engine import record


@transaction.atomic
def change_company(
    *, actor: Actor, name: str | None = None, language: str | None = None, seen: Mapping[str, Any] | None = None
) -> Company:
    """Name the company and choose its language (empty: that of the settings); what is not given stays.

    Changing nothing leaves no trace; `seen` is what both held when one looked. Raises NotAllowed, NameMissing,
    UnknownLanguage or ChangedMeanwhile.
    """
    policy.require(actor, COMPANY_MANAGE)
    if language and language not in dict(settings.LANGUAGES):
        raise UnknownLanguage(language=language[:20], field="language")
    company = _locked()
    now = {"name": company.name, "language": company.language}
    name = company.name if name is None else checks.checked_name(name)
    language = company.language if language is None else language
    refuse_changed(now, {"name": name, "language": language}, seen, checks.LABELS)
    if (company.name, company.language) == (name, language):
        return company
    changes = {
        field: [now[field] or None, new or None]
        for field, new in (("name", name), ("language", language))
        if now[field] != new
    }
    company.name, company.language = name, language
    company.save()
    record(CompanyChanged(company_id=company.pk, name=name, language=language, changes=changes), actor=actor)
    return company


@transaction.atomic
def finish_set_up(*, actor: Actor) -> Company:
    """End the first run; it is not shown again. Doing so twice leaves no trace. Raises NotAllowed."""
    policy.require(actor, COMPANY_MANAGE)
    company = _locked()
    if company.set_up_at is None:
        company.set_up_at = clock.now()
        company.save()
        record(CompanySetUp(company_id=company.pk, name=company.name), actor=actor)
    return company


def _locked() -> Company:
    take_turns("company", ["the"])
    return queries.company()
