"""Pictures in texts of processes: kept by content, named by its hash, seen once something published names them."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities.actions.library import change_action_template, create_action_template
from dealrail.core.errors import Refusal
from dealrail.process import checks
from dealrail.process.actions.drafts import start_draft
from dealrail.process.actions.pictures import LARGEST, add_picture
from dealrail.process.clocks import sweep_pictures
from dealrail.process.errors import BadDefinition, NoPicture, PictureTooLarge, UnknownPicture
from dealrail.process.models import Picture
from dealrail.process.queries import pictures as kept
from dealrail.process.rules import parse
from dealrail.process.rules.pictures import hash_of, named_in, text_of
from tests.cast import Company, actor_of, event_kinds, last_event_id, publish, refuses, trial
from tests.pictures import jpeg, picture, png

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
SYSTEM = Actor.system()
NOWHERE = "0" * 32


def with_picture(digest: str, where: str = "sop") -> dict[str, Any]:
    """The trial process with a picture in one of its texts."""
    content, text = trial(), f"看图：\n\n{text_of('登录页', digest)}"
    if where in {"how_to", "script"}:
        content["actions"][0][where] = text
    elif where == "scripts":
        content["stages"][1]["scripts"] = [{"name": "开场", "text": text}]
    elif where == "description":
        content["description"] = text
    else:
        content["stages"][1][where] = text
    return content


def test_a_picture_is_kept_once_under_the_hash_of_its_content(admin: User) -> None:
    before = last_event_id()
    made = add_picture(actor=actor_of(admin), file=picture("../../etc/登录页.exe"))
    assert (made.name, made.media_type, made.width, made.height) == ("登录页.exe", "image/png", 2, 2)
    assert made.digest == hash_of(png())
    assert made.file.startswith("pictures/")
    assert made.file.endswith(".png")
    assert (Path(settings.MEDIA_ROOT) / made.file).read_bytes() == png()
    assert add_picture(actor=actor_of(admin), file=picture("又一个.png")) == made
    assert event_kinds(before) == ["picture.added"]
    assert add_picture(actor=actor_of(admin), file=picture("照片.png", jpeg())).media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", NoPicture),
        (b"<svg onload=alert(1)></svg>", NoPicture),
        (png()[:-1], NoPicture),
        (b"\0" * (LARGEST + 1), PictureTooLarge),
    ],
)
def test_refuses_what_is_no_picture_whatever_it_is_called(content: bytes, refusal: type[Refusal], admin: User) -> None:
    with refuses(refusal):
        add_picture(actor=actor_of(admin), file=picture("好图.png", content))


def test_only_who_designs_processes_adds_and_lists_pictures(rep: User) -> None:
    with refuses(NotAllowed):
        add_picture(actor=actor_of(rep), file=picture())
    with refuses(NotAllowed):
        kept.pictures(actor_of(rep))


@pytest.mark.parametrize("where", ["description", "goal", "sop", "scripts", "how_to", "script"])
def test_everybody_sees_it_once_a_published_text_names_it(where: str, company: Company) -> None:
    rep, admin = (actor_of(company.people[name]) for name in ("rep", "admin"))
    made = add_picture(actor=admin, file=picture())
    start_draft(actor=SYSTEM, key="trial", content=with_picture(made.digest, where))
    assert kept.picture(admin, made.digest) == made
    with pytest.raises(NotFound):
        kept.picture(rep, made.digest)
    publish(with_picture(made.digest, where))
    assert kept.picture(rep, made.digest) == made
    assert list(kept.pictures_in(parse(with_picture(made.digest, where)))) == [made.digest]
    publish(trial())
    assert kept.picture(rep, made.digest) == made  # versions of before go on showing it


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("sop", "stages.talk.sop"),
        ("goal", "stages.talk.goal"),
        ("scripts", "stages.talk.scripts[1]"),
        ("how_to", "actions.call.how_to"),
        ("description", "description"),
    ],
)
def test_a_text_with_an_unknown_picture_is_refused_where_it_stands(where: str, place: str) -> None:
    for digest in (NOWHERE, "../../secret", "登录页"):
        with refuses(BadDefinition) as caught:
            publish(with_picture(digest, where))
        [problem] = caught.value.problems
        assert (problem.where, problem.code, problem.params) == (place, "no_such_picture", {"picture": digest})
        assert digest in str(caught.value)


def test_a_draft_may_name_one_that_comes_later(admin: User) -> None:
    content = with_picture(hash_of(png()))
    start_draft(actor=SYSTEM, key="trial", content=content)
    assert [problem.code for problem in checks.problems(content)] == ["no_such_picture"]
    add_picture(actor=actor_of(admin), file=picture())
    assert checks.problems(content) == []


def test_the_library_shows_pictures_and_refuses_unknown_ones(rep: User, admin: User) -> None:
    made = add_picture(actor=actor_of(admin), file=picture())
    fields = {"name": "打电话", "how_to": text_of("拨号", made.digest)}
    action = create_action_template(actor=actor_of(admin), fields=fields)
    assert kept.picture(actor_of(rep), made.digest) == made
    with refuses(UnknownPicture):
        change_action_template(actor=actor_of(admin), key=action.key, fields={"script": text_of("", NOWHERE)})


def test_one_that_is_gone_from_the_disk_is_counted_and_comes_back(admin: User) -> None:
    made = add_picture(actor=actor_of(admin), file=picture())
    (Path(settings.MEDIA_ROOT) / made.file).unlink()
    assert kept.missing_pictures() == 1
    with pytest.raises(NotFound):
        kept.picture(actor_of(admin), made.digest)
    add_picture(actor=actor_of(admin), file=picture())
    assert kept.picture(actor_of(admin), made.digest) == made
    assert kept.missing_pictures() == 0


def test_files_that_no_row_names_are_swept(admin: User) -> None:
    made = Path(settings.MEDIA_ROOT) / add_picture(actor=actor_of(admin), file=picture()).file
    left = made.with_name("left.png")
    left.write_bytes(png())
    for path in (made, left):
        os.utime(path, (0, 0))
    assert sweep_pictures() is False
    assert (made.exists(), left.exists()) == (True, False)
    assert Picture.objects.count() == 1


@pytest.mark.parametrize("name", ["登录页", "a]b[c", "back\\slash", "two\nlines", ""])
def test_what_a_text_calls_a_picture_is_found_in_it(name: str) -> None:
    assert named_in(f"前 {text_of(name, NOWHERE)} 后") == {NOWHERE}
    assert named_in("[链接](https://example.com/picture:x) ![外](https://example.com/a.png)") == set()


def test_a_picture_named_below_the_text_is_one_too(admin: User, rep: User) -> None:
    made = add_picture(actor=actor_of(admin), file=picture())
    content = trial()
    content["stages"][1]["sop"] = f"看图：![登录][页]\n\n[页]: <picture:{made.digest}>"
    publish(content)
    assert kept.picture(actor_of(rep), made.digest) == made
    content["stages"][1]["sop"] = f"看图：![登录][页]\n\n[页]: picture:{NOWHERE}"
    assert [row.params["picture"] for row in checks.problems(content)] == [NOWHERE]
