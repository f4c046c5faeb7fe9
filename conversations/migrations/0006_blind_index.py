"""The databases' own indexes of the terms: GIN on PostgreSQL, FTS5 on SQLite.

FTS5 has no table of its own to look things up in (it is "contentless"), so what it must
forget is told to it from the terms in the row. Triggers do it, so that no way of
deleting leaves anything behind. SQLite's triggers have no loops: a table of numbers
makes the packed hashes text. **A later migration that alters the table on SQLite makes
it anew and loses the triggers: it must call ``make`` again.**
"""

from django.db import migrations

TABLE = "conversations_indexentry"
MOST = 16_384  # hashes of one entry; what is cut has at most 20,000 characters

_TEXT = f"""
    SELECT group_concat(hex(substr({{row}}.terms, 4 * n + 1, 4)), ' ')
      FROM {TABLE}_numbers WHERE n < length({{row}}.terms) / 4
"""
_FORGET = f"""
    INSERT INTO {TABLE}_fts ({TABLE}_fts, rowid, terms)
    VALUES ('delete', old.id, ({_TEXT.format(row="old")}));
"""
_ADD = f"""
    INSERT INTO {TABLE}_fts (rowid, terms)
    VALUES (new.id, ({_TEXT.format(row="new")}));
"""
TRIGGERS = {
    "added": f"AFTER INSERT ON {TABLE} BEGIN {_ADD} END",
    "changed": f"AFTER UPDATE OF id, terms ON {TABLE} BEGIN {_FORGET} {_ADD} END",
    "gone": f"AFTER DELETE ON {TABLE} BEGIN {_FORGET} END",
}


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE INDEX {TABLE}_terms ON {TABLE} USING gin (terms)"
        )
        return
    schema_editor.execute(
        f"CREATE TABLE IF NOT EXISTS {TABLE}_numbers (n integer PRIMARY KEY)"
    )
    schema_editor.execute(
        f"WITH RECURSIVE up(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up"
        f" WHERE n < {MOST - 1}) INSERT OR IGNORE INTO {TABLE}_numbers SELECT n FROM up"
    )
    schema_editor.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE}_fts USING fts5("
        "terms, content='', detail=none, columnsize=0, tokenize='ascii')"
    )
    for name, what in TRIGGERS.items():
        schema_editor.execute(f"CREATE TRIGGER IF NOT EXISTS {TABLE}_{name} {what}")


def unmake(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX {TABLE}_terms")
        return
    for name in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER {TABLE}_{name}")
    schema_editor.execute(f"DROP TABLE {TABLE}_fts")
    schema_editor.execute(f"DROP TABLE {TABLE}_numbers")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0005_memory_and_files")]
    operations = [migrations.RunPython(make, unmake)]
