"""What the fixed fields of deals, customers, contacts and products are called."""

from typing import Any

from django.utils.translation import gettext_lazy as _

LABELS: dict[str, Any] = {
    "name": _("Name"),
    "customer": _("Customer"),
    "product": _("Product"),
    "region": _("Region"),
    "source": _("Source"),
    "amount": _("Amount"),
    "expected_close": _("Expected close"),
    "owner": _("Owner"),
    "code": _("Code"),
    "credit_code": _("Credit code"),
    "phone": _("Phone"),
    "grade": _("Grade"),
    "grade_reason": _("Reason for the grade"),
    "industry": _("Industry"),
    "address": _("Address"),
    "website": _("Website"),
    "notes": _("Notes"),
    "parent": _("Parent company"),
    "title": _("Job title"),
    "role": _("Part in the decision"),
    "email": _("Mail address"),
    "wechat": _("WeChat"),
    "series": _("Series"),
    "unit": _("Unit"),
    "price": _("Price"),
    "is_active": _("On the list"),
}
