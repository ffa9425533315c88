"""Links by which somebody without a login fills a form in: for one deal or customer, or to become a lead."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core import clock, formats
from dealrail.core.db import take_turns
from dealrail.core.errors import Refusal
from dealrail.core.problems import Problems
from dealrail.core.texts import is_storable, tidy
from dealrail.core.uploads import MEGABYTE
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import create_contact, create_customer
from dealrail.crm.actions.deals import create_deal
from dealrail.crm.actions.pools import release_customer, release_deal
from dealrail.crm.engine import phone_key
from dealrail.crm.errors import FieldRefused, NoPool, UnknownPool
from dealrail.crm.models import Contact, Customer, Pool, Source
from dealrail.crm.queries.sight import about_for_change
from dealrail.events.engine import record
from dealrail.forms import policy, queries, rules
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.engine import Files, bytes_of
from dealrail.forms.errors import FilledForOne, LeadNeedsMore, LeadRefused, LinkFull, TooManyLinks
from dealrail.forms.facts import FormLinkMade, FormLinkShut
from dealrail.forms.models import Form, FormFile, FormLink, FormRecord
from dealrail.process import queries as processes
from dealrail.process.permissions import PROCESS_PUBLISH

A_DAY = timedelta(days=1)
LABELS: dict[str, Any] = {
    "who": gettext_lazy("Your name"),
    "phone": gettext_lazy("Your phone"),
    "company": gettext_lazy("Your company"),
    "name": gettext_lazy("Name"),
    "source": gettext_lazy("Source"),
    "days": gettext_lazy("How many days it works"),
}


@transaction.atomic
def make_form_link(
    *, actor: Actor, key: str, deal_id: int | None = None, customer_id: int | None = None, days: int = rules.LINK_DAYS
) -> FormLink:
    """A link by which this form is filled in once for a deal or a customer; one made before for the same is shut.

    Raises FilledForOne where both are named, NotFound, NotAllowed, FormNotOffered, FormElsewhere or FieldRefused.
    """
    if deal_id is not None and customer_id is not None:
        raise FilledForOne()
    form = queries.form(key)
    policy.require_offered(form, "customer" if deal_id is None else "deal")
    if not 1 <= days <= rules.MOST_LINK_DAYS:
        problem = _("Write a number from 1 to %(most)s.") % {"most": rules.MOST_LINK_DAYS}
        raise _refused("days", problem)
    deal, customer = about_for_change(actor, deal_id, customer_id)
    about: Any = deal or customer
    policy.require_can_fill(actor, about)
    for old in FormLink.objects.filter(form=form, deal=deal, customer=customer, is_open=True):
        _shut(old, actor)
    until = clock.now() + timedelta(days=days)
    return _made(FormLink(form=form, deal=deal, customer=customer, until=until), str(about.name), actor)


@transaction.atomic
def make_lead_link(
    *,
    actor: Actor,
    key: str,
    name: str,
    process: str = "",
    owner_id: int | None = None,
    pool_id: int | None = None,
    source: str = "",
) -> FormLink:
    """A link under a name, as of the website it stands on, by which whoever fills this form in becomes a lead.

    A form about deals starts one in `process`. What comes of it belongs to a person, or lies in a pool: the default one
    unless named. Raises NotAllowed, NotFound, FormNotOffered, TooManyLinks, FieldRefused, NoSuchProcess, UnknownPerson,
    UnknownPool, NoPool or LeadNeedsMore.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    form = Form.objects.select_for_update().get(pk=queries.form(key).pk)
    policy.require_offered(form, form.about)
    if queries.lead_links(form).filter(is_open=True).count() >= rules.MOST_LINKS:
        raise TooManyLinks(form=form.name, most=rules.MOST_LINKS)
    name = tidy(name)
    if not 1 <= len(name) <= 80 or not is_storable(name):
        raise _refused("name", _("Write 1 to %(longest)s characters.") % {"longest": 80})
    _refuse_lacking(form)
    link = FormLink(
        form=form,
        name=name,
        process=processes.current_version(process).definition.key if form.about == Form.About.DEAL else "",
        owner=people.person(owner_id) if owner_id else None,
        pool=None if owner_id else _pool(pool_id),
        source=_source(source) if source else None,
    )
    return _made(link, "", actor)


