"""Which models can see images; of those that ship, all do."""

from django.db import migrations, models

SHIPPED = (
    "gpt-5.4-mini",
    "gpt-5.4",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-5",
    "gpt-4.1-mini",
    "gpt-4o-mini",
    "gpt-4o",
)


def they_see(apps, schema_editor):
    models = apps.get_model("conversations", "LanguageModel").objects
    rows = models.using(schema_editor.connection.alias).filter(name__in=SHIPPED)
    rows.update(sees_images=True)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0006_blind_index")]

    operations = [
        migrations.AddField(
            model_name="languagemodel",
            name="sees_images",
            field=models.BooleanField("can see images", default=False),
        ),
        migrations.RunPython(they_see, migrations.RunPython.noop),
    ]
