"""The first run on screen: the first administrator, then company, processes, people and a sheet."""

from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from dealrail.accounts import policy
from dealrail.accounts import queries as accounts
from dealrail.accounts.actions import invitations
from dealrail.accounts.actions.company import change_company, finish_set_up
from dealrail.accounts.actions.units import change_unit, create_unit
from dealrail.accounts.actor import Actor
from dealrail.accounts.checks import checked_new
from dealrail.accounts.permissions import COMPANY_MANAGE
from dealrail.core.errors import Refusal
from dealrail.core.problems import Problems
from dealrail.crm.actions.founding import found_company
from dealrail.process import queries as processes
from dealrail.process import texts
from dealrail.process.actions.definitions import publish_process
from dealrail.web.account.adapter import log_in
from dealrail.web.inputs import Input, filled, typed
from dealrail.web.people.inviting import PasswordsDiffer, link_of
from dealrail.web.settings.views import company_inputs
from dealrail.web.setup.checklist import steps
from dealrail.web.setup.sample import bring_sample
from dealrail.web.signed_in import actor_of

MOST_PEOPLE = 20
ROWS = 5
NOBODY = ("", "sales", "")
LEADER = "sales_manager"
KEPT_LINKS = "setup_links"


class WrongCode(Refusal):
    code = "wrong_first_run_code"
    status = 403
    sentence = _("This code is not the one that “dealrail serve” shows where it runs. Copy it from there.")


class NoProcessChosen(Refusal):
    code = "no_process_chosen"
    sentence = _("Choose at least one process.")


def founder_inputs() -> list[Input]:
    """Inputs for the first administrator."""
    return [
        Input(
            "code",
            pgettext_lazy("first run", "Code"),
            required=True,
            help=_("“dealrail serve” shows it where it runs."),
        ),
        Input("name", _("Your name"), required=True),
        Input("login", _("Login"), required=True, help=_("Letters and digits, for example li.lei.")),
        Input("password", _("Password"), kind="password", required=True, help=_("At least 10 characters.")),
        Input("again", _("Password again"), kind="password", required=True),
    ]


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again", "code")
def setup(request: HttpRequest) -> HttpResponse:
    """Make the first administrator while nobody exists; afterwards on to what is left."""
    if not accounts.is_empty():
        return _on(request)
    if request.method != "POST":
        return _founder(request, {"code": request.GET.get("code", "")})
    values = typed(request.POST, founder_inputs())
    try:
        founder = _founded(values)
    except Refusal as refusal:
        return _founder(request, values, refusal)
    return log_in(request, founder, onward="setup_company")


def _founded(values: dict[str, Any]) -> Any:
    given = {name: str(values.get(name, "")) for name in ("code", "name", "login", "password", "again")}
    problems = Problems()
    with problems:
        if not constant_time_compare(given["code"].strip(), accounts.first_run_code()):
            raise WrongCode(field="code")
    with problems:
        if given["password"] != given["again"]:
            raise PasswordsDiffer(field="again")
    fields = {name: given[name] for name in ("login", "name", "password")}
    with problems:
        checked_new(**fields)
    problems.refuse()
    return found_company(actor=Actor.system("web"), **fields)


def _founder(request: HttpRequest, values: dict[str, Any], refusal: Refusal | None = None) -> HttpResponse:
    context = {"inputs": filled(founder_inputs(), values, refusal), "refusal": refusal}
    return render(request, "setup/founder.html", context, status=refusal.status if refusal else 200)