@transaction.atomic
def shut_form_link(*, actor: Actor, link_id: int) -> None:
    """Let a link stop working; one that is shut already stays so. Raises NotFound or NotAllowed."""
    link = queries.link_for_change(actor, link_id)
    if link.is_open:
        _shut(link, actor)


@transaction.atomic
def fill_by_link(
    *,
    actor: Actor,
    token: str,
    answers: Mapping[str, Any],
    visitor: Mapping[str, str],
    seen_version: int | None = None,
    files: Files | None = None,
) -> FormRecord:
    """Keep what somebody without a login answered, for the record of the link or for the lead they become.

    `visitor` tells of a lead who, phone and company; somebody known by name or phone becomes no second customer, and is
    looked after by whose they are. Raises LinkDead, LinkFull, FieldRefused, FieldsRefused, UnknownField, FormRenewed
    or LeadRefused.
    """
    link = queries.link_of(token, lock=True)
    about: dict[str, int | None] = {"deal_id": link.deal_id, "customer_id": link.customer_id}
    is_for_record = any(about.values())
    if not is_for_record:
        _refuse_flood(link, files or {})
        wanted = _visitor(visitor)
        with _without_details():
            about = _lead(actor, link, wanted)
    kept = fill_form(
        actor=actor,
        key=link.form.key,
        answers=answers,
        seen_version=seen_version,
        link=link,
        files=files,
        deal_id=about.get("deal_id"),
        customer_id=about.get("customer_id"),
    )
    if is_for_record:
        _shut(link, actor)
    return kept


def _made(link: FormLink, about: str, actor: Actor) -> FormLink:
    link.made_at, link.made_by_id = clock.now(), actor.user_id or None
    link.save()
    record(FormLinkMade(**_told(link), about=about), actor=actor)
    return link


def _shut(link: FormLink, actor: Actor) -> None:
    link.is_open = False
    link.save(update_fields=["is_open"])
    record(FormLinkShut(**_told(link)), actor=actor)


def _told(link: FormLink) -> dict[str, Any]:
    form = link.form
    return {"form_id": form.pk, "key": form.key, "name": form.name, "link_id": link.pk, "link_name": link.name}


def _refused(name: str, problem: str) -> FieldRefused:
    return FieldRefused(field=name, label=LABELS[name], problem=problem)


def _pool(pool_id: int | None) -> Pool:
    pools = crm.release_pools() if pool_id is None else crm.release_pools().filter(pk=pool_id)
    for pool in pools:
        return pool
    raise NoPool() if pool_id is None else UnknownPool(pool=pool_id)


def _source(name: str) -> Source:
    for source in crm.on_the_list("source").filter(name=tidy(name)):
        found: Source = source
        return found
    raise _refused("source", _("There is no source “%(name)s”.") % {"name": name[:80]})


def _refuse_lacking(form: Form) -> None:
    """Refuse where every new record must have a field that was added, which a visitor isn't asked."""
    kinds = ("customer", "contact", "deal")[: 3 if form.about == Form.About.DEAL else 2]
    fields = [field for kind in kinds for field in crm.custom_fields(kind).filter(is_active=True, required=True)]
    if lacking := [field.name for field in fields if not field.default]:
        raise LeadNeedsMore(fields=", ".join(lacking))


def _refuse_flood(link: FormLink, files: Files) -> None:
    """Refuse what is more than a link for everybody takes in a day."""
    kept = FormRecord.objects.filter(link=link, filled_at__gt=clock.now() - A_DAY)
    taken = FormFile.objects.filter(record__in=kept.values("pk")).aggregate(size=Sum("size"))["size"] or 0
    is_large = taken + bytes_of(files) > rules.LINK_DAY_MEGABYTES * MEGABYTE
    if is_large or kept.count() >= rules.LINK_DAY_RECORDS:
        raise LinkFull()


