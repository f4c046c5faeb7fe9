"""A queued turn's question can change; and live turns are found by full indexes, for
SQLite uses a partial one only where its condition is in the query word for word.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="turn",
            name="revision",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="turn",
            index=models.Index(fields=["status", "heartbeat"], name="turns_by_status"),
        ),
        migrations.AddIndex(
            model_name="turn",
            index=models.Index(
                fields=["conversation", "status"], name="turns_of_conversation"
            ),
        ),
        migrations.RemoveIndex(model_name="turn", name="live_turns"),
        migrations.AlterField(
            model_name="turn",
            name="conversation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="turns",
                to="conversations.conversation",
            ),
        ),
    ]
