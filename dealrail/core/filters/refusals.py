"""What is wrong with a filter or a sort order, in sentences."""

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal


class BadFilter(Refusal):
    """The filter can't be read; `place` says where, for example filter.all[1].value."""

    code = "bad_filter"
    sentence = _(
        "The filter can't be read at %(place)s: a condition holds field, op and value; a group holds all, any or not."
    )


class UnknownFilterField(BadFilter):
    code = "unknown_filter_field"
    sentence = _("There is no field “%(field)s” to filter by (%(place)s). Fields are: %(known)s.")


class UnclearFilterField(BadFilter):
    """The name means different fields; `by` is what tells them apart."""

    code = "unclear_filter_field"
    sentence = _("The field “%(field)s” depends on the %(by)s (%(place)s). Say which one: %(by)s is one of %(known)s.")


class UnknownOperator(BadFilter):
    code = "unknown_operator"
    sentence = _("The field “%(field)s” can't be compared by “%(op)s” (%(place)s). Use one of: %(known)s.")


class WrongFilterValue(BadFilter):
    code = "wrong_filter_value"
    sentence = _("“%(value)s” doesn't fit the field “%(field)s” (%(place)s): %(expected)s")


class FilterTooLarge(BadFilter):
    code = "filter_too_large"
    sentence = _("The filter is too large (%(place)s). It may hold %(leaves)s conditions in %(depth)s levels.")


class BadSort(Refusal):
    code = "bad_sort"
    sentence = _("The list can't be sorted by “%(sort)s”. Name at most %(most)s of: %(known)s; a minus reverses.")
