"""What people call a browser and its system; the rest of a user agent is not kept."""

from __future__ import annotations

LONGEST = 512  # of what is looked at
# the first that is found counts: most browsers also name those they imitate
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-", "Python"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def short_form(agent: str) -> str:
    """ "Firefox on Linux"; "" for what is not in the tables."""
    browser, system = _first(agent, BROWSERS), _first(agent, SYSTEMS)
    if not system:
        return browser
    return f"{browser or 'A browser'} on {system}"


def _first(agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for part, name in names if part in agent[:LONGEST]), "")
