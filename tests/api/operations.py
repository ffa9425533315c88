"""Every operation of the API's description, with a request for it that would work for the one it belongs to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dealrail.accounts.actions.tokens import create_token
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import ApiToken, User
from dealrail.activities.actions.attachments import attach_file
from dealrail.activities.actions.comments import add_comment
from dealrail.activities.actions.feeds import renew_calendar_feed
from dealrail.activities.actions.library import create_action_template
from dealrail.activities.actions.tasks import create_task
from dealrail.activities.actions.texts import save_text_template
from dealrail.activities.models import Activity
from dealrail.api.root import api
from dealrail.crm.actions.bulk import start_bulk
from dealrail.crm.actions.collaborators import add_collaborator
from dealrail.crm.actions.customers import create_contact
from dealrail.crm.actions.deals import AwaitingApproval, advance_deal
from dealrail.crm.actions.mappings import save_mapping
from dealrail.crm.actions.merging import merge_customers
from dealrail.crm.actions.saved_views import create_view
from dealrail.crm.actions.waivers import ask_waiver
from dealrail.crm.models import Pool, Product, Region, Source
from dealrail.forms.actions.filling import fill_form
from dealrail.forms.actions.links import make_form_link
from dealrail.forms.models import FormRecord
from dealrail.notifications.models import Notification
from dealrail.process.actions.lines import create_line
from dealrail.process.actions.pictures import add_picture, show_pictures
from dealrail.process.models import Picture
from dealrail.process.rules.pictures import text_of
from tests.api.client import Answer, Api
from tests.cast import actor_of, follow_up, fulfil, new_customer, new_deal, walk_to
from tests.forms.making import make_form
from tests.pictures import picture

METHODS = ("get", "post", "patch", "put", "delete")
SECRET = "秘密"


@dataclass(frozen=True)
class Operation:
    """An operation as the description has it."""

    name: str
    method: str
    path: str

    @property
    def body(self) -> dict[str, Any]:
        """What goes with it; a value may be the name of one of the ids."""
        return BODIES.get(self.name, {})

    def ask(self, api: Api, ids: Mapping[str, Any]) -> Answer:
        """Send the request that would work."""
        path = self.path.format(**ids)
        body = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in self.body.items()}
        if self.name in FORMS:
            parts = {
                key: ids.get(part, part) if isinstance(part, str) else part for key, part in FORMS[self.name]().items()
            }
            return api.upload(path, **parts)
        if self.method == "delete":
            return api.delete(f"{path}?{urlencode(body)}")
        return api.get(path, **body) if self.method == "get" else api.send(self.method, path, body)


def operations() -> Iterator[Operation]:
    """All that the description has, so that a new one can't be forgotten."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method in METHODS:
            if method in methods:
                yield Operation(methods[method]["operationId"], method, path)


