"""Refusals about customers, deals and pools."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dealrail.core.errors import Refusal


class FieldRefused(Refusal):
    """One field's value can't be used; `field` names it."""

    code = "field_refused"
    sentence = _("%(label)s: %(problem)s")

    def __init__(self, *, field: str, label: Any, problem: Any) -> None:
        super().__init__(field=field, label=str(label), problem=str(problem))


class TextNotRead(Refusal):
    code = "text_not_read"
    sentence = _("This file can't be read: %(problem)s")


class UnknownField(Refusal):
    code = "unknown_field"
    sentence = _("There is no field “%(field)s” here. Fields are: %(known)s.")


class TooManyFields(Refusal):
    code = "too_many_fields"
    sentence = _("A kind of record takes %(most)s fields of your own. Retired ones count too.")


class DuplicateCustomer(Refusal):
    """A customer like this exists; `customer_id` is given only to who may see it."""

    code = "duplicate_customer"
    sentence = _("A customer with this %(what)s exists already: “%(name)s”, %(owner)s.")


class DuplicateContact(Refusal):
    """A contact like this, whom the actor may see, is there; `contact_id` names it."""

    code = "duplicate_contact"
    sentence = _("A contact with this %(what)s exists already: %(name)s, “%(customer)s”.")


class MergeWithItself(Refusal):
    code = "merge_with_itself"
    sentence = _("A customer can't be merged with itself. Choose another one.")


class MergeUndone(Refusal):
    code = "merge_undone"
    sentence = _("This merge was undone already.")


class DuplicateCode(Refusal):
    code = "duplicate_code"
    sentence = _("The code “%(value)s” is in use already.")


class DuplicateName(Refusal):
    code = "duplicate_name"
    sentence = _("“%(name)s” is in the list already. Choose another name.")


class ProductOffTheList(Refusal):
    code = "product_off_the_list"
    sentence = _("“%(product)s” is no longer sold. Choose another product.")


class CustomerHasOpenDeals(Refusal):
    code = "customer_has_open_deals"
    sentence = _("“%(name)s” still has %(deals)s. Close them or hand them to another customer first.")

    def __str__(self) -> str:
        count = self.params["count"]
        return str(self.sentence) % {
            **self.params,
            "deals": ngettext("%(n)s open deal", "%(n)s open deals", count) % {"n": count},
        }


class CustomerIsDeleted(Refusal):
    code = "customer_is_deleted"
    sentence = _("The customer “%(customer)s” is deleted. Restore it first.")


class NotInPool(Refusal):
    code = "not_in_pool"
    sentence = _("This is in no public pool, so it can't be claimed.")


class AlreadyInPool(Refusal):
    code = "already_in_pool"
    sentence = _("This is in a public pool already.")


class NotYourPool(Refusal):
    code = "not_your_pool"
    status = 403
    sentence = _("You are not a member of the pool “%(pool)s”.")


class ClaimLimitReached(Refusal):
    code = "claim_limit_reached"
    sentence = _(
        "You have claimed %(limit)s in %(span)s, which is the limit of the pool “%(pool)s”. Try again %(when)s."
    )

    def __str__(self) -> str:
        days = self.params["days"]
        return str(self.sentence) % {**self.params, "span": ngettext("%(n)s day", "%(n)s days", days) % {"n": days}}


class PoolCapacityReached(Refusal):
    code = "pool_capacity_reached"
    sentence = _("You own %(owned)s already; the pool “%(pool)s” allows %(capacity)s. Release one first.")


class CoolingDown(Refusal):
    code = "cooling_down"
    sentence = _("You released this on %(released)s; you may claim it again from %(until)s.")


class NoPool(Refusal):
    code = "no_pool"
    sentence = _("There is no public pool to release this into. An administrator can create one.")


class PoolViewsUsedUp(Refusal):
    code = "pool_views_used_up"
    status = 403
    sentence = _(
        "You have opened %(limit)s records of the pool “%(pool)s” today, which is its limit. "
        "Claim one you know, or go on tomorrow."
    )


class PoolNameTaken(Refusal):
    code = "pool_name_taken"
    sentence = _("There is a public pool “%(pool)s” already. Choose another name.")


class UnknownPool(Refusal):
    code = "unknown_pool"
    sentence = _("There is no public pool “%(pool)s”.")


class BadMapping(Refusal):
    code = "bad_mapping"
    sentence = _("The mapping can't be used at “%(place)s”: %(problem)s")


class UnknownImportKind(Refusal):
    code = "unknown_import_kind"
    sentence = _("“%(kind)s” can't be imported. Kinds are: %(known)s.")


class UnknownImportMode(Refusal):
    code = "unknown_import_mode"
    sentence = _("“%(mode)s” is no way to import. Write new or history.")


class HistoryIsForDeals(Refusal):
    code = "history_is_for_deals"
    sentence = _("Only deals are imported as history. Import %(kind)s as new.")


class ImportNotUndoable(Refusal):
    code = "import_not_undoable"
    sentence = _("This import is %(status)s; only one that is done or stopped can be undone.")


class UnknownExportKind(Refusal):
    code = "unknown_export_kind"
    sentence = _("“%(kind)s” can't be exported. Kinds are: %(known)s.")


class BadStage(Refusal):
    code = "bad_stage"
    sentence = _("The stage “%(value)s” is not one of the process. Add an alias for it. Stages are: %(known)s.")


class BadState(Refusal):
    code = "bad_state"
    sentence = _("The state “%(value)s” is none of ours. Add an alias for it. States are: %(known)s.")


class WonTooEarly(Refusal):
    code = "won_too_early"
    sentence = _("Nothing is won in the stage “%(stage)s”; name one that is.")


class NewMeansFirstStage(Refusal):
    code = "new_means_first_stage"
    sentence = _("It did not get to “%(stage)s”: %(problem)s")


class ClosedIsHistory(Refusal):
    code = "closed_is_history"
    sentence = _(
        "This deal is closed already (%(state)s), so it can't begin as a new one. "
        "Go back to the mapping and choose “History” under “How they come in”."
    )


class SheetChanged(Refusal):
    code = "sheet_changed"
    sentence = _("The uploaded file is gone or was changed; upload it again.")


class BadPlan(Refusal):
    code = "bad_plan"
    sentence = _("The import plan can't be used at “%(place)s”: %(problem)s")


class OwnsItAlready(Refusal):
    code = "owns_it_already"
    sentence = _("%(person)s owns this deal already.")


class ViewNameTaken(Refusal):
    code = "view_name_taken"
    sentence = _("You have a view “%(name)s” of this list already.")


class UnknownAudience(Refusal):
    code = "unknown_audience"
    sentence = _("A view can't be shared with “%(audience)s”. Write one of: %(known)s.")


class ViewNotShared(Refusal):
    code = "view_not_shared"
    sentence = _("“%(view)s” isn't shared, so it is nobody else's concern. Share it first.")


class NameTakenThere(Refusal):
    code = "name_taken_there"
    sentence = _("%(owner)s has a view “%(name)s” of this list already. Rename one of them first.")


class ViewTellsTooMuch(Refusal):
    code = "view_tells_too_much"
    sentence = _("“%(name)s” asks about a field that %(owner)s may not see. Choose somebody else.")


class OwnerMayNotShare(Refusal):
    code = "owner_may_not_share"
    sentence = _("%(owner)s may not share views, so could not change “%(name)s”. Choose somebody else.")


class NotSharedWithRole(Refusal):
    code = "not_shared_with_role"
    sentence = _(
        "Who holds the role “%(role)s” doesn't see the view “%(view)s”. Share it with them or everybody first."
    )


class NotYourView(Refusal):
    code = "not_your_view"
    status = 403
    sentence = _("The view “%(view)s” belongs to %(owner)s; only they or an administrator change or delete it.")


class UnknownList(Refusal):
    code = "unknown_list"
    sentence = _("“%(list)s” is no list that views are kept of. Lists are: %(known)s.")


class ViewTooLong(Refusal):
    code = "view_too_long"
    sentence = _("This filter is too long to be kept as a view: %(length)s characters; %(longest)s fit.")


class TooManyViews(Refusal):
    code = "too_many_views"
    sentence = _("You have %(most)s views already; delete one first.")


class NothingChosen(Refusal):
    code = "nothing_chosen"
    sentence = _("Tick the rows first.")


class NewOwnerMissing(Refusal):
    code = "new_owner_missing"
    sentence = _("Choose who takes them over.")


class NewValueMissing(Refusal):
    code = "new_value_missing"
    sentence = _("Write the new value. To take away what stands there, tick “Empty the field”.")


class TooManyChosen(Refusal):
    code = "too_many_chosen"
    sentence = _("More than %(most)s rows are too many at once. Narrow the list.")


class UnknownBulkStep(Refusal):
    code = "unknown_step"
    sentence = _("“%(step)s” is no step for these rows. Steps are: %(known)s.")


class BulkNotUndoable(Refusal):
    code = "bulk_not_undoable"
    sentence = _("This can't be undone. %(why)s")


class NothingToUndo(Refusal):
    code = "nothing_to_undo"
    sentence = _("There is nothing left to put back.")


class ChangedSince(Refusal):
    code = "changed_since"
    sentence = _("Somebody has changed this since, so it is left as it is.")


class NothingToMigrate(Refusal):
    code = "nothing_to_migrate"
    sentence = _("No running deal would go over: change the mapping or the filter, or leave them all where they are.")


class MigrationUnderWay(Refusal):
    code = "migration_under_way"
    status = 409
    sentence = _("Another migration of this process is under way. Wait until it is done, or stop it.")


class OtherVersionInForce(Refusal):
    """Another version than the one somebody saw is in force by now."""

    code = "other_version_in_force"
    status = 409
    sentence = _("Version %(number)s is in force by now. Look at where the deals would go, and decide again.")


class DatesCrossed(Refusal):
    code = "dates_crossed"
    sentence = _("The first day lies behind the last one. Turn them round.")


class NothingToTry(Refusal):
    code = "nothing_to_try"
    sentence = _("There is nothing to try this on: no running deal that the filter keeps, or no move in the past.")
