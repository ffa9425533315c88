"""Two imports of one sheet at the same time."""

import pytest

from dealrail.core.errors import Refusal
from dealrail.crm.clocks import finish_import
from dealrail.crm.models import Customer, Deal, ImportJob
from tests.cast import at_once
from tests.crm_imports.bringing import Bring

pytestmark = pytest.mark.django_db(transaction=True)
SHEETS = {
    "customers": "客户名称\n" + "".join(f"第{number}贸易公司\n" for number in range(300)),
    "deals": "编号,商机\n" + "".join(f"C{number},第{number}单\n" for number in range(300)),
}


@pytest.mark.parametrize(("kind", "mode"), [("customers", "new"), ("deals", "new"), ("deals", "history")])
def test_two_imports_of_a_sheet_at_once_bring_each_row_in_once(bring: Bring, kind: str, mode: str) -> None:
    jobs = [bring.start(SHEETS[kind], kind, mode=mode).pk for _number in range(2)]
    finished = at_once(*[lambda pk=pk: finish_import(pk) for pk in jobs])
    assert not [answer for answer in finished if isinstance(answer, Refusal)]
    rows = ImportJob.objects.order_by("pk").values_list("created", "skipped", "failed")
    assert [sum(column) for column in zip(*rows, strict=True)] == [300, 300, 0]
    assert (Customer if kind == "customers" else Deal)._default_manager.count() == 300
