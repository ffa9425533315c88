"""Finding follow-ups, tasks and plans, and the texts and links that go with them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import OrderBy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import User
from dealrail.accounts.rules import token_digest
from dealrail.activities import policy
from dealrail.activities.models import Activity, CalendarFeed, Task, TextTemplate
from dealrail.core.filters import Field, FieldType
from dealrail.crm import queries as crm
from dealrail.crm.models import CustomField, Deal
from dealrail.crm.queries.custom import filter_fields
from dealrail.crm.queries.sight import ABOUT_LIVING, about_visible
from dealrail.process.rules import State

MOST_PLANS = 10
MOST_IN_FEED = 500


def activities(actor: Actor) -> QuerySet[Activity]:
    """Every follow-up on a deal or customer the actor may see, and one's own; newest first."""
    living = Activity.objects.filter(ABOUT_LIVING)
    rows = living.select_related("author", "contact", "deal", "customer").order_by("-occurred_at", "-pk")
    return rows.filter(about_visible(actor) | Q(author=actor.user_id))


def activity(actor: Actor, activity_id: int) -> Activity:
    """One follow-up; refuse with NotFound, also when it is not the actor's to see."""
    found = activities(actor).filter(pk=activity_id).first()
    if found is None:
        raise NotFound()
    return found


def tasks(actor: Actor) -> QuerySet[Task]:
    """Every task the actor may see, those due first on top."""
    return (
        Task.objects.filter(policy.visible_tasks(actor))
        .select_related("owner", "deal", "customer")
        .order_by("done_at", "due_at", "pk")
    )


def task(actor: Actor, task_id: int) -> Task:
    """One task; refuse with NotFound, also when it is not the actor's to see."""
    found = tasks(actor).filter(pk=task_id).first()
    if found is None:
        raise NotFound()
    return found


def activity_kinds() -> dict[str, Any]:
    """The kinds of follow-ups by key."""
    return dict(Activity.Kind.choices)


_FILE_KINDS = {
    "pdf": _("PDF"),
    "image": _("picture"),
    "document": _("text document"),
    "sheet": _("spreadsheet"),
    "slides": _("slides"),
    "archive": _("ZIP archive"),
}


def file_kinds() -> dict[str, Any]:
    """The kinds of files by key, as conditions tell them apart."""
    return _FILE_KINDS


def task_kinds() -> dict[str, Any]:
    """The kinds of tasks by key."""
    return dict(Task.Kind.choices)


def activities_about(actor: Actor, customer_id: int) -> QuerySet[Activity]:
    """Follow-ups with a customer, those on its deals included, that the actor may see."""
    return activities(actor).filter(pk__in=_with_customer(Activity, customer_id))


def follow_ups_in_stage(run_id: int) -> QuerySet[Activity]:
    """Follow-ups made in the stage that a run is in, the newest first."""
    made = Activity.objects.filter(stay__run=run_id, stay__left_at__isnull=True)
    return made.order_by("-occurred_at", "-pk")


def words_of(activity_ids: Collection[int]) -> dict[int, str]:
    """What these follow-ups say now, corrections included, for who may read their events."""
    return dict(Activity.objects.filter(pk__in=activity_ids).values_list("pk", "text")) if activity_ids else {}


def added_to(actor: Actor, activity_ids: Collection[int]) -> dict[int, list[tuple[CustomField, str]]]:
    """What these follow-ups hold now in fields that were added and the actor may see, in words; nothing left out."""
    fields = crm.fields_seen(actor, "activity") if activity_ids else []
    rows = Activity.objects.filter(pk__in=activity_ids).select_related("deal", "customer") if fields else ()
    found = [row for row in rows if row.custom]
    crm.point(actor, found, crm.pointers(fields))
    return {
        row.pk: [(field, words) for field in fields if (words := crm.custom_words(actor, row, field))] for row in found
    }


def tasks_about(actor: Actor, customer_id: int) -> QuerySet[Task]:
    """Open tasks about a customer, those on its deals included, that the actor may see."""
    mine = tasks(actor).filter(done_at__isnull=True, dropped=False)
    return mine.filter(pk__in=_with_customer(Task, customer_id))


def _with_customer(table: type[Activity] | type[Task], customer_id: int) -> QuerySet[Any, Any]:
    """The keys of what is about a customer or one of its deals: two looks into indexes, where an OR would read all."""
    rows = table._default_manager.order_by().values("pk")
    return rows.filter(customer=customer_id).union(rows.filter(deal__customer=customer_id))


