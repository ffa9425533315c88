"""Pictures and links of SOP texts on screens: what is shown, what stays text, and how a picture comes into a text."""

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dealrail.accounts.models import User
from dealrail.core.uploads import kept_at
from dealrail.process.actions.pictures import add_picture
from dealrail.process.rules.pictures import hash_of, text_of
from dealrail.web.marked import MARKDOWN, blocks, in_line, spans, unmarked
from tests.api.client import Api
from tests.cast import Company, actor_of, new_deal, publish, trial
from tests.pictures import picture, png
from tests.web.conftest import LogIn

PIXELS = png(300, 200)
PICTURE = hash_of(PIXELS)
REL = 'target="_blank" rel="noopener noreferrer"'
# what is written, and what of it becomes a link or a picture
MARKED: list[tuple[str, str]] = [
    ("[官网](https://example.com/a)", f'<a href="https://example.com/a" {REL}>官网</a>'),
    ("<http://example.com>", f'<a href="http://example.com" {REL}>http://example.com</a>'),
    ("[写信](mailto:a@example.com)", f'<a href="mailto:a@example.com" {REL}>写信</a>'),
    ("[官网](javascript:alert(1))", "[官网](javascript:alert(1))"),
    ("[官网](JaVaScRiPt:alert)", "[官网](JaVaScRiPt:alert)"),
    ("[官网](data:text/html,x)", "[官网](data:text/html,x)"),
    ("[官网](/deals/)", "[官网](/deals/)"),
    ("[官网](file:///etc/passwd)", "[官网](file:///etc/passwd)"),
    ("<javascript:alert(1)>", "&lt;javascript:alert(1)&gt;"),
    ("[没有]()", "<a>没有</a>"),
    ("![没有]()", "没有"),
    ("<b onclick=x>粗</b>", "&lt;b onclick=x&gt;粗&lt;/b&gt;"),
    (
        f'![登"录](picture:{PICTURE})',
        f'<img class="sop-picture" src="/pictures/{PICTURE}/" alt="登&quot;录" loading="lazy">',
    ),
    (f"[大图](picture:{PICTURE})", f'<a href="/pictures/{PICTURE}/" {REL}>大图</a>'),
    ("![图](picture:../../x)", "![图](picture:../../x)"),
    ("![图](x.png)", "![图](x.png)"),
    ("![外](https://example.com/a.png)", f'<a href="https://example.com/a.png" {REL}>外</a>'),
]


@pytest.mark.parametrize(("written", "shown"), MARKED)
def test_links_lead_to_the_web_or_mail_and_pictures_are_our_own(written: str, shown: str) -> None:
    assert in_line(written) == shown
    assert MARKDOWN.render(written) == f"<p>{shown}</p>\n"


def test_the_same_is_told_for_paper_and_in_words_only() -> None:
    [block] = blocks(f"看 ![登录](picture:{PICTURE}) [图](picture:{PICTURE}) ![外](https://example.com/a.png)")
    assert block["spans"] == [
        {"text": "看 "},
        {"text": "登录", "picture": PICTURE},
        {"text": " "},
        {"text": "图"},
        {"text": " "},
        {"text": "外", "href": "https://example.com/a.png"},
    ]
    assert unmarked(f"**签** ![登录](picture:{PICTURE})") == "签 登录"
    assert spans("") == []


def drawn() -> SimpleUploadedFile:
    """A picture large enough to be seen on paper."""
    return picture(content=PIXELS)


def illustrated(**stage: Any) -> dict[str, Any]:
    """The trial process with a picture and a link in the texts of its first stage."""
    content, text = trial(), f"{text_of('登录页', PICTURE)}\n\n[官网](https://example.com)"
    content["stages"][0] |= {
        "goal": "见[标准](https://example.com/goal)",
        "sop": text,
        "scripts": [{"name": "开场", "text": text}],
        "actions": ["call"],
        **stage,
    }
    content["actions"][0]["how_to"] = text
    return content


