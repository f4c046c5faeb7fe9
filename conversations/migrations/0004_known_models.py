"""The table of models begins with those whose price is known (November 2026)."""

from decimal import Decimal

from django.db import migrations

KNOWN = (  # name, window, USD per million tokens: input, cached input, output
    ("gpt-5.4-mini", 400_000, "0.75", "0.075", "4.50"),
    ("gpt-5.4", 1_050_000, "2.50", "0.25", "15.00"),
    ("gpt-5-mini", 400_000, "0.25", "0.025", "2.00"),
    ("gpt-5-nano", 400_000, "0.05", "0.005", "0.40"),
    ("gpt-5", 400_000, "1.25", "0.125", "10.00"),
    ("gpt-4.1-mini", 1_047_576, "0.40", "0.10", "1.60"),
    ("gpt-4o-mini", 128_000, "0.15", "0.075", "0.60"),
    ("gpt-4o", 128_000, "2.50", "1.25", "10.00"),
)


def values():
    for name, window, fresh, cached, output in KNOWN:
        yield {
            "name": name,
            "label": "",
            "window": window,
            "reply_limit": None,
            "encoding": "o200k_base",
            "input_price": Decimal(fresh),
            "cached_price": Decimal(cached),
            "output_price": Decimal(output),
            "offered": True,
        }


def add(apps, schema_editor):
    """Rows that are there already stay as they are."""
    models = apps.get_model("conversations", "LanguageModel").objects
    models = models.using(schema_editor.connection.alias)
    there = set(models.values_list("name", flat=True))
    models.bulk_create(
        models.model(**row) for row in values() if row["name"] not in there
    )


def remove(apps, schema_editor):
    """Rows that an administrator changed stay."""
    models = apps.get_model("conversations", "LanguageModel").objects
    for row in values():
        models.using(schema_editor.connection.alias).filter(**row).delete()


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_context_engine")]

    operations = [migrations.RunPython(add, remove)]