def open_tasks_of(actor: Actor) -> QuerySet[Task]:
    """What the actor has to do, those due first on top."""
    mine = Task.objects.filter(ABOUT_LIVING, owner=actor.user_id, done_at__isnull=True, dropped=False)
    return mine.select_related("deal", "customer").order_by("due_at", "pk")


@dataclass(frozen=True)
class Done:
    """How much somebody did: follow-ups today and this week, and customers first spoken to today."""

    today: int
    week: int
    first_contacts: int


def done_by(user_id: int, now: datetime) -> Done:
    """What a person did today and since Monday; a customer is first spoken to when no follow-up came before."""
    today, monday = day_and_week(now)
    before = Activity.objects.filter(customer=OuterRef("customer"), occurred_at__lt=today)
    mine = Activity.objects.filter(author=user_id, occurred_at__gte=monday)
    # only who was spoken to today is looked up
    known = Case(When(occurred_at__gte=today, then=Exists(before)), default=Value(True), output_field=BooleanField())
    counted = mine.annotate(known=known).aggregate(
        today=Count("pk", filter=Q(occurred_at__gte=today)),
        week=Count("pk"),
        first=Count("customer", distinct=True, filter=Q(occurred_at__gte=today, known=False)),
    )
    return Done(today=counted["today"], week=counted["week"], first_contacts=counted["first"])


def day_and_week(now: datetime) -> tuple[datetime, datetime]:
    """When today began, and when this week did: on Monday."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today, today - timedelta(days=today.weekday())


def follow_ups_since(actor: Actor, user_ids: Collection[int], since: datetime) -> dict[int, int]:
    """How many follow-ups each of these people made since then with what the actor may see; who made none is left out.

    None of these people is the actor: one's own follow-ups stay one's own where the deal is no longer to be seen.
    """
    made = Activity.objects.filter(about_visible(actor), author__in=user_ids, occurred_at__gte=since)
    return dict(made.order_by().values_list("author").annotate(Count("pk")))


def overdue(now: datetime) -> Q:
    """Open tasks whose time is past, those of deals no longer under way left out but for plans to look again."""
    look_again = Q(deal__run__state=State.PARKED, kind=Task.Kind.PLAN, stay__isnull=False)
    under_way = Q(deal__isnull=True) | Q(deal__run__state__in=[State.OPEN, State.WON]) | look_again
    return under_way & Q(done_at__isnull=True, dropped=False, due_at__lt=now)


def overdue_tasks(actor: Actor, user_ids: Collection[int], now: datetime) -> dict[int, int]:
    """How many tasks of each of these people that the actor may see are overdue."""
    late = tasks(actor).filter(overdue(now), owner__in=user_ids)
    return dict(late.order_by().values_list("owner").annotate(Count("pk")))


def plans_of(actor: Actor, *, deal_id: int | None = None, customer_id: int | None = None) -> list[Task]:
    """The actor's own open plans for a deal, or for a customer without one, that a follow-up may fulfil; bounded."""
    about = Q(deal=deal_id) if deal_id else Q(deal__isnull=True, customer=customer_id)
    return list(open_tasks_of(actor).filter(about, kind=Task.Kind.PLAN)[:MOST_PLANS])


def earliest_plan(deal: Deal) -> datetime | None:
    """When the first of the follow-ups is due that a deal's owner planned for it and that are still open."""
    return planned_days(deal).first()


def planned_days(deal: Deal) -> QuerySet[Task, Any]:
    """When the follow-ups are due that a deal's owner planned for it and that are still open, the first on top."""
    planned = Task.objects.filter(deal=deal, kind=Task.Kind.PLAN, owner=deal.owner_id, done_at__isnull=True)
    return planned.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True)


def activity_with_parts(activity_id: int) -> Activity:
    """A follow-up with what a row shows, for who has just written it."""
    return Activity.objects.select_related("author", "contact", "deal", "customer").get(pk=activity_id)


def planned(
    actor: Actor, *, owners: Collection[int] | None, end: datetime, start: datetime | None = None
) -> QuerySet[Task]:
    """Open tasks and plans due from `start` until before `end` that the actor may see; of these owners, or of all."""
    rows = tasks(actor).filter(done_at__isnull=True, dropped=False, due_at__lt=end).order_by("due_at", "pk")
    rows = rows if owners is None else rows.filter(owner__in=owners)
    return rows if start is None else rows.filter(due_at__gte=start)


