"""What a device is called."""

from __future__ import annotations

import pytest

from accounts.models import Device
from accounts.sessions.agents import LONGEST, short_form

MOZILLA = "Mozilla/5.0 "
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) "
LINUX = MOZILLA + "(X11; Linux x86_64"
WINDOWS = MOZILLA + "(Windows NT 10.0; Win64; x64) " + WEBKIT
MAC = MOZILLA + "(Macintosh; Intel Mac OS X 10_15_7) " + WEBKIT
ANDROID = MOZILLA + "(Linux; Android 14; SM-S901B) " + WEBKIT
IPHONE = MOZILLA + "(iPhone; CPU iPhone OS 18_0 like Mac OS X) " + WEBKIT
IPAD = MOZILLA + "(iPad; CPU OS 18_0 like Mac OS X) " + WEBKIT
CROS = MOZILLA + "(X11; CrOS x86_64 14541.0.0) " + WEBKIT


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (LINUX + "; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (LINUX + ") " + WEBKIT + "Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        (WINDOWS + "Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (WINDOWS + "Chrome/140.0 Safari/537.36 OPR/120.0", "Opera on Windows"),
        (WINDOWS + "Chrome/140.0 Safari/537.36 Vivaldi/7.0", "Vivaldi on Windows"),
        (MAC + "Version/18.0 Safari/605.1.15", "Safari on macOS"),
        (MAC + "Chrome/140.0 Safari/537.36", "Chrome on macOS"),
        (ANDROID + "Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        (
            ANDROID + "SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        (IPHONE + "Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (IPHONE + "CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (IPHONE + "FxiOS/140.0 Mobile/15E148 Safari/604.1", "Firefox on iPhone"),
        (IPAD + "Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPad"),
        (CROS + "Chrome/140.0 Safari/537.36", "Chrome on ChromeOS"),
        ("curl/8.9.1", "curl"),
        ("python-requests/2.32", "Python"),
        ("Something (Linux)", "A browser on Linux"),
        ("Something else", ""),
        ("", ""),
        ("<script>alert(1)</script>", ""),
        (" " * LONGEST + "Firefox/140.0", ""),
    ],
)
def test_browsers_and_systems_by_name(agent: str, name: str) -> None:
    assert short_form(agent) == name
    assert len(name) <= Device._meta.get_field("agent").max_length
