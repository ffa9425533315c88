"""Retiring roles, what permissions mean, and the table of fields and roles, on screen."""

import re
from typing import Any

import pytest
from django.test import Client

from dealrail.accounts import policy
from dealrail.accounts.actions.retiring import retire_role
from dealrail.accounts.actions.roles import save_role
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.models import Role, User
from dealrail.crm.actions.fields import change_field, create_field
from dealrail.crm.models import CustomField
from dealrail.events.models import Event
from dealrail.web.people.allowing import ABOUT, areas
from tests.cast import Company, actor_of, event_kinds, last_event_id
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db
TABLE, NEW_ROLE = "/settings/fields/access/", "/people/new-role/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_every_permission_says_in_a_sentence_what_it_means() -> None:
    assert set(ABOUT) == set(policy.registered)
    assert {line.key for area in areas([]) for line in area.lines} == set(policy.registered)


def test_the_table_of_roles_says_what_each_permission_means(log_in: LogIn, admin: User) -> None:
    page = text(log_in(admin).get("/people/roles/"))
    assert all(str(words).replace("’", "&#x27;") in page for words in ABOUT.values())


def test_a_role_is_taken_out_of_use_and_put_back(company: Company, log_in: LogIn, admin: User, rep: User) -> None:
    save_role(actor=actor_of(admin), key="probe", name="试用", permissions=[], scope="own")
    change_user(actor=actor_of(admin), user_id=rep.pk, roles=["sales", "probe"])
    client = log_in(admin)
    refused = client.post("/people/roles/probe/retire/", {"heir": ""})
    assert refused.status_code == 422
    assert "This role is held by 1 person." in text(refused)
    page = text(client.post("/people/roles/probe/retire/", {"heir": "legal"}, follow=True))
    assert "“试用” is out of use." in page
    assert "may-probe" not in page
    assert "role-retired" in page
    assert not Role.objects.get(key="probe").is_active
    client.post("/people/roles/probe/restore/")
    assert 'name="may-probe"' in text(client.get("/people/roles/"))


def test_the_table_of_fields_leads_to_seeing_as_each_role(log_in: LogIn, admin: User) -> None:
    page = text(log_in(admin).get(TABLE))
    assert 'href="/people/see-as/?role=sales"' in page
    assert "Save the table" not in page  # nothing was added that could be kept from anybody


@pytest.fixture
def field(company: Company) -> CustomField:
    return create_field(actor=actor_of(None), kind="customer", fields={"name": "信用评级", "key": "rating"})


def cells(client: Client) -> dict[str, str]:
    """The form of the table as a browser would send it unchanged."""
    page = text(client.get(TABLE))
    found = dict(re.findall(r'name="(was-[^"]+)" value="([^"]+)"', page))
    for name, options in re.findall(r'<select[^>]*name="(may-[^"]+)"[^>]*>(.*?)</select>', page):
        found[name] = re.findall(r'value="(\w+)" selected', options)[0]
    return found


def test_the_table_of_fields_changes_what_a_role_may_and_nothing_else(
    field: CustomField, log_in: LogIn, admin: User
) -> None:
    client, before = log_in(admin), last_event_id()
    form = cells(client)
    client.post(TABLE, form)
    assert event_kinds(before) == []
    page = text(client.post(TABLE, {**form, f"may-{field.pk}-sales": "hidden"}, follow=True))
    assert "1 field changed." in page
    assert CustomField.objects.get(pk=field.pk).access == {"sales": "hidden"}
    assert Event.objects.latest("pk").payload["changes"] == {"access": [None, "sales: hidden"]}


def test_two_who_change_different_cells_both_get_what_they_want(field: CustomField, log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    form = cells(client)
    client.post(TABLE, {**form, f"may-{field.pk}-sales": "hidden"})
    client.post(TABLE, {**form, f"may-{field.pk}-legal": "read"})
    assert CustomField.objects.get(pk=field.pk).access == {"sales": "hidden", "legal": "read"}


def test_the_table_keeps_what_was_said_of_a_role_out_of_use(field: CustomField, log_in: LogIn, admin: User) -> None:
    actor, client = actor_of(admin), log_in(admin)
    save_role(actor=actor, key="probe", name="试用", permissions=[], scope="own")
    change_field(actor=actor, field_id=field.pk, fields={"access": {"probe": "hidden"}})
    retire_role(actor=actor, key="probe")
    assert client.post(TABLE, {**cells(client), f"may-{field.pk}-sales": "read"}).status_code == 302
    assert CustomField.objects.get(pk=field.pk).access == {"probe": "hidden", "sales": "read"}


def test_a_role_made_from_another_sees_no_more_fields(field: CustomField, log_in: LogIn, admin: User) -> None:
    change_field(actor=actor_of(admin), field_id=field.pk, fields={"access": {"sales": "hidden", "legal": "read"}})
    client, address = log_in(admin), "/people/new-role/?from=sales"
    assert ("limited for the new role" in text(client.get(address)), "limited" in text(client.get(NEW_ROLE))) == (
        True,
        False,
    )
    before, sent = last_event_id(), {"name": "电话销售", "key": "probe", "scope": "own", "permissions": ["deals.read"]}
    client.post(address, sent)
    assert event_kinds(before) == ["role.saved", "field.saved"]
    held = {"legal": "read", "probe": "hidden", "sales": "hidden"}
    assert CustomField.objects.get(pk=field.pk).access == held
    told = Event.objects.latest("pk").payload["changes"]["access"][1]
    assert told == "legal: read\nprobe: hidden\nsales: hidden"
    assert client.post(f"{NEW_ROLE}?from=legal", sent).status_code == 422
    client.post(NEW_ROLE, {**sent, "key": "plain", "name": "别的"})
    assert CustomField.objects.get(pk=field.pk).access == held
    assert event_kinds(before) == ["role.saved", "field.saved", "role.saved"]


def test_who_changes_a_cell_that_somebody_else_changed_is_told(field: CustomField, log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    form = cells(client)
    client.post(TABLE, {**form, f"may-{field.pk}-sales": "hidden"})
    answer = client.post(TABLE, {**form, f"may-{field.pk}-sales": "read"})
    assert answer.status_code == 409
    assert "信用评级" in text(answer)
    assert CustomField.objects.get(pk=field.pk).access == {"sales": "hidden"}


@pytest.mark.parametrize("cell", ["{pk}-king", "{pk}-sales"])
def test_refuses_what_is_no_role_or_no_access(cell: str, field: CustomField, log_in: LogIn, admin: User) -> None:
    before = last_event_id()
    allowed = "hidden" if "king" in cell else "owns"
    answer = log_in(admin).post(TABLE, {f"may-{cell.format(pk=field.pk)}": allowed})
    assert answer.status_code == 422
    assert event_kinds(before) == []


def test_the_table_tells_what_is_masked_of_built_in_fields_and_for_whom(log_in: LogIn, admin: User) -> None:
    page = text(log_in(admin).get(TABLE))
    assert page.count("masked until claimed") == 4 * sum(
        "pools.manage" not in role.permissions for role in Role.objects.all()
    )


def test_the_table_of_fields_is_for_who_publishes(log_in: LogIn, manager: User) -> None:
    assert log_in(manager).get(TABLE).status_code == 403
    assert log_in(manager).post(TABLE, {}).status_code == 403