def _on(request: HttpRequest) -> HttpResponse:
    """To the first step that is left, or home; whoever isn't logged in logs in first."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    actor = actor_of(request)
    if not actor.may(COMPANY_MANAGE):
        return redirect("home")
    left = [step.name for step in steps(actor) if not step.is_done]
    return redirect(left[0] if left else "home")


def _step(
    request: HttpRequest, actor: Actor, name: str, context: dict[str, Any], refusal: Refusal | None = None
) -> HttpResponse:
    shown = {"steps": steps(actor), "step": name, "refusal": refusal, **context}
    return render(request, f"setup/{name}.html", shown, status=refusal.status if refusal else 200)


def _manager(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    policy.require(actor, COMPANY_MANAGE)
    return actor


def setup_company(request: HttpRequest) -> HttpResponse:
    """First question: what the company is called."""
    actor, found = _manager(request), accounts.company()
    values: dict[str, Any] = {"name": found.name, "language": found.language}
    refusal = None
    if request.method == "POST":
        values = typed(request.POST, company_inputs())
        try:
            change_company(actor=actor, name=values.get("name", ""), language=values.get("language", ""))
        except Refusal as refused:
            refusal = refused
        else:
            return redirect("setup_process")
    return _step(request, actor, "company", {"inputs": filled(company_inputs(), values, refusal)}, refusal)


@dataclass(frozen=True)
class Template:
    """A process that ships, with its stages, and whether it is in force already."""

    key: str
    name: str
    about: str
    stages: list[str]
    is_published: bool


def _templates() -> list[Template]:
    published = set(processes.definitions().values_list("key", flat=True))
    found = []
    for file in texts.template_names():
        content = texts.template(file)
        stages = [str(stage["name"]) for stage in content["stages"]]
        key = str(content["process"])
        about = str(content.get("description", ""))
        found.append(Template(file, str(content["name"]), about, stages, key in published))
    return found


def setup_process(request: HttpRequest) -> HttpResponse:
    """Second question: how the company sells."""
    actor, templates = _manager(request), _templates()
    chosen = request.POST.getlist("template")
    refusal = None
    if request.method == "POST":
        try:
            _publish(actor, [row.key for row in templates if row.key in chosen and not row.is_published])
        except Refusal as refused:
            refusal = refused
        else:
            return redirect("setup_people")
    return _step(request, actor, "process", {"templates": templates, "chosen": chosen}, refusal)


@transaction.atomic
def _publish(actor: Actor, wanted: list[str]) -> None:
    if not wanted and not processes.definitions().exists():
        raise NoProcessChosen()
    for key in wanted:
        publish_process(actor=actor, content=texts.template(key), note=gettext("Template"))


@never_cache
def setup_people(request: HttpRequest) -> HttpResponse:
    """Third question: who works here. Each gets a link, shown once."""
    actor = _manager(request)
    links = request.session.pop(KEPT_LINKS, []) if request.method != "POST" else []
    context: dict[str, Any] = {"roles": accounts.all_roles(), "rows": [NOBODY] * ROWS, "links": links}
    context["units"] = accounts.all_units()
    refusal = None
    if request.method == "POST":
        wanted = _asked(request)
        if not wanted:
            return redirect("setup_sheet")
        try:
            request.session[KEPT_LINKS] = _invited(request, actor, wanted)
        except Refusal as refused:
            refusal, context["rows"] = refused, [*wanted, *[NOBODY] * (ROWS - len(wanted))]
        else:
            return redirect("setup_people")
    return _step(request, actor, "people", context, refusal)


def _asked(request: HttpRequest) -> list[tuple[str, str, str]]:
    """Name, role and department of each row that names somebody."""
    posted = request.POST
    rows = zip_longest(posted.getlist("name"), posted.getlist("role"), posted.getlist("unit"), fillvalue="")
    return [(name.strip(), role, unit.strip()) for name, role, unit in islice(rows, MOST_PEOPLE) if name.strip()]


@transaction.atomic
def _invited(request: HttpRequest, actor: Actor, wanted: list[tuple[str, str, str]]) -> list[dict[str, str]]:
    """Invite everybody, into departments that are made as they are named; the first leader of one leads it."""
    made = []
    for name, role, unit_name in wanted:
        unit = _unit(actor, unit_name)
        user, token = invitations.invite_user(
            actor=actor, name=name, roles=[role] if role else [], unit_id=unit.pk if unit else None
        )
        if unit and unit.leader_id is None and role == LEADER:
            change_unit(actor=actor, unit_id=unit.pk, leader_id=user.pk)
        made.append((user, token))
    return [{"name": user.name, "login": user.login, "link": link_of(request, token)} for user, token in made]


def _unit(actor: Actor, name: str) -> Any:
    if not name:
        return None
    return accounts.all_units().filter(name=name).first() or create_unit(actor=actor, name=name)


def setup_sheet(request: HttpRequest) -> HttpResponse:
    """Fourth question: a sheet, sample data, or neither; then the board."""
    actor = _manager(request)
    if request.method != "POST":
        return _step(request, actor, "sheet", {})
    how = request.POST.get("how", "")
    if how == "sample":
        bring_sample(actor)
        messages.success(request, gettext("Sample data is in place. “Import” can undo it whenever you like."))
    finish_set_up(actor=actor)
    return redirect("imports" if how == "sheet" else "board")
