"""Second factors: codes of an app, passkeys, recovery codes; allauth does the rest."""
