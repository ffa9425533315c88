"""Refusals about follow-ups, tasks and actions."""

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal


class NothingToFollow(Refusal):
    code = "nothing_to_follow"
    sentence = _("Say which deal or customer this is about.")


class TextMissing(Refusal):
    code = "text_missing"
    sentence = _("Write what happened, in 1 to %(longest)s characters.")


class TitleMissing(Refusal):
    code = "title_missing"
    sentence = _("Write what is to be done, in 1 to %(longest)s characters.")


class UnknownKind(Refusal):
    code = "unknown_activity_kind"
    sentence = _("“%(kind)s” is no kind of follow-up. Kinds are: %(known)s.")


class InTheFuture(Refusal):
    code = "in_the_future"
    sentence = _("A follow-up has happened already; its time can't lie in the future. Plan it as a task instead.")


class InThePast(Refusal):
    code = "in_the_past"
    sentence = _("This day is over. Choose today or a later day.")


class PlanWithoutTime(Refusal):
    code = "plan_without_time"
    sentence = _("Say when you will follow up. Only a task may do without a time.")


class NextStepWithoutDate(Refusal):
    code = "next_step_without_date"
    sentence = _("Give the next step a date, or a text to the date.")


class CheckInElsewhere(Refusal):
    code = "check_in_not_visit"
    sentence = _("Only a visit has a check-in. Choose “Visit”, or leave the check-in out.")


class BadPlace(Refusal):
    code = "bad_place"
    sentence = _("The place of the check-in can't be kept. Name it in up to 200 characters, or check in again.")


class PlanElsewhere(Refusal):
    code = "plan_elsewhere"
    sentence = _("The plan “%(title)s” belongs to another deal or customer; this follow-up can't complete it.")


class TemplateIncomplete(Refusal):
    code = "template_incomplete"
    sentence = _("A text template needs a name of up to 60 characters and a text of up to %(longest)s.")


class TemplateNameTaken(Refusal):
    code = "template_name_taken"
    sentence = _("There is a text template named “%(name)s” already.")


class TooManyTemplates(Refusal):
    code = "too_many_templates"
    sentence = _("There are %(most)s text templates already. Remove one that nobody uses first.")


class ContactElsewhere(Refusal):
    code = "contact_elsewhere"
    sentence = _("This contact belongs to another customer.")


class CustomerElsewhere(Refusal):
    code = "customer_elsewhere"
    sentence = _("The deal “%(deal)s” is with another customer, or with none yet. Leave the customer out.")


class TaskClosed(Refusal):
    code = "task_closed"
    sentence = _("This task is closed already.")


class TaskIsAction(Refusal):
    code = "task_is_action"
    sentence = _("“%(title)s” is an action of the process. Carry it out at the deal, with its evidence.")


class NoSuchAction(Refusal):
    code = "no_such_action"
    sentence = _("This process has no action “%(action)s”. It has: %(known)s.")


class ActionKeyTaken(Refusal):
    code = "action_key_taken"
    sentence = _("The library has an action with the key “%(key)s” already. Change that one, or write another key.")


class LibraryFull(Refusal):
    code = "library_full"
    sentence = _("The library holds %(most)s actions already. Change one that nobody uses instead.")


class ExampleAlready(Refusal):
    code = "example_already"
    sentence = _("This follow-up is an example of “%(action)s” already.")


class TooManyExamples(Refusal):
    code = "too_many_examples"
    sentence = _("“%(action)s” has %(most)s examples already. Take one back that says less first.")


class ExampleTellsWho(Refusal):
    code = "example_tells_who"
    sentence = _("Everybody reads an example. Take out who it is about: %(found)s.")


class ActionAlreadyDone(Refusal):
    code = "action_already_done"
    sentence = _("“%(action)s” is done already.")


class EvidenceMissing(Refusal):
    code = "evidence_missing"
    sentence = _("“%(action)s” needs evidence: %(evidence)s.")


class CustomerNeeded(Refusal):
    code = "customer_needed"
    sentence = _("The form of “%(action)s” is about the customer. Choose the customer of this deal first.")


class CommentMissing(Refusal):
    code = "comment_missing"
    sentence = _("Write a comment of 1 to %(longest)s characters.")


class MentionUnclear(Refusal):
    code = "mention_unclear"
    sentence = _("Several people are called %(person)s. Write the login behind the @: %(logins)s.")


class NotSeenByMentioned(Refusal):
    code = "not_seen_by_mentioned"
    sentence = _("%(people)s can't see this and would not be told. Make them collaborators first, or leave out the @.")


class DueMissing(Refusal):
    code = "due_missing"
    sentence = _("Write a day such as 2026-03-01, or with a time 2026-03-01T09:30.")
