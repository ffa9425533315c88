"""What the installation is called, in which language it speaks, and that it is set up."""

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
from dealrail.events.engine import record


@transaction.atomic
def change_company(*, actor: Actor, name: str, language: str = "") -> Company:
    """Name the company and choose its language (empty: that of the settings); changing nothing leaves no trace.

    Raises NotAllowed, NameMissing or UnknownLanguage.
    """
    policy.require(actor, COMPANY_MANAGE)
    if language and language not in dict(settings.LANGUAGES):
        raise UnknownLanguage(language=language[:20], field="language")
    company = _locked()
    name = checks.checked_name(name)
    if (company.name, company.language) == (name, language):
        return company
    company.name, company.language = name, language
    company.save()
    record(CompanyChanged(company_id=company.pk, name=name, language=language), actor=actor)
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
