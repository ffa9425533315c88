"""Every operation of the API, tried by those it isn't for; taken from its description, so that none is forgotten."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from dealrail.accounts.models import User
from tests.api.client import Answer, Api
from tests.api.operations import BODIES, FORMS, SECRET, operations
from tests.api.operations import belongings as make_belongings
from tests.cast import last_event_id

# What anybody with a token may do: nothing of others is read or changed.
FOR_ALL = {
    "listNotifications", "changeMe", "readAllNotifications",
    "readMe", "listPeople", "listUnits", "listRegions", "listSources", "listPools", "listProducts", "readProduct",
    "listProcesses", "readProcess", "listDeals", "createDeal", "listCustomers", "createCustomer", "listContacts",
    "listActivities", "listTasks", "createTask", "listApprovals", "listEvents", "readFunnel", "listFunnelDeals",
    "readExecution", "startImport", "listImports", "exportRecords", "readUnit", "listTokens", "createToken", "readPool",
    "listCalendar", "listTextTemplates", "createTextTemplate", "renewCalendarFeed",
    "createRegion", "createSource", "listMappings", "saveMapping", "listDeleted", "search", "listDuplicates",
    "listWaiverRequests", "listWaivers", "readWaiverRates",
    "listComments", "listAttachments", "listViews", "createView",
    "startBulk", "readCompany", "readWorkingTime",
    "listFields", "listLibraryActions", "readLibraryAction", "readActionUsage",
    "listBusinessLines", "readGroupTemplate", "listDeviations", "readBusinessLine",
    "listVersions", "readVersion", "compareVersions",
    "listForms", "readForm", "listFormRecords", "listMyLayouts", "readPicture",
}  # fmt: skip
# What the owner can't do either, as things stand: somebody else's job, or not the moment for it.
NOT_FOR_THE_OWNER = {
    "answerWaiver", "acknowledgeHandOver", "removeCollaborator", "undoBulk", "setStandardView",
    "delegateApproval", "addApprover",
    "decideApproval", "waiveCondition", "createProduct", "changeProduct", "publishProcess", "claimDeal",
    "readDraft", "startDraft", "saveDraft", "undoDraft", "redoDraft", "validateDraft", "publishDraft", "discardDraft",
    "claimCustomer", "reopenDeal", "completeAction", "readEvidence", "createPerson", "changePerson", "setPassword",
    "createUnit", "changeUnit", "setRoleTargets", "listRoles", "readRole", "saveRole", "retireRole", "restoreRole",
    "createPool", "changePool",
    "deleteDeal", "restoreDeal", "deleteCustomer", "restoreCustomer", "restoreContact",
    "invitePerson", "deactivatePerson", "changeCompany", "changeWorkingTime", "setWorkingDays", "removeWorkingTime",
    "changeRegion", "changeSource",
    "listSharedViews", "handOverView",
    "createField", "changeField", "recomputeField", "keepFieldFile", "readFieldFile",
    "listLayouts", "saveLayout", "removeLayout",
    "createBusinessLine", "setGroupTemplate", "takeOverTemplate", "changeBusinessLine",
    "listRunning", "listMigrations", "startMigration", "readMigration", "listMigrated", "stopMigration",
    "createLibraryAction", "changeLibraryAction",
    "createForm", "changeForm", "publishForm", "listFormLinks", "listPictures", "addPicture",
    "startDryRun", "startReplay", "listTrials", "readTrial", "listTried", "stopTrial",
}  # fmt: skip


@pytest.fixture
def belongings(rep: User) -> dict[str, Any]:
    """One of each record, all of them the rep's."""
    return make_belongings(rep)


def answers(api: Api, ids: dict[str, Any]) -> Iterator[tuple[str, Answer, int]]:
    """What each operation answers, and how many events it wrote; each is taken back before the next."""
    api.get("me")
    for operation in operations():
        before = last_event_id()
        with transaction.atomic():
            answer = operation.ask(api, ids)
            written = last_event_id() - before
            transaction.set_rollback(True)
        yield operation.name, answer, written


def test_without_a_token_every_operation_is_shut(anonymous: Api, belongings: dict[str, Any]) -> None:
    for name, answer, written in answers(anonymous, belongings):
        assert (name, answer.status, written, SECRET in answer.text) == (name, 401, 0, False)


def test_a_stranger_gets_nothing_of_others_and_changes_nothing(as_stranger: Api, belongings: dict[str, Any]) -> None:
    for name, answer, written in answers(as_stranger, belongings):
        assert answer.status in ({200, 201, 204} if name in FOR_ALL else {403, 404}), (name, answer.text)
        assert name == "createDeal" or SECRET not in answer.text, name
        assert name in FOR_ALL or written == 0, name


def test_the_same_requests_work_for_the_owner(as_rep: Api, belongings: dict[str, Any]) -> None:
    refused = {name: answer.text for name, answer, _ in answers(as_rep, belongings) if answer.status >= 300}
    assert set(refused) <= NOT_FOR_THE_OWNER, refused


def test_the_tables_name_no_operation_that_is_gone() -> None:
    known = {operation.name for operation in operations()}
    assert {*FOR_ALL, *BODIES, *FORMS, *NOT_FOR_THE_OWNER} - known == set()
