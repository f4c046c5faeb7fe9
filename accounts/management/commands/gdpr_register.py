"""``manage.py gdpr_register``: the record of processing activities, as Markdown."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.processing_record import lines


class Command(BaseCommand):
    help = "Print the record of processing activities that GDPR article 30 asks for."

    def handle(self, **options: Any) -> None:
        for line in lines():
            self.stdout.write(line)