@pytest.mark.django_db
def test_handbook_deal_page_and_paper_show_them(log_in: LogIn, company: Company) -> None:
    admin, rep = company.people["admin"], company.people["rep"]
    add_picture(actor=actor_of(admin), file=drawn())
    publish(illustrated())
    deal, client = new_deal(rep), log_in(rep)
    shown = f'<img class="sop-picture" src="/pictures/{PICTURE}/" alt="登录页" loading="lazy">'
    # in the handbook another stage has the same action
    for address, count in (("/processes/trial/", 4), (f"/deals/{deal.pk}/", 3)):
        page = client.get(address).content.decode()
        assert page.count(shown) == count
        assert f'<a href="https://example.com" {REL}>官网</a>' in page
        assert f'见<a href="https://example.com/goal" {REL}>标准</a>' in page
    assert 'title="见标准"' in client.get(f"/deals/{deal.pk}/").content.decode()
    answer = client.get(f"/pictures/{PICTURE}/")
    assert (b"".join(answer), answer["Content-Type"]) == (PIXELS, "image/png")
    assert "immutable" in answer["Cache-Control"]
    paper = client.get("/processes/trial/versions/2/pdf/").content
    assert paper.count(b"/Subtype/Image") >= 1
    assert Client().get(f"/pictures/{PICTURE}/").status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
def test_paper_is_set_without_pictures_that_are_gone_or_broken(log_in: LogIn, admin: User) -> None:
    made = add_picture(actor=actor_of(admin), file=drawn())
    publish(illustrated())
    client = log_in(admin)
    path = kept_at(made.file)
    for content in (b"\x89PNG broken", None):
        path.write_bytes(content) if content else path.unlink()
        paper = client.get("/processes/trial/versions/2/pdf/").content
        assert paper.startswith(b"%PDF-")
        assert b"/Subtype/Image" not in paper


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
def test_a_designer_adds_a_picture_and_finds_what_to_write(log_in: LogIn, admin: User) -> None:
    client = log_in(admin)
    assert "PNG or JPEG" in client.get("/pictures/", headers={"accept-language": "en"}).content.decode()
    assert client.post("/pictures/", {}).status_code == 422
    assert client.post("/pictures/", {"picture": picture("图.png", b"<svg/>")}).status_code == 422
    made = client.post("/pictures/", {"picture": drawn()})
    assert made.headers["Location"] == f"/pictures/#picture-{PICTURE}"
    assert f'data-copy="![登录页](picture:{PICTURE})"' in client.get("/pictures/").content.decode()
    script = {"accept": "application/json", "accept-language": "en"}
    told = json.loads(client.post("/pictures/", {"picture": drawn()}, headers=script).content)
    assert told == {"text": f"![登录页](picture:{PICTURE})"}
    refused = client.post("/pictures/", {"picture": picture("图.png", b"x")}, headers=script)
    assert "no PNG or JPEG" in json.loads(refused.content)["refused"]
    client.post("/processes/trial/draft/start/", {"version": "1"})
    for page, many in (("stages/talk/", 2), ("parts/actions/call/", 2)):
        shown = client.get(f"/processes/trial/draft/{page}").content.decode()
        assert len(re.findall(r'data-picture-for="[\w-]+"', shown)) == many


@pytest.mark.django_db
def test_nobody_else_adds_pictures_or_sees_those_of_drafts(log_in: LogIn, company: Company) -> None:
    admin, rep = company.people["admin"], company.people["rep"]
    add_picture(actor=actor_of(admin), file=drawn())
    client = log_in(rep)
    assert client.get("/pictures/").status_code == 403
    assert client.post("/pictures/", {"picture": drawn()}).status_code in {403, 422}
    assert client.get(f"/pictures/{PICTURE}/").status_code == 404
    assert client.get("/pictures/nothing/").status_code == 404
    assert b"".join(log_in(admin).get(f"/pictures/{PICTURE}/")) == PIXELS


@pytest.mark.django_db
def test_pictures_come_and_go_over_the_api(company: Company) -> None:
    admin, rep = company.people["admin"], company.people["rep"]
    made = Api(admin).upload("pictures", picture=drawn())
    assert made.status == 201, made.text
    assert made.body["address"] == f"picture:{PICTURE}"
    assert [row["digest"] for row in Api(admin).get("pictures").body["items"]] == [PICTURE]
    assert Api(rep).get(f"pictures/{PICTURE}").status == 404
    assert Api(rep).upload("pictures", picture=drawn()).code == "not_allowed"
    publish(illustrated())
    assert Api(rep).get(f"pictures/{PICTURE}").headers["Content-Type"] == "image/png"
