"""Whoever was asked for an approval has a part in it: one yes was needed of all of them together."""

from django.db import migrations

PARTS = """
    INSERT INTO process_approvalpart (request_id, user_id, seat, part, answered_at, note)
    SELECT asked.approvalrequest_id, asked.user_id, 1,
        CASE WHEN request.status NOT IN ('granted', 'spent') THEN 'waiting'
             WHEN request.decided_by_id = asked.user_id THEN 'agreed' ELSE 'spared' END,
        CASE WHEN request.status IN ('granted', 'spent') AND request.decided_by_id = asked.user_id
             THEN request.decided_at END,
        ''
    FROM process_approvalrequest_approvers asked
    JOIN process_approvalrequest request ON request.id = asked.approvalrequest_id
"""
APPROVERS = """
    INSERT INTO process_approvalrequest_approvers (approvalrequest_id, user_id)
    SELECT DISTINCT request_id, user_id FROM process_approvalpart WHERE part IN ('waiting', 'agreed', 'spared')
"""


class Migration(migrations.Migration):
    dependencies = [("process", "0009_approval_parts")]
    operations = [migrations.RunSQL(PARTS, APPROVERS)]
