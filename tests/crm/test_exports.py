"""What an export holds, for whom, and that it can be brought in again."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.core.sheets import write_csv, write_xlsx
from dealrail.crm import exporting
from dealrail.crm.actions.deals import change_deal, lose_deal
from dealrail.crm.actions.imports import undo_import
from dealrail.crm.clocks import finish_import
from dealrail.crm.models import Contact, Deal, ImportJob
from tests.cast import Company, MakeCustomer, MakeDeal, actor_of, refuses
from tests.crm_imports.bringing import Bring, counts, sentences

pytestmark = pytest.mark.django_db
SHEET = """商机名称,编号,阶段,状态,金额,负责人,客户,线索日期,洽谈日期,成交日期,需求,预算,签约日期,紧急程度,输单原因
甲单,A1,交付,赢单,1200.50,rep,甲公司,2024-01-02,2024-02-01,2024-03-01,看板,900,2024-02-28,高,
乙单,A2,洽谈,输单,,rep,,2024-01-05,2024-02-01,2024-02-09,,,,,价格
丙单,A3,线索,进行中,77,rep,甲公司,2024-01-06,,,,,,低,
丁单,A4,洽谈,搁置,5,rep,,2024-01-06,2024-01-08,,,,,,
"""


def cells(actor: User, kind: str, language: str = "zh-hans", **more: object) -> list[dict[str, object]]:
    """The exported rows by their headings."""
    with translation.override(language):
        table = exporting.table(actor_of(actor), kind, **more)  # type: ignore[arg-type]
        return [dict(zip(table.headers, row, strict=True)) for row in table.rows]


@pytest.fixture
def bring(tmp_path: Path, admin: User) -> Bring:
    """Brings sheets in as the administrator."""
    return Bring(tmp_path, admin)


def test_deals_come_with_the_fields_of_their_process(rep: User, make_deal: MakeDeal) -> None:
    deal = make_deal(name="甲单", budget="900", signed_on="2024-02-28", urgency="高", seats="3")
    [row] = cells(rep, "deals")
    assert (row["ID"], row["需求"], row["紧急程度"]) == (deal.pk, None, "高")
    assert (str(row["预算"]), str(row["人数"]), str(row["签约日期"])) == ("900", "3", "2024-02-28")
