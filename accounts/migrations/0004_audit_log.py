"""The audit log, and the triggers that let it only grow.

Nothing in it is changed. A row goes only when an anchor (signed, so that
``verifyaudit`` knows a forged one) says that the log begins after it, and the next row
has the next number; INSERT OR REPLACE would walk past a rule about deleting alone.
**A later migration that alters these tables on SQLite makes them anew and loses the
triggers: it must call ``make`` again.**
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

EVENTS, ANCHORS = "accounts_auditevent", "accounts_auditanchor"
_LAST = f"SELECT max(seq) FROM {EVENTS}"
_GONE = f"SELECT max(seq) FROM {ANCHORS}"
REFUSALS = {  # what a row must not do: its table, the moment, when it is refused
    "event_changed": (EVENTS, "UPDATE", "true"),
    "event_deleted": (EVENTS, "DELETE", f"old.seq > coalesce(({_GONE}), 0)"),
    "event_out_of_order": (
        EVENTS,
        "INSERT",
        f"new.seq <> coalesce(({_LAST}), ({_GONE}), 0) + 1",
    ),
    "anchor_changed": (ANCHORS, "UPDATE", "true"),
    "anchor_deleted": (ANCHORS, "DELETE", "true"),
    "anchor_out_of_order": (
        ANCHORS,
        "INSERT",
        f"new.seq <= coalesce(({_GONE}), 0)",
    ),
}
_WHY = "the audit log only grows"


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, (table, moment, wrong) in REFUSALS.items():
            _make_on_postgres(schema_editor, name, table, f"BEFORE {moment}", wrong)
        for table in (EVENTS, ANCHORS):
            _make_on_postgres(
                schema_editor, f"{table}_emptied", table, "BEFORE TRUNCATE", "true"
            )
        return
    for name, (table, moment, wrong) in REFUSALS.items():
        schema_editor.execute(
            f"CREATE TRIGGER IF NOT EXISTS audit_{name} BEFORE {moment} ON {table}"
            f" WHEN {wrong} BEGIN SELECT raise(ABORT, '{_WHY}'); END"
        )


def _make_on_postgres(schema_editor, name, table, moment, wrong):
    each = "STATEMENT" if "TRUNCATE" in moment else "ROW"
    row = {"BEFORE DELETE": "OLD", "BEFORE TRUNCATE": "NULL"}.get(moment, "NEW")
    schema_editor.execute(
        f"CREATE FUNCTION audit_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {wrong} THEN RAISE EXCEPTION '{_WHY}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        f" RETURN {row}; END $$"
    )
    schema_editor.execute(
        f"CREATE TRIGGER audit_{name} {moment} ON {table}"
        f" FOR EACH {each} EXECUTE FUNCTION audit_{name}()"
    )


def unmake(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        emptied = {f"{table}_emptied": (table,) for table in (EVENTS, ANCHORS)}
        for name in REFUSALS | emptied:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS audit_{name}() CASCADE")
        return
    for name in REFUSALS:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS audit_{name}")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_core_memory"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditAnchor",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("head", models.CharField(max_length=64)),
                ("time", models.DateTimeField()),
                ("signature", models.CharField(max_length=128)),
            ],
            options={
                "ordering": ["seq"],
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                (
                    "seq",
                    models.BigIntegerField(
                        primary_key=True, serialize=False, verbose_name="number"
                    ),
                ),
                ("time", models.DateTimeField(db_index=True)),
                ("action", models.CharField(max_length=64)),
                ("actor", models.UUIDField(null=True)),
                ("subject_kind", models.CharField(max_length=64)),
                ("subject_id", models.CharField(max_length=64)),
                ("ip", models.CharField(max_length=43, verbose_name="network")),
                ("request_id", models.UUIDField(null=True)),
                ("details", models.JSONField(default=dict)),
                ("prev", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["seq"],
                "indexes": [
                    models.Index(fields=["actor", "seq"], name="audit_by_actor"),
                    models.Index(fields=["subject_id", "seq"], name="audit_by_subject"),
                    models.Index(fields=["action", "seq"], name="audit_by_action"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pseudonym",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pseudonym",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunPython(make, unmake),
    ]
