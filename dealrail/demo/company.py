"""The demo company before its first deal: departments, people, roles, processes, products, pool."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dealrail.accounts.actions import roles, units, users
from dealrail.accounts.actions.company import change_company, finish_set_up
from dealrail.accounts.actor import Actor
from dealrail.accounts.queries import actor_for
from dealrail.crm.actions import catalog, pools
from dealrail.demo import words
from dealrail.forms.actions import making
from dealrail.process import texts
from dealrail.process.actions import definitions

PASSWORD = "dealrail-demo"
# Not everybody: hashing a password takes a tenth of a second on purpose.
MAY_LOG_IN = ("admin", "liwei", "moxiao", "chenjing", "zhouhao", "fanlu")


@dataclass(frozen=True)
class Company:
    """Everybody by login, the reps with their region, and who can be handed a won deal."""

    actors: Mapping[str, Actor]
    reps: Mapping[str, str]
    marketing: tuple[str, ...]
    delivery: tuple[str, ...]
    by_id: Mapping[int, Actor]

    @property
    def weights(self) -> list[int]:
        """How much each of the reps sells: the first the most."""
        return list(range(3 * len(self.reps), 0, -3))


def found(*, by: Actor) -> Company:
    """Create the company and hand back the actors who will work in it."""
    roles.ensure_builtin_roles(actor=by)
    change_company(actor=by, name=words.COMPANY)
    finish_set_up(actor=by)
    form = making.create_form(
        actor=by, key="needs_survey", fields={**words.SURVEY, "questions": words.SURVEY_QUESTIONS}
    )
    making.publish_form(actor=by, key=form.key)
    for name in texts.template_names():
        content = _with_survey(texts.template(name), form.key)
        definitions.publish_process(actor=by, content=content, note="随产品提供的模板")
    unit_ids: dict[str, int] = {}
    for name, parent in words.DEPARTMENTS:
        unit = units.create_unit(actor=by, name=name, parent_id=unit_ids[parent] if parent else None)
        unit_ids[name] = unit.pk
    actors = _hire(by, unit_ids)
    stock(by)
    departments = {login: unit for login, _name, unit, _roles, _leads in words.PEOPLE}
    reps = {
        login: words.REGION_OF[unit]
        for login, _name, unit, keys, _leads in words.PEOPLE
        if unit in words.REGION_OF and "sales" in keys
    }
    return Company(
        actors=actors,
        reps=reps,
        marketing=tuple(login for login in actors if departments[login] == "市场部"),
        delivery=tuple(login for login in actors if departments[login] == "实施部"),
        by_id={actor.user_id: actor for actor in actors.values()},
    )


def _with_survey(content: Mapping[str, Any], form: str) -> dict[str, Any]:
    """A process whose needs interview is shown by the filled-in form, where it has one."""
    actions = [
        {**row, "evidence": "form", "form": form} if row["key"] == "needs-interview" else row
        for row in content.get("actions", [])
    ]
    return {**content, "actions": actions}


def _hire(by: Actor, unit_ids: Mapping[str, int]) -> dict[str, Actor]:
    people = {}
    for login, name, unit, keys, leads in words.PEOPLE:
        person = users.create_user(
            actor=by,
            login=login,
            name=name,
            password=PASSWORD if login in MAY_LOG_IN else None,
            unit_id=unit_ids[unit],
            roles=keys,
        )
        people[login] = person
        if leads:
            units.change_unit(actor=by, unit_id=unit_ids[unit], leader_id=person.pk)
    return {login: actor_for(person, channel="web") for login, person in people.items()}


def stock(by: Actor) -> None:
    """Products, regions, sources and a public pool."""
    for code, name, series, price in words.PRODUCTS:
        fields = {"code": code, "name": name, "series": series, "price": price, "is_active": True}
        catalog.create_product(actor=by, fields=fields)
    for region in words.CITIES:
        catalog.ensure_region(actor=by, name=region)
    for source in words.SOURCES:
        catalog.ensure_source(actor=by, name=source)
    pools.save_pool(actor=by, name="全国公海", claim_limit=10, claim_days=1, capacity=150, cooldown_days=7)
