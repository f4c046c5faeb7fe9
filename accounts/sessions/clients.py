"""Who asks: the network and the browser, as far as they are kept."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import Device
from accounts.sessions.agents import short_form
from accounts.throttling import network

OFF, IP, IP_AND_AGENT = "off", "ip", "ip+agent"
BINDINGS = (OFF, IP, IP_AND_AGENT)


@dataclass(frozen=True, slots=True)
class Client:
    network: str = ""  # a /24 or a /48; "" when it is not known
    agent: str = ""  # "Firefox on Linux"
    agent_hash: str = ""  # of all that the browser tells about itself

    def is_of(self, device: Device) -> bool:
        """As far as SESSION_BINDING asks. What a session never was told of it takes
        from the first who uses it.
        """
        same = constant_time_compare
        if settings.SESSION_BINDING == OFF:
            return True
        if device.network and not same(device.network, self.network):
            return False
        if settings.SESSION_BINDING == IP or not device.agent_hash:
            return True
        return same(device.agent_hash, self.agent_hash)

    def fields(self) -> dict[str, str]:
        return {
            "network": self.network,
            "agent": self.agent,
            "agent_hash": self.agent_hash,
        }


def client_of(request: HttpRequest) -> Client:
    agent = request.META.get("HTTP_USER_AGENT", "")
    keyed = salted_hmac("accounts.sessions.agent", agent, algorithm="sha256")
    came = request.method is not None  # else a shell or a test made it up
    return Client(
        network=_network(request),
        agent=short_form(agent),
        agent_hash=keyed.hexdigest() if came else "",
    )


def _network(request: HttpRequest) -> str:
    try:  # the function that limits use too: it counts the trusted proxies
        return network(get_adapter().get_client_ip(request))
    except (PermissionDenied, ValueError, ImproperlyConfigured):
        return ""
