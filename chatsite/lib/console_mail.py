"""Mail of a site that sends none: its words and links are printed, for whoever sets the
site up. Not to whom: what is printed is kept in logs, and nobody is erased from those.
"""

from __future__ import annotations

import re

from django.core.mail import EmailMessage
from django.core.mail.backends import console

HIDDEN = "[address]"


class EmailBackend(console.EmailBackend):
    def write_message(self, message: EmailMessage) -> None:
        text = f"Mail, printed because EMAIL_URL is not set: {message.subject}\n\n"
        text += f"{message.body}\n{'-' * 79}\n"
        for address in message.recipients():
            text = re.sub(re.escape(address), HIDDEN, text, flags=re.IGNORECASE)
        self.stream.write(text)