# Bodies and parameters that would work; an operation left out needs none.
BODIES: dict[str, dict[str, Any]] = {
    "changeMe": {"theme": "dark"},
    "setRoleTargets": {"follow_ups_a_day": 5},
    "createDeal": {"name": SECRET, "process": "trial"},
    "changeDeal": {"amount": "1"},
    "loseDeal": {"reason": "price"},
    "transferDeal": {"owner": "colleague"},
    "releaseDeal": {"reason": "没空"},
    "waiveCondition": {"condition": "facts", "reason": "老客户"},
    "completeAction": {"note": "聊了"},
    "withdrawFormRecord": {"reason": "填错了"},
    "decideApproval": {"granted": True},
    "delegateApproval": {"to": "finance"},
    "addApprover": {"person": "finance"},
    "createCustomer": {"name": "新公司"},
    "changeCustomer": {"grade": "A"},
    "releaseCustomer": {"reason": "没空"},
    "transferCustomer": {"owner": "colleague"},
    "createContact": {"name": "王", "customer": "customer_id"},
    "changeContact": {"title": "总"},
    "createProduct": {"name": "新品"},
    "changeProduct": {"price": "1"},
    "recordActivity": {"kind": "call", "text": "聊了", "deal": "deal_id"},
    "correctActivity": {"text": "谈了"},
    "createTextTemplate": {"name": "未接", "text": "电话未接通"},
    "changeTextTemplate": {"text": "没人接"},
    "createTask": {"title": "回访"},
    "changeTask": {"title": "再访"},
    "createPerson": {"login": "new.one", "name": "新人"},
    "changePerson": {"name": "改名"},
    "invitePerson": {"name": "新人"},
    "changeCompany": {"name": "我们公司"},
    "changeWorkingTime": {"opens_at": "08:30"},
    "setWorkingDays": {"first": "2026-11-26", "worked": False},
    "changeRegion": {"name": "西南区"},
    "changeSource": {"name": "老客户"},
    "setPassword": {"password": "correct horse battery"},
    "createUnit": {"name": "新部门"},
    "changeUnit": {"name": "新名"},
    "saveRole": {"name": "新角色", "permissions": ["deals.read"], "scope": "own"},
    "createToken": {"name": "脚本"},
    "createPool": {"name": "新公海"},
    "changePool": {"capacity": 5},
    "createRegion": {"name": "西北"},
    "createSource": {"name": "转介绍"},
    "saveMapping": {"kind": "regions", "name": "地区表", "mapping": {"name": "地区"}},
    "publishProcess": {"yaml": "process: x"},
    "saveDraft": {"seen": 1, "content": {}},
    "undoDraft": {"seen": 1},
    "redoDraft": {"seen": 1},
    "publishDraft": {"seen": 1, "note": "为什么"},
    "discardDraft": {"seen": 1},
    "readFunnel": {"process": "trial"},
    "search": {"q": SECRET},
    "mergeCustomers": {"gone": "twin_id"},
    "createView": {"list": "deals", "name": "视图"},
    "changeView": {"name": "新视图"},
    "setStandardView": {"roles": []},
    "startBulk": {"kind": "deals", "step": "lose", "records": [1], "params": {"reason": "price"}},
    "listFunnelDeals": {"process": "trial"},
    "readExecution": {"process": "trial"},
}
BODIES |= {
    "createLibraryAction": {"name": "回访"},
    "changeLibraryAction": {"how_to": "三天内打电话"},
    "addCollaborator": {"person": "northerner", "may_write": True},
    "askWaiver": {"condition": "facts", "reason": "老客户"},
    "answerWaiver": {"granted": True},
    "addComment": {"text": "看一下", "deal": "deal_id"},
    "createField": {"kind": "customer", "name": "车间面积", "type": "text"},
    "changeField": {"name": "面积"},
    "takeOverTemplate": {"seen": 1},
    "setGroupTemplate": {"allowed": ["texts"]},
    "createBusinessLine": {"name": "硬件线"},
    "changeBusinessLine": {"name": "软件线"},
    "startMigration": {"mapping": {"talk": None}, "note": "新打法"},
    "createForm": {"name": "勘察", "about": "customer"},
    "changeForm": {"description": "上门填写"},
    "fillForm": {"deal": "deal_id", "answers": {"goal": SECRET}},
    "createFormLink": {"deal": "deal_id"},
    "startDryRun": {"version": 1},
    "startReplay": {"version": 1},
    "handOverView": {"owner": "colleague"},
    "saveLayout": {"groups": [{"heading": "基本", "fields": ["amount"]}]},
}
FORMS: dict[str, Callable[[], dict[str, Any]]] = {
    "startImport": lambda: {"kind": "regions", "file": SimpleUploadedFile("地区.csv", "name\n西南\n".encode())},
    "keepFieldFile": lambda: {"file": SimpleUploadedFile("报价.pdf", b"%PDF-1.4")},
    "addPicture": lambda: {"picture": picture()},
    "attachFile": lambda: {"deal": "deal_id", "file": SimpleUploadedFile("报价.pdf", b"%PDF-1.4")},
}


