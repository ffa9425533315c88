"""The feed never steps over a row that commits late."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

import pytest
from django.db import connection, transaction

from dealrail.events.queries import feed
from tests.events.things import happen

HOLDS_WRITERS_BACK = connection.vendor == "sqlite"


def _record_and_wait(written: Signal, go_on: Signal) -> int:
    try:
        with transaction.atomic():
            event = happen(1)
            written.set()
            go_on.wait(20)
        return event.pk
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_row_that_commits_late_is_not_stepped_over() -> None:
    written, go_on = Signal(), Signal()
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(_record_and_wait, written, go_on)
        written.wait(20)
        # SQLite has one writer at a time, so there nobody can overtake
        early = None if HOLDS_WRITERS_BACK else happen(2).pk
        seen = [event.pk for event in feed(after=0)]
        go_on.set()
        late_id = late.result()
    assert seen == []
    assert [event.pk for event in feed(after=0)] == [late_id, *([early] if early else [])]