# Becoming a lead


def _visitor(given: Mapping[str, str]) -> dict[str, str]:
    """What a visitor tells of themselves. Refuses with FieldRefused or FieldsRefused."""
    problems, read = Problems(), {}
    for name, longest in rules.VISITOR.items():
        text = tidy(str(given.get(name, "")))
        with problems:
            if len(text) > longest or not is_storable(text):
                raise _refused(name, _("Write a text of at most %(longest)s characters.") % {"longest": longest})
            if not text and name != "company":
                raise _refused(name, _("Write something here."))
        read[name] = text
    with problems:
        if read["phone"]:
            _check_phone(read["phone"])
    problems.refuse()
    return read


def _check_phone(text: str) -> None:
    try:
        formats.phone(text)
    except formats.BadPhone as refusal:
        raise _refused("phone", str(refusal)) from refusal


@contextmanager
def _without_details() -> Iterator[None]:
    """What a record lacks is nothing that a visitor could mend, or should learn."""
    try:
        yield
    except Refusal as refusal:
        raise LeadRefused() from refusal


def _lead(actor: Actor, link: FormLink, wanted: Mapping[str, str]) -> dict[str, int | None]:
    """The deal or customer that a visitor becomes, for the one who looks after them already or as the link says."""
    customer, is_new = _customer(actor, link, wanted)
    known = None if is_new else customer.owner
    owner_id = known.pk if known and known.is_active else _owner_id(link)
    if link.form.about == Form.About.CUSTOMER:
        return {"customer_id": customer.pk}
    fields = {"name": f"{customer.name} · {link.form.name}"[:120], "customer": customer.pk, **_from(link)}
    deal = create_deal(actor=actor, process=link.process, fields=fields, owner_id=owner_id)
    if owner_id is None:
        release_deal(actor=actor, deal_id=deal.pk, reason=_reason(link), pool_id=link.pool_id)
    return {"deal_id": deal.pk}


def _customer(actor: Actor, link: FormLink, wanted: Mapping[str, str]) -> tuple[Customer, bool]:
    """The customer of this company or phone, or a new one; and whether it is new."""
    company, key = formats.name_key(wanted["company"]), phone_key(wanted["phone"])
    take_turns("form_lead", [key, company])
    contact = {"name": wanted["who"], "phone": wanted["phone"]}
    if known := crm.same_customer(name_key=company, phone_key=key).first() or _whose_contact(key):
        if not known.contacts.filter(phone_key=key).exists():
            create_contact(actor=actor, customer_id=known.pk, fields=contact)
        return known, False
    owner_id = _owner_id(link)
    fields = {"name": wanted["company"] or wanted["who"], "phone": wanted["phone"], **_from(link)}
    # people of the same name are not the same, and the same company was looked for above
    made = create_customer(actor=actor, fields=fields, owner_id=owner_id, allow_duplicate=True)
    create_contact(actor=actor, customer_id=made.pk, fields=contact)
    if owner_id is None:
        made = release_customer(actor=actor, customer_id=made.pk, reason=_reason(link), pool_id=link.pool_id)
    return made, True


def _owner_id(link: FormLink) -> int | None:
    """Who gets what comes by a link; nobody once they are gone, and it lies in the default pool."""
    return link.owner_id if link.owner and link.owner.is_active else None


def _from(link: FormLink) -> dict[str, str]:
    """The source of what comes by a link, as long as it is on the list: a brochure outlasts it."""
    return {"source": link.source.name} if link.source and link.source.is_active else {}


def _whose_contact(key: str) -> Customer | None:
    """The customer at which somebody has this phone."""
    contacts = Contact.objects.filter(phone_key=key, deleted_at__isnull=True, customer__deleted_at__isnull=True)
    for contact in contacts.select_related("customer__owner").order_by("pk"):
        found: Customer = contact.customer
        return found
    return None


def _reason(link: FormLink) -> str:
    return _("“%(form)s” was filled in by the link “%(link)s”.") % {"form": link.form.name, "link": link.name}
