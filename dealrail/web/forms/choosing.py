"""Choosing the form that is the evidence of an action."""

from django.utils.translation import gettext_lazy as _

from dealrail.activities import queries as activities
from dealrail.forms import queries as forms
from dealrail.web.inputs import Input, options


def form_input() -> Input:
    """Which form, of those that can be filled in."""
    offered = options((form.key, form.name) for form in forms.offered())
    help_ = _("Only where the evidence is a form. It opens when the action is done.")
    return Input("form", activities.action_labels()["form"], "select", options=offered, help=help_)


def form_names() -> dict[str, str]:
    """What forms are called, by key."""
    return dict(forms.forms().values_list("key", "name"))
