"""Refusals of the command line itself."""

from django.utils.translation import gettext_lazy as _

from dealrail.core.errors import Refusal


class WrongUse(Exception):
    """The command line can't be understood; the message is the sentence for it."""


class DatabaseUnreachable(Refusal):
    code = "database_unreachable"
    sentence = _("The database that DATABASE_URL names can't be used: %(problem)s")


class NotMigrated(Refusal):
    code = "not_migrated"
    sentence = _("The database isn't up to date. Run “dealrail migrate” first.")


class NewerDatabase(Refusal):
    code = "newer_database"
    sentence = _("This database belongs to a newer Dealrail (it knows %(migration)s). Install that one.")


class PortTaken(Refusal):
    code = "port_taken"
    sentence = _("Port %(port)s of %(host)s can't be used: %(problem)s. Choose another with --port.")


class PasswordsDiffer(Refusal):
    code = "admin_passwords_differ"
    sentence = _("The two passwords differ. Nothing was created.")


class NoSuchFile(Refusal):
    code = "no_such_file"
    sentence = _("The file “%(file)s” can't be read: %(problem)s.")


class BackupUnreadable(Refusal):
    code = "backup_unreadable"
    sentence = _("“%(file)s” isn't a backup of Dealrail, or it is damaged: %(problem)s")


class BackupOfAnotherVersion(Refusal):
    code = "backup_of_another_version"
    sentence = _(
        "This backup was made by Dealrail %(made)s, whose tables differ from those of %(installed)s. "
        "Restore it with Dealrail %(made)s, then update."
    )


class HomeNotEmpty(Refusal):
    code = "home_not_empty"
    sentence = _(
        "This home holds data already (%(table)s). Restore into an empty one, or replace everything with --force."
    )


class StillRunning(Refusal):
    code = "still_running"
    sentence = _("A worker is at work on this database (%(host)s, process %(pid)s). Stop server and worker first.")
