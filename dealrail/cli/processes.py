"""`process import|export|test|diff|list`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealrail.accounts.actions.roles import ensure_builtin_roles
from dealrail.cli import acting, start
from dealrail.cli.arguments import Options
from dealrail.cli.errors import NoSuchFile
from dealrail.cli.files import read_text, write_whole
from dealrail.cli.output import say, say_json, table
from dealrail.process import checks, examples, queries, rules, texts
from dealrail.process.actions import definitions
from dealrail.process.errors import BadDefinition, describe
from dealrail.process.queries import drafts


def bring(options: Options) -> None:
    """Publish a definition from a file or a shipped template."""
    start.require_database()
    content = _content(options.source)
    ensure_builtin_roles(actor=acting.as_system())  # which it names, also in a home where nobody is yet
    version, new = definitions.publish_text(actor=acting.chosen(options), content=content, note=options.note)
    key = version.definition.key
    if options.json:
        say_json({"process": key, "version": version.number, "new": new})
        return
    said = (
        _("%(process)s: version %(number)s is in force.")
        if new
        else _("%(process)s: this is what version %(number)s says already; nothing was changed.")
    )
    say(said % {"process": key, "number": version.number})


def _content(source: str) -> Any:
    """What a file or a template says. Refuses with NoSuchFile naming the templates, or UnreadableDefinition."""
    if not Path(source).exists() and source in texts.template_names():
        return texts.template(source)
    if not Path(source).exists():
        known = ", ".join(texts.template_names())
        problem = _("there is no such file, and the templates are %(known)s") % {"known": known}
        raise NoSuchFile(file=source, problem=problem)
    return texts.read_yaml(read_text(source))


def export(options: Options) -> None:
    """Write the version in force as YAML."""
    start.require_database()
    text = texts.write_yaml(queries.current_version(options.key).content)
    if options.output is None:
        say(text.rstrip("\n"))
    else:
        write_whole(Path(options.output), text.encode())


def test(options: Options) -> None:
    """Say what is wrong with a definition, which of its examples fail and what is hardly meant; publish nothing.

    Refuses with BadDefinition.
    """
    start.require_database()
    content = _content(options.source)
    if found := examples.problems(content):
        raise BadDefinition(found)
    count = len(rules.parse(content).examples)
    doubts = checks.warnings(content)
    if options.json:
        rows = [{"where": row.where, "code": row.code, "message": describe(row)} for row in doubts]
        say_json({"process": content["process"], "examples": count, "warnings": rows})
        return
    say(_("%(process)s can be published.") % {"process": content["process"]})
    if count:
        words = ngettext("%(n)s example comes out as it should.", "%(n)s examples come out as they should.", count)
        say(words % {"n": count})
    for row in doubts:
        say(_("Warning: %(warning)s") % {"warning": describe(row)})


def diff(options: Options) -> None:
    """Write what changes between two versions of a process, to its draft or to a file, as a unified difference."""
    start.require_database()
    current = queries.current_version(options.key).number
    since = options.since or (current if options.to else max(current - 1, 1))
    actor, to = acting.chosen(options), options.to or str(current)
    old = drafts.text_of(actor, options.key, str(since)).content
    is_kept = to == drafts.DRAFT or to.isdecimal()
    new = drafts.text_of(actor, options.key, to).content if is_kept else _definition(to)
    say(texts.unified(old, new, names=(str(since), to)).rstrip("\n") or _("Nothing differs."))


def _definition(source: str) -> Mapping[str, Any]:
    content = _content(source)
    if not isinstance(content, Mapping):
        raise BadDefinition(checks.problems(content))
    return content


def show(options: Options) -> None:
    """List the processes in force and the shipped templates."""
    start.require_database()
    rows = [
        {
            "key": version.definition.key,
            "name": version.definition.name,
            "version": version.number,
            "published_at": version.published_at.isoformat(timespec="seconds"),
            "digest": version.digest,
        }
        for version in queries.current_versions()
    ]
    templates = texts.template_names()
    if options.json:
        say_json({"processes": rows, "templates": templates})
        return
    table(["KEY", _("Name"), _("Version")], [[row["key"], row["name"], row["version"]] for row in rows])
    say(_("Templates: %(names)s") % {"names": ", ".join(templates)})
