"""Comments with mentions on deals and customers."""

import pytest

from dealrail.accounts.actions.users import change_user
from dealrail.accounts.errors import NotAllowed, NotFound
from dealrail.accounts.models import User
from dealrail.activities import queries, rules
from dealrail.activities.actions.comments import add_comment, remove_comment
from dealrail.activities.errors import CommentMissing, MentionUnclear, NotSeenByMentioned
from dealrail.crm.models import Deal
from dealrail.events.models import Event
from tests.cast import MakeCustomer, MakeDeal, actor_of, event_kinds, last_event_id, refuses


@pytest.fixture
def deal(make_deal: MakeDeal) -> Deal:
    """A deal of the rep."""
    return make_deal()


def test_a_comment_mentions_people_by_login_or_name(deal: Deal, rep: User, manager: User) -> None:
    before = last_event_id()
    text = "@Manager 请看报价，@总经理也看一下；邮件发 a@legal.com"
    comment = add_comment(actor=actor_of(rep), deal_id=deal.pk, text=f" {text} ")
    boss = User.objects.get(login="boss")
    assert comment.text == text
    assert set(comment.mentions.all()) == {manager, boss}
    assert event_kinds(before) == ["deal.comment_added"]
    told = Event.objects.latest("pk").payload
    assert told["mentioned_ids"] == [manager.pk, boss.pk]
    assert told["mentioned_names"] == ["销售主管", "总经理"]


def test_a_comment_stands_on_a_customer_too(rep: User, make_customer: MakeCustomer) -> None:
    customer = make_customer()
    before = last_event_id()
    add_comment(actor=actor_of(rep), customer_id=customer.pk, text="@manager 老客户")
    assert event_kinds(before) == ["customer.comment_added"]


def test_an_at_of_nobody_is_only_text(deal: Deal, rep: User) -> None:
    assert not add_comment(actor=actor_of(rep), deal_id=deal.pk, text="@下周 再说 @ @@").mentions.exists()


def test_refuses_to_mention_who_would_not_see_it(deal: Deal, rep: User) -> None:
    with refuses(NotSeenByMentioned) as caught:
        add_comment(actor=actor_of(rep), deal_id=deal.pk, text="@小陌 @manager 看一下")
    assert caught.value.params["people"] == "小陌"


def test_asks_for_the_login_when_several_have_the_name(deal: Deal, rep: User, manager: User) -> None:
    change_user(actor=actor_of(None), user_id=User.objects.get(login="boss").pk, name="销售主管")
    with refuses(MentionUnclear) as caught:
        add_comment(actor=actor_of(rep), deal_id=deal.pk, text="@销售主管 看一下")
    assert "manager" in str(caught.value)


@pytest.mark.parametrize("text", ["", "  ", "长" * 5001, "\x00"])
def test_refuses_no_text_and_too_much_of_it(deal: Deal, rep: User, text: str) -> None:
    with refuses(CommentMissing):
        add_comment(actor=actor_of(rep), deal_id=deal.pk, text=text)


def test_refuses_who_does_not_see_the_deal(deal: Deal, stranger: User) -> None:
    with refuses(NotFound):
        add_comment(actor=actor_of(stranger), deal_id=deal.pk, text="你好")


def test_only_its_author_takes_a_comment_back(deal: Deal, rep: User, manager: User, stranger: User) -> None:
    comment = add_comment(actor=actor_of(rep), deal_id=deal.pk, text="写错了")
    with refuses(NotAllowed):
        remove_comment(actor=actor_of(manager), comment_id=comment.pk)
    with refuses(NotFound):
        remove_comment(actor=actor_of(stranger), comment_id=comment.pk)
    before = last_event_id()
    remove_comment(actor=actor_of(rep), comment_id=comment.pk)
    assert event_kinds(before) == ["deal.comment_removed"]
    assert not queries.comments(actor_of(rep)).exists()
    with refuses(NotFound):
        remove_comment(actor=actor_of(rep), comment_id=comment.pk)


def test_the_longest_handle_wins_and_words_are_not_cut() -> None:
    known = {"li": [1], "liwei": [2], "李": [3], "李伟": [4]}
    assert rules.mentioned("@liwei @li @李伟看 @李，@lixx", known) == [{2}, {1}, {4}, {3}]
    assert rules.mentioned("a@li.com", known) == []