def belongings(owner: User) -> dict[str, Any]:
    """One of each record, all of them this person's, by the names that paths use."""
    actor = actor_of(owner)
    customer = new_customer(owner, name=f"{SECRET}公司")
    deal = walk_to(new_deal(owner, name=f"{SECRET}商机", customer=customer.pk), "talk")
    fulfil(deal)
    waiting = advance_deal(actor=actor, deal_id=deal.pk)
    assert isinstance(waiting, AwaitingApproval)
    follow_up(deal, actor=actor)
    contact = create_contact(actor=actor, customer_id=customer.pk, fields={"name": f"{SECRET}联系人"})
    task = create_task(actor=actor, title=f"{SECRET}任务", deal_id=deal.pk)
    text = save_text_template(actor=actor, name=f"{SECRET}话", text="电话未接通")
    renew_calendar_feed(actor=actor)
    create_token(actor=actor, user_id=owner.pk, name=f"{SECRET}令牌")
    mapping = save_mapping(actor=actor, name="来源表", kind="sources", mapping={"name": "来源"})
    twin, merged = new_customer(owner, name=f"{SECRET}分身"), new_customer(owner, name=f"{SECRET}旧名")
    merge = merge_customers(actor=actor, kept_id=customer.pk, gone_id=merged.pk)
    add_collaborator(actor=actor, deal_id=deal.pk, user_id=User.objects.get(login="northerner").pk)
    asked = ask_waiver(actor=actor, deal_id=deal.pk, condition="agreed", reason="老客户")
    comment = add_comment(actor=actor, deal_id=deal.pk, text=f"{SECRET}评论")
    file = attach_file(actor=actor, deal_id=deal.pk, file=SimpleUploadedFile(f"{SECRET}.pdf", b"%PDF-1.4"))
    line = create_line(actor=Actor.system(), fields={"name": "工业线", "people": [owner.pk]})
    return {
        "line_key": line.key,
        "line_id": line.pk,
        "waiver_id": asked.pk,
        "comment_id": comment.pk,
        "attachment_id": file.pk,
        "deal_id": deal.pk,
        "twin_id": twin.pk,
        "merge_id": merge.pk,
        "customer_id": customer.pk,
        "contact_id": contact.pk,
        "activity_id": Activity.objects.latest("pk").pk,
        "task_id": task.pk,
        "template_id": text.pk,
        "region_id": Region.objects.latest("pk").pk,
        "source_id": Source.objects.latest("pk").pk,
        "product_id": Product.objects.latest("pk").pk,
        "request_id": waiting.requests[0].pk,
        "import_id": imported(owner),
        "person_id": owner.pk,
        "unit_id": owner.unit_id,
        "token_id": ApiToken.objects.get(name=f"{SECRET}令牌").pk,
        "pool_id": Pool.objects.latest("pk").pk,
        "mapping_id": mapping.pk,
        "notification_id": told(owner),
        "view_id": create_view(actor=actor, list_="deals", name=f"{SECRET}视图", query="").pk,
        "job_id": start_bulk(actor=actor, kind="tasks", step="drop", records=[(task.pk, None)]).pk,
        "action_key": create_action_template(actor=Actor.system(), fields={"name": "庆祝"}, key="celebrate").key,
        "key": "trial",
        "migration_id": 1,
        "number": 1,
        "trial_id": 1,
        "field_id": 1,
        "file_id": 1,
        "form_key": make_form([{"key": "goal", "name": "目标"}, {"key": "site", "name": "现场", "type": "photos"}]).key,
        "form_record_id": (surveyed := surveyed_with_photo(actor, deal)).pk,
        "form_file_id": surveyed.files.get().pk,
        "link_id": make_form_link(actor=actor, key="survey", deal_id=deal.pk).pk,
        "digest": shown_picture().digest,
        "kind": "deals",
        "place": "deal",
    }


def surveyed_with_photo(actor: Actor, deal: Any) -> FormRecord:
    """The survey filled in for a deal, with a picture."""
    photo = SimpleUploadedFile(f"{SECRET}.png", b"\x89PNG\r\n\x1a\n")
    about: dict[str, Any] = {"actor": actor, "key": "survey", "deal_id": deal.pk}
    return fill_form(**about, answers={"goal": SECRET}, files={"site": [photo]})


def shown_picture() -> Picture:
    """A picture that everybody sees."""
    made = add_picture(actor=Actor.system(), file=picture())
    show_pictures(actor=Actor.system(), texts=[text_of("", made.digest)])
    return made


def told(owner: User) -> int:
    """Something this person was told."""
    now = timezone.now()
    return Notification.objects.create(user=owner, kind="task_given", params={"title": SECRET}, created_at=now).pk


def imported(owner: User) -> int:
    """The import of a sheet, done."""
    sheet = SimpleUploadedFile("秘密.csv", f"name\n{SECRET}地区\n".encode())
    return int(Api(owner).upload("imports", kind="sources", file=sheet).body["id"])