def by_due_date() -> list[OrderBy]:
    """The order of a calendar."""
    return [F("due_at").asc(nulls_last=True), F("pk").asc()]


def feed_tasks(actor: Actor) -> QuerySet[Task]:
    """What a calendar elsewhere shows of the actor's open tasks and plans; bounded."""
    return open_tasks_of(actor).filter(due_at__isnull=False)[:MOST_IN_FEED]


def text_template(actor: Actor, template_id: int) -> TextTemplate:
    """One of one's own texts or of everybody's; refuse with NotFound."""
    found = text_templates(actor).filter(pk=template_id).first()
    if found is None:
        raise NotFound()
    return found


def text_templates(actor: Actor) -> QuerySet[TextTemplate]:
    """The texts one may start a follow-up from: one's own, then everybody's."""
    mine = TextTemplate.objects.filter(Q(owner=actor.user_id) | Q(owner__isnull=True))
    return mine.order_by(F("owner").desc(nulls_last=True), "name", "pk")


def shared_texts() -> QuerySet[TextTemplate]:
    """Everybody's texts."""
    return TextTemplate.objects.filter(owner__isnull=True).order_by("name", "pk")


def own_texts(actor: Actor) -> QuerySet[TextTemplate]:
    """One's own texts."""
    return TextTemplate.objects.filter(owner=actor.user_id).order_by("name", "pk")


def calendar_feed(actor: Actor) -> CalendarFeed | None:
    """One's calendar link, of which only the dates are known."""
    return CalendarFeed.objects.filter(user=actor.user_id).first()


def owner_of_feed(secret: str) -> User | None:
    """The active person whose calendar this secret opens."""
    found = CalendarFeed.objects.select_related("user").filter(digest=token_digest(secret), user__is_active=True)
    feed = found.first()
    return feed.user if feed else None


def open_tasks_owned_by(user_id: int) -> QuerySet[Task]:
    """Everything a person still has to do, for who hands it over."""
    mine = Task.objects.filter(ABOUT_LIVING, owner=user_id, done_at__isnull=True, dropped=False)
    return mine.order_by("pk")


def with_tasks_of_people(about: str, record_ids: Collection[int]) -> set[int]:
    """Those of these deals or customers (`about`) for which somebody gave a task; the SOP's own don't count."""
    given = Task.objects.filter(**{f"{about}__in": record_ids}, created_by__isnull=False)
    return set(given.values_list(about, flat=True))


# The business line that the deal's process belongs to.
LINE = Field(name="line", path="deal__run__version__definition__line", type=FieldType.REF, label="line")


def activity_fields(actor: Actor) -> list[Field]:
    """What the filter language knows of follow-ups, with the fields that were added and the actor may see."""
    return [
        Field(name="id", path="pk", type=FieldType.NUMBER, label="id", nullable=False),
        Field(name="kind", path="kind", type=FieldType.CHOICE, label="kind", nullable=False),
        Field(name="deal", path="deal", type=FieldType.REF, label="deal"),
        Field(name="customer", path="customer", type=FieldType.REF, label="customer"),
        Field(name="author", path="author", type=FieldType.PERSON, label="author", sort_path="author__name"),
        LINE,
        Field(name="text", path="text", type=FieldType.TEXT, label="text", nullable=False),
        Field(
            name="occurred_at",
            path="occurred_at",
            type=FieldType.DATETIME,
            label="occurred_at",
            nullable=False,
        ),
        *filter_fields(actor, "activity"),
    ]


def task_fields(actor: Actor) -> list[Field]:
    """What the filter language knows of tasks."""
    return [
        Field(name="id", path="pk", type=FieldType.NUMBER, label="id", nullable=False),
        Field(name="kind", path="kind", type=FieldType.CHOICE, label="kind", nullable=False),
        Field(name="title", path="title", type=FieldType.TEXT, label="title", nullable=False),
        Field(name="deal", path="deal", type=FieldType.REF, label="deal"),
        Field(name="customer", path="customer", type=FieldType.REF, label="customer"),
        Field(name="owner", path="owner", type=FieldType.PERSON, label="owner", sort_path="owner__name"),
        LINE,
        Field(name="due_at", path="due_at", type=FieldType.DATETIME, label="due_at"),
        Field(name="done_at", path="done_at", type=FieldType.DATETIME, label="done_at"),
    ]
