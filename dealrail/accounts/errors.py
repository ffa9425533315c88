"""Refusals about people and permissions."""

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.permissions import registered
from dealrail.core.errors import Refusal
from dealrail.core.texts import listed


class NotAllowed(Refusal):
    """`permission` is the key; the sentence has its name."""

    code = "not_allowed"
    status = 403
    sentence = _("You are not allowed to do this. It needs the permission “%(permission)s”.")

    def __str__(self) -> str:
        return str(self.sentence) % {"permission": permission_name(str(self.params["permission"]))}


def permission_name(key: str) -> str:
    """What a permission is called in the reader's language; its key where it is none of ours."""
    known = registered.get(key)
    if known is None:
        return key
    return known.zh if (get_language() or "").startswith("zh") else known.en


class SeesLess(Refusal):
    """`permissions` are the keys of what the one who looks lacks, or holds for some records only."""

    code = "sees_less"
    status = 403
    sentence = _("You can see as them only what you may see yourself, everywhere. You lack: %(permissions)s.")

    def __str__(self) -> str:
        return str(self.sentence) % {"permissions": listed(map(permission_name, self.params["permissions"]))}


class OnlyLooking(Refusal):
    """Somebody who sees as another one tried to change something."""

    code = "only_looking"
    status = 403
    sentence = _("You are only looking as somebody else: nothing can be changed. Leave that view first.")


class NotFound(Refusal):
    code = "not_found"
    status = 404
    sentence = _("There is nothing here, or it is not yours to see.")


class UnknownPerson(Refusal):
    code = "unknown_person"
    sentence = _("Nobody active is called “%(person)s”. Choose a person from the list.")


class UnknownUnit(Refusal):
    code = "unknown_unit"
    sentence = _("There is no department “%(unit)s”.")


class UnknownRole(Refusal):
    code = "unknown_role"
    sentence = _("There is no role “%(role)s”. Roles are: %(roles)s.")


class BadRoleKey(Refusal):
    code = "bad_role_key"
    sentence = _(
        "“%(key)s” can't be the key of a role. Start with a small letter; then small letters, digits, - and _."
    )


class RoleKeyTaken(Refusal):
    code = "role_key_taken"
    sentence = _("The key “%(key)s” belongs to the role “%(role)s” already. Choose another one.")


class RoleHeld(Refusal):
    """Somebody would be left with less than they have; `field` is where another role is chosen."""

    code = "role_held"
    sentence = _("This role is held by %(people)s. Choose the role that they hold instead.")

    def __str__(self) -> str:
        count = self.params["count"]
        held = ngettext("%(n)s person", "%(n)s people", count) % {"n": count}
        return str(self.sentence) % {"people": held}


class RoleInUse(Refusal):
    code = "role_in_use"
    status = 409
    sentence = _("The role “%(role)s” is named by: %(where)s. Put another role there first.")


class UnitsMissing(Refusal):
    code = "units_missing"
    sentence = _("Choose the departments that this role reaches.")


class UnknownScope(Refusal):
    code = "unknown_scope"
    sentence = _("There is no data scope “%(scope)s”. Scopes are: %(known)s.")


class UnknownPermission(Refusal):
    code = "unknown_permission"
    sentence = _("There is no permission “%(permission)s”.")


class LoginTaken(Refusal):
    code = "login_taken"
    sentence = _("The login “%(login)s” is taken. Choose another one.")


class BadLogin(Refusal):
    code = "bad_login"
    sentence = _("“%(login)s” can't be a login. Use 2 to 60 letters, digits, dots, dashes or underscores.")


class WeakPassword(Refusal):
    code = "weak_password"
    sentence = _("This password won't do: %(reasons)s")


class UnitInItself(Refusal):
    code = "unit_in_itself"
    sentence = _("A department can't be moved below itself.")


class UnitNameTaken(Refusal):
    code = "unit_name_taken"
    sentence = _("There is a department “%(unit)s” here already. Choose another name.")


class BadExpiry(Refusal):
    code = "bad_expiry"
    sentence = _("A token lives from 1 to 3,650 days; %(days)s is not possible.")


class NameMissing(Refusal):
    code = "name_missing"
    sentence = _("Write a name of 1 to %(longest)s characters.")


class PersonFieldRefused(Refusal):
    """How to reach a person can't be kept like this; `field` says which way."""

    code = "person_field_refused"
    sentence = _("%(label)s: %(problem)s")


class CalendarRefused(Refusal):
    """Work can't be like this; `field` says which part of the calendar."""

    code = "calendar_refused"
    sentence = _("%(label)s: %(problem)s")


class LastManager(Refusal):
    code = "last_manager"
    sentence = _("Nobody active could manage people any more. Let somebody else do that first.")


class WrongPassword(Refusal):
    code = "wrong_password"
    sentence = _("The old password is not right.")


class WrongCode(Refusal):
    code = "wrong_code"
    sentence = _("This code is not right. Take the newest one; the clock of your phone must be right, too.")


class SecondFactorOn(Refusal):
    code = "second_factor_on"
    status = 409
    sentence = _("Your second factor is on already.")


class SecondFactorOff(Refusal):
    code = "second_factor_off"
    status = 409
    sentence = _("There is no second factor to turn off or renew.")


class BadTarget(Refusal):
    code = "bad_target"
    sentence = _("A target is a whole number from 0 to %(most)s; 0 means none.")


class SuccessorMissing(Refusal):
    code = "successor_missing"
    sentence = _("%(name)s still owns %(things)s. Choose who takes them over.")

    def __str__(self) -> str:
        count = self.params["count"]
        things = ngettext("%(n)s thing", "%(n)s things", count) % {"n": count}
        return str(self.sentence) % {**self.params, "things": things}


class AlreadyFounded(Refusal):
    code = "already_founded"
    status = 403
    sentence = _("Somebody can log in here already, so there is no first account to make.")


class UnknownLanguage(Refusal):
    code = "unknown_language"
    sentence = _("There is no language “%(language)s” here. Choose one from the list.")


class InvitationInvalid(Refusal):
    code = "invitation_invalid"
    sentence = _("This link doesn't work any more. Ask whoever invited you for a new one.")


class AlreadyJoined(Refusal):
    code = "already_joined"
    sentence = _("%(name)s has a password already or was deactivated, so there is nobody to invite.")


class KeyReused(Refusal):
    code = "idempotency_key_reused"
    sentence = _("This Idempotency-Key was used for another request. Use a new one for each new request.")
