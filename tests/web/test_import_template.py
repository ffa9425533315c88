"""Sheets to start an import from: every heading finds its field again, and another sheet explains each."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import translation

from dealrail.accounts.models import User
from dealrail.core.sheets import open_sheet
from dealrail.core.sheets.refusals import OnlyHeaders
from dealrail.crm import importing, mappings
from dealrail.crm.mappings import ENTERED
from dealrail.web.imports.faults import faults_of
from dealrail.web.imports.template import template
from tests.cast import Company, actor_of
from tests.web.conftest import LogIn

pytestmark = pytest.mark.django_db


def download(client: Client, address: str, path: Path) -> Path:
    answer = client.get(address)
    assert answer.status_code == 200
    path.write_bytes(answer.getvalue())
    return path


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", list(mappings.KIND_LABELS))
@pytest.mark.usefixtures("company")
def test_every_heading_of_a_template_finds_its_field(
    kind: str, language: str, log_in: LogIn, admin: User, tmp_path: Path
) -> None:
    User.objects.filter(pk=admin.pk).update(language=language)
    path = download(log_in(admin), f"/imports/template/{kind}/?process=trial", tmp_path / "template.xlsx")
    spec = importing.spec_for(kind, "trial")
    wanted = {target.key for target in mappings.targets(kind, spec) if not target.key.startswith(ENTERED)}
    with translation.override(language):
        headers, _notes, _name = template(actor_of(admin), kind, "trial")
        assert set(mappings.suggest(kind, headers, spec)) == wanted
    with pytest.raises(OnlyHeaders):
        open_sheet(path, name="template.xlsx")
    with ZipFile(path) as book:
        words = book.read("xl/sharedStrings.xml").decode() if "xl/sharedStrings.xml" in book.namelist() else ""
        words += book.read("xl/worksheets/sheet2.xml").decode()
    assert ("怎么填" if language == "zh-hans" else "What goes in") in words


def test_a_template_is_for_who_may_import_its_kind(log_in: LogIn, rep: User, legal: User) -> None:
    assert log_in(rep).get("/imports/template/people/").status_code == 403
    assert log_in(legal).get("/imports/template/customers/").status_code == 403
    assert log_in(rep).get("/imports/template/nothing/").status_code == 422
    assert log_in(rep).get("/imports/template/deals/?process=nothing").status_code in {404, 422}


def test_the_import_page_offers_the_templates(log_in: LogIn, rep: User) -> None:
    page = log_in(rep).get("/imports/").content.decode()
    assert 'href="/imports/template/deals/?process=trial"' in page
    assert 'href="/imports/template/people/"' not in page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", ["customers", "contacts", "deals", "people", "products", "regions", "sources"])
def test_the_examples_of_a_template_come_in(
    kind: str, language: str, log_in: LogIn, admin: User, company: Company, tmp_path: Path
) -> None:
    User.objects.filter(pk=admin.pk).update(language=language)
    with translation.override(language):
        headers, notes, name = template(actor_of(admin), kind, "trial")
        path = download(log_in(admin), f"/imports/template/{kind}/?process=trial", tmp_path / "template.xlsx")
        with ZipFile(path) as book:
            assert f'name="{name}"' in book.read("xl/workbook.xml").decode()
        examples = {str(row[0]): str(row[3]) for row in notes.rows}
        spec = importing.spec_for(kind, "trial")
        keys = mappings.suggest(kind, headers, spec)
        given = {str(column): examples[str(column)] for column in keys.values() if examples.get(str(column))}
        columns = mappings.read_mapping(kind, keys, headers, spec=spec)
        faults = faults_of(actor_of(admin), kind, columns, spec, [given])
    assert faults == [{}]
