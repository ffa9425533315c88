"""A form for each kind of condition; a kind that has none here is shown as its text and left untouched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealrail.activities import queries as activities
from dealrail.crm import queries as crm
from dealrail.crm.rules import CUSTOMER_FIELDS, DEAL_FIELDS
from dealrail.forms import queries as forms
from dealrail.process.rules import ProcessSpec
from dealrail.web.inputs import Input, options
from dealrail.web.processes.designer.approval_form import Config, Parts, approval_config, approval_parts, fits
from dealrail.web.processes.designer.ordering import in_order
from dealrail.web.processes.designer.stage_form import Ticks, number
from dealrail.web.processes.handbook import role_names


@dataclass(frozen=True)
class KindForm:
    """How a kind of condition is set: what it is called, the inputs for its settings, and the settings they say.

    `fits` tells whether the form can hold settings that were written as text.
    """

    label: Any
    parts: Callable[[ProcessSpec, Config], Parts]
    config: Callable[[QueryDict], dict[str, Any]]
    fits: Callable[[Config], bool] = lambda config: True


def _list(config: Config, name: str) -> list[str]:
    value = config.get(name)
    return [str(one) for one in value] if isinstance(value, list) else []


def _ticks(name: str, label: Any, known: Mapping[str, Any], chosen: list[str], *, is_ordered: bool = False) -> Ticks:
    """Boxes for what there is, and for what is chosen and isn't there any more."""
    offered = [*known.items(), *((key, key) for key in chosen if key not in known)]
    return Ticks(name, label, offered, chosen, is_ordered=is_ordered)


def _fields(spec: ProcessSpec, config: Config) -> Parts:
    labels = crm.deal_labels(spec)
    known = {key: labels[key] for key in (*DEAL_FIELDS, *spec.field_names())} | crm.gate_names("deal")
    return [_ticks("fields", _("These must be filled in"), known, _list(config, "fields"), is_ordered=True)]


def _actions(spec: ProcessSpec, config: Config) -> Parts:
    known = {action.key: action.name for action in spec.actions}
    return [_ticks("actions", _("These must be done"), known, _list(config, "actions"), is_ordered=True)]


def _follow_ups(spec: ProcessSpec, config: Config) -> Parts:
    days = Input("within_days", _("In the last days"), "number", value=config.get("within_days"))
    return [
        Input("at_least", _("At least how many"), "number", value=config.get("at_least", 1)),
        replace(days, help=_("Left empty: since the deal is in this stage.")),
        _ticks("of", _("Only of these kinds (none ticked: of any)"), activities.activity_kinds(), _list(config, "of")),
    ]


def _follow_ups_config(posted: QueryDict) -> dict[str, Any]:
    return {
        "at_least": number(posted.get("at_least", "")),
        "of": posted.getlist("of"),
        "within_days": number(posted.get("within_days", "")),
    }


def _contacts(spec: ProcessSpec, config: Config) -> Parts:
    roles = options(crm.contact_roles().items(), none=_("Any part in the decision"))
    return [
        Input("at_least", _("At least how many"), "number", value=config.get("at_least", 1)),
        Input("role", _("With the part"), "select", value=config.get("role", ""), options=roles),
    ]


def _customer(spec: ProcessSpec, config: Config) -> Parts:
    known = {key: crm.LABELS[key] for key in CUSTOMER_FIELDS} | crm.gate_names("customer")
    asked = _("These must be filled in for the customer")
    return [_ticks("fields", asked, known, _list(config, "fields"), is_ordered=True)]


def _files(spec: ProcessSpec, config: Config) -> Parts:
    since = (("", _("Whenever they were added")), ("stage", _("Added in this stage")))
    return [
        Input("at_least", _("At least how many"), "number", value=config.get("at_least", 1)),
        Input("since", _("Which files count"), "select", value=config.get("since", ""), options=since),
        _ticks("of", _("Only of these kinds (none ticked: of any)"), activities.file_kinds(), _list(config, "of")),
    ]


def _files_config(posted: QueryDict) -> dict[str, Any]:
    return {
        "at_least": number(posted.get("at_least", "")),
        "since": posted.get("since") or None,
        "of": posted.getlist("of"),
    }


def _form(spec: ProcessSpec, config: Config) -> Parts:
    # not called “form”: a form's own property of that name is what scripts go by
    since = (("", _("Whenever it was filled in")), ("stage", _("Filled in during this stage")))
    chosen = str(config.get("form") or "")
    offered = {form.key: form.name for form in forms.offered()}
    shown = options({**offered, **_gone(offered, chosen)}.items())
    days = Input("within_days", _("In the last days"), "number", value=config.get("within_days"))
    return [
        Input("form_key", _("Form"), "select", value=chosen, options=shown),
        Input("since", _("When it counts"), "select", value=config.get("since", ""), options=since),
        replace(days, help=_("Left empty: however long ago.")),
    ]


def _gone(offered: Mapping[str, str], chosen: str) -> dict[str, str]:
    """What is chosen and isn't there any more."""
    return {chosen: chosen} if chosen and chosen not in offered else {}


def _form_config(posted: QueryDict) -> dict[str, Any]:
    return {
        "form": posted.get("form_key") or None,
        "since": posted.get("since") or None,
        "within_days": number(posted.get("within_days", "")),
    }


def waiving(row: Config) -> Parts:
    """Who may waive a condition, of whatever kind."""
    ways = (("", _("Whoever may waive conditions")), ("no", _("It can't be waived")))
    chosen = _list(row, "waivable_by")
    return [
        Input(
            "waivable",
            _("Who may waive it"),
            "select",
            value="no" if row.get("waivable") is False else "",
            options=ways,
        ),
        _ticks("waivable_by", _("Of them only these roles (none ticked: all)"), role_names(), chosen),
    ]


def waiving_config(posted: QueryDict) -> dict[str, Any]:
    """What these inputs say."""
    return {
        "waivable": False if posted.get("waivable") == "no" else None,
        "waivable_by": posted.getlist("waivable_by"),
    }


def _cooling(spec: ProcessSpec, config: Config) -> Parts:
    return [Input("days", _("Days in this stage"), "number", value=config.get("days"), required=True)]


KIND_FORMS: dict[str, KindForm] = {
    "fields.filled": KindForm(_("Facts filled in"), _fields, lambda posted: {"fields": in_order(posted, "fields")}),
    "activities.done": KindForm(_("Actions done"), _actions, lambda posted: {"actions": in_order(posted, "actions")}),
    "activities.follow_ups": KindForm(_("Follow-ups made"), _follow_ups, _follow_ups_config),
    "contacts.known": KindForm(
        _("Contacts known"),
        _contacts,
        lambda posted: {"at_least": number(posted.get("at_least", "")), "role": posted.get("role") or None},
    ),
    "customer.filled": KindForm(
        _("Facts of the customer filled in"), _customer, lambda posted: {"fields": in_order(posted, "fields")}
    ),
    "files.attached": KindForm(_("Files attached"), _files, _files_config),
    "form.filled": KindForm(_("Form filled in"), _form, _form_config),
    "process.approval": KindForm(pgettext_lazy("condition", "Approval"), approval_parts, approval_config, fits),
    "process.cooling": KindForm(_("Cooling time"), _cooling, lambda posted: {"days": number(posted.get("days", ""))}),
}


def form_for(kind: str, config: Config) -> KindForm | None:
    """The form for these settings; None where they can only be read."""
    form = KIND_FORMS.get(kind)
    return form if form and form.fits(config) else None
