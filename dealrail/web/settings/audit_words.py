"""What every kind of event is called in the audit log, and what its subject is."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.activities.queries import action_labels
from dealrail.crm.actions.layouts import LAYOUT_PARTS
from dealrail.crm.actions.pools import LIMIT_LABELS
from dealrail.crm.engine.describing import FIELD_LABELS
from dealrail.crm.mappings import KIND_LABELS
from dealrail.crm.queries import LABELS, PLACE_NAMES, contact_roles, layout_words
from dealrail.forms.actions.making import LABELS as FORM_LABELS
from dealrail.process.actions.lines import LINE_LABELS

# what an export or a bulk step is about
KIND_WORDS: dict[str, Any] = {
    **KIND_LABELS,
    "tasks": _("Tasks"),
    "activities": _("Follow-ups"),
    "log": _("Audit log"),
    "form_records": _("Forms filled in"),
}
SUBJECTS: dict[str, Any] = {
    "deal": _("Deal"),
    "customer": _("Customer"),
    "activity": _("Follow-up"),
    "task": _("Task"),
    "user": _("People"),
    "unit": _("Department"),
    "role": _("Role"),
    "company": _("Company"),
    "calendar": _("Working time"),
    "view": _("View"),
    "bulk": _("Bulk action"),
    "process": _("Process"),
    "draft": _("Draft of a process"),
    "line": _("Business line"),
    "action_template": _("Action of the library"),
    "pool": _("Public pool"),
    "product": _("Product"),
    "region": _("Region"),
    "source": _("Source"),
    "import": _("Import"),
    "field": _("Field"),
    "layout": _("Layout"),
    "form": _("Form"),
    "picture": _("Picture"),
}
KINDS: dict[str, Any] = {
    "deal.created": _("Deal created"),
    "deal.history_told": _("Deal brought in as it was"),
    "deal.placed": _("Past stage brought in"),
    "deal.changed": _("Deal changed"),
    "deal.stage_changed": _("Deal moved"),
    "deal.lost": _("Deal lost"),
    "deal.parked": _("Deal set aside"),
    "deal.reopened": _("Deal reopened"),
    "deal.migrated": _("Deal taken over to another version"),
    "deal.owner_changed": _("Deal handed over"),
    "deal.deleted": _("Deal deleted"),
    "deal.restored": _("Deal restored"),
    "deal.removed": _("Deal removed for good"),
    "deal.debts_settled": _("Outstanding steps settled"),
    "deal.file_attached": _("File attached to a deal"),
    "deal.file_removed": _("File of a deal removed"),
    "deal.file_restored": _("File of a deal restored"),
    "deal.form_filled": _("Form filled in for a deal"),
    "deal.collaborator_added": _("Collaborator added"),
    "deal.collaborator_changed": _("Collaborator changed"),
    "deal.collaborator_removed": _("Collaborator removed"),
    "deal.comment_added": _("Comment on a deal"),
    "deal.comment_removed": _("Comment on a deal removed"),
    "deal.handed_over": _("Stage handed over"),
    "deal.hand_over_vacant": _("Nobody to hand over to"),
    "deal.hand_over_seen": _("Hand-over seen"),
    "deal.waiver_asked": _("Waiver asked for"),
    "deal.waiver_answered": _("Waiver answered"),
    "deal.waiver_withdrawn": _("Request for a waiver withdrawn"),
    "customer.comment_added": _("Comment on a customer"),
    "customer.comment_removed": _("Comment on a customer removed"),
    "approval.asked": _("Approval asked for"),
    "approval.agreed": _("Approval given by one of several"),
    "approval.decided": _("Approval decided"),
    "approval.delegated": _("Approval passed on"),
    "approval.reminded": _("Approvers reminded"),
    "approval.approver_added": _("Approver added"),
    "approval.withdrawn": _("Approval taken back"),
    "condition.waived": _("Condition waived"),
    "activity.recorded": _("Follow-up written"),
    "activity.recorded_for_customer": _("Follow-up with a customer written"),
    "activity.corrected": _("Follow-up corrected"),
    "action.completed": _("SOP action done"),
    "action.taken_back": _("SOP action taken back"),
    "task.created": _("Task given"),
    "task.changed": _("Task changed"),
    "task.closed": _("Task closed"),
    "task.reopened": _("Task opened again"),
    "customer.created": _("Customer created"),
    "customer.changed": _("Customer changed"),
    "customer.owner_changed": _("Customer handed over"),
    "customer.deleted": _("Customer deleted"),
    "customer.restored": _("Customer restored"),
    "customer.merged": _("Customers merged"),
    "customer.merge_undone": _("Merge undone"),
    "customer.removed": _("Customer removed for good"),
    "customer.file_attached": _("File attached to a customer"),
    "customer.file_removed": _("File of a customer removed"),
    "customer.file_restored": _("File of a customer restored"),
    "customer.form_filled": _("Form filled in for a customer"),
    "deal.form_withdrawn": _("Form about a deal withdrawn"),
    "customer.form_withdrawn": _("Form about a customer withdrawn"),
    "contact.created": _("Contact added"),
    "contact.changed": _("Contact changed"),
    "contact.deleted": _("Contact deleted"),
    "contact.restored": _("Contact restored"),
    "contact.removed": _("Contact removed for good"),
    "product.saved": _("Product saved"),
    "product.removed": _("Product removed"),
    "form.saved": _("Form saved"),
    "form.published": _("Form published"),
    "form.link_made": _("Link to a form made"),
    "form.link_shut": _("Link to a form shut"),
    "field.saved": _("Field saved"),
    "field.recomputed": _("Formula computed anew"),
    "layout.saved": _("Layout saved"),
    "layout.removed": _("Layout taken back"),
    "region.saved": _("Region saved"),
    "region.removed": _("Region removed"),
    "source.saved": _("Source saved"),
    "source.removed": _("Source removed"),
    "pool.saved": _("Public pool saved"),
    "process.published": _("Process published"),
    "line.saved": _("Business line saved"),
    "picture.added": _("Picture for texts of processes added"),
    "draft.started": _("Draft of a process begun"),
    "draft.changed": _("Draft of a process changed"),
    "draft.discarded": _("Draft of a process discarded"),
    "draft.published": _("Draft of a process published"),
    "process.template_set": _("Template of the group set"),
    "process.tried": _("Process tried on running deals or past moves"),
    "process.migration_started": _("Migration of running deals started"),
    "process.migration_finished": _("Migration of running deals finished"),
    "import.started": _("Import started"),
    "import.finished": _("Import finished"),
    "import.failed": _("Import failed"),
    "import.undone": _("Import undone"),
    "export.taken": _("Records exported"),
    "user.created": _("Person added"),
    "user.invited": _("Person invited"),
    "user.invitation_revoked": _("Invitation revoked"),
    "user.joined": _("Person joined"),
    "user.changed": _("Person changed"),
    "user.removed": _("Person removed"),
    "unit.saved": _("Department saved"),
    "unit.removed": _("Department removed"),
    "role.saved": _("Role saved"),
    "role.targets_set": _("Targets of a role set"),
    "role.retired": _("Role taken out of use"),
    "role.restored": _("Role back in use"),
    "user.second_factor_changed": _("Second factor changed"),
    "user.logged_in": _("Logged in"),
    "user.login_failed": _("Log-in failed"),
    "user.seeing_began": _("Began to see as somebody else"),
    "user.seeing_ended": _("Sees as themselves again"),
    "user.looked_as": _("Asked over the API as somebody else"),
    "user.sessions_ended": _("Sessions ended"),
    "token.created": _("API token made"),
    "token.revoked": _("API token revoked"),
    "text_template.saved": _("Text to start from saved"),
    "text_template.removed": _("Text to start from removed"),
    "action_template.saved": _("Action of the library saved"),
    "action_template.collected": _("Actions came into the library"),
    "action_template.example_promoted": _("Follow-up made an example"),
    "action_template.example_taken_back": _("Example taken back"),
    "calendar_feed.renewed": _("Calendar link made"),
    "calendar_feed.revoked": _("Calendar link revoked"),
    "bulk.started": _("Bulk action started"),
    "bulk.finished": _("Bulk action finished"),
    "view.made_standard": _("View made the standard of roles"),
    "view.saved": _("View saved"),
    "view.handed_over": _("View handed over"),
    "view.deleted": _("View deleted"),
    "backup.asked": _("Backup asked for"),
    "backup.made": _("Backup made"),
    "backup.taken": _("Backup downloaded"),
    "company.changed": _("Company changed"),
    "calendar.changed": _("Working time changed"),
    "calendar.days_set": _("Days worked or not"),
    "calendar.removed": _("Working time of a department taken back"),
    "company.set_up": _("First run finished"),
}


FIELDS: dict[str, Any] = {
    **{name: label for name, label in LINE_LABELS.items() if name != "is_active"},
    **action_labels(),
    **LABELS,
    **LIMIT_LABELS,
    **{name: label for name, label in FIELD_LABELS.items() if name != "is_active"},
    **{name: FORM_LABELS[name] for name in ("description", "questions", "shown_when", "required_when")},
    "title": _("Title"),
    "due_at": _("Due"),
    "unit": _("Department"),
    "units": _("Member departments"),
    "admins": _("Administrators"),
    "roles": _("Roles"),
    "login": _("Login"),
    "password": _("Password"),
    "is_active": _("May log in"),
    "scope": _("Data scope"),
    "leader": _("Leader"),
    "language": _("Language"),
}
# Fields whose label elsewhere means something else.
_APART: dict[tuple[str, str], Any] = {
    ("action_template.saved", "is_active"): _("Offered"),
    ("layout.saved", "groups"): LAYOUT_PARTS["groups"],
    ("layout.saved", "with_rest"): LAYOUT_PARTS["with_rest"],
    ("line.saved", "is_active"): LINE_LABELS["is_active"],
    ("unit.saved", "parent"): _("Below"),
    ("field.saved", "is_active"): FIELD_LABELS["is_active"],
    ("form.saved", "is_active"): FIELD_LABELS["is_active"],
    ("product.saved", "is_active"): _("On the list"),
    ("product.saved", "unit"): _("Unit"),
    ("region.saved", "is_active"): _("On the list"),
    ("source.saved", "is_active"): _("On the list"),
}
_YES_NO = {"True": _("yes"), "False": _("no")}


def field_name(kind: str, key: str) -> str:
    """What a changed field is called; of a question of a form, its setting."""
    question, _dot, setting = key.rpartition(".")
    if question and kind == "form.saved":
        return f"{question} · {field_name(kind, setting)}"
    return str(_APART.get((kind, key)) or FIELDS.get(key, key))


def field_value(key: str, value: str | None, place: str) -> str:
    """A value as it was or became, in words; `place` is what a layout is for, nothing for all else."""
    if value is None:
        return "—"
    if key == "groups":
        return layout_words(value, place)
    words = {"scope": people.scopes(), "role": contact_roles(), "language": dict(settings.LANGUAGES)}.get(key, _YES_NO)
    return str(words.get(value, value))


def kind_name(kind: str) -> str:
    """What a kind is called; its key where nobody has named it."""
    return str(KINDS.get(kind, kind))


def subject_name(payload: dict[str, Any], roles: Mapping[str, str]) -> str:
    """What the subject was called when it happened, as far as the event tells; `roles` are called what they are now."""
    if str(payload.get("of")) in KIND_WORDS:
        return str(KIND_WORDS[payload["of"]])
    if "layout_id" in payload:
        whom = roles.get(payload["role"], payload["role"]) or _("Everybody")
        return f"{PLACE_NAMES[payload['place']]} · {whom}"
    named = ("deal_name", "customer_name", "name", "title", "key")
    return next((str(payload[name]) for name in named if payload.get(name)), "")
