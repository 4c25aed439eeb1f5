"""Which STUN and TURN servers the browser and this server use to find each other.

None by default: both are then on one machine or in one network, and no other server is asked. What
to set, and an example with coturn: ``docs/turn.md``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harec.core.errors import InputError

#: A list of servers as JSON: [{"urls": ["turn:host"], "username": "...", "credential": "..."}].
SERVERS_ENV: Final = "HAREC_ICE_SERVERS"
#: Streamlit's file, where the table ``[webrtc]`` may hold the same list as ``ice_servers``.
SECRETS: Final = ".streamlit/secrets.toml"
#: One TURN server, or several parted by commas.
TURN_ENV: Final = "HAREC_TURN_URL"
USERNAME_ENV: Final = "HAREC_TURN_USERNAME"
CREDENTIAL_ENV: Final = "HAREC_TURN_CREDENTIAL"
#: Instead of name and credential: the secret of coturn's ``use-auth-secret``.
SECRET_ENV: Final = "HAREC_TURN_SECRET"
#: "relay": the browser uses nothing but TURN servers, to try them out. "all": the default.
POLICY_ENV: Final = "HAREC_ICE_POLICY"

#: Credentials made from a secret hold for this long, and for up to `_STEP_S` more.
_VALID_S: Final = 12 * 3600
#: They change this seldom: Streamlit-webrtc keeps every configuration that it has seen.
_STEP_S: Final = 3600
#: RFC 7064 and 7065, as far as aiortc reads them: it takes no IPv6 address without a name.
_URL: Final = re.compile(
    r"(stuns?:|(?P<turn>turns?:))[^\s:/?@\[\]]+(:(?P<port>\d{1,5}))?"
    r"(?(turn)(\?transport=(udp|tcp))?)"
)


@dataclass(frozen=True)
class IceServer:
    """One server under its addresses; TURN needs a name and a credential, STUN none."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None

    def __repr__(self) -> str:  # a credential never gets into a log
        return f"IceServer({', '.join(self.urls)})"


@dataclass(frozen=True)
class Ice:
    """Servers, and whether the browser may use nothing else ("relay")."""

    servers: tuple[IceServer, ...] = ()
    relay_only: bool = False

    @property
    def has_turn(self) -> bool:
        return any(url.startswith("turn") for server in self.servers for url in server.urls)

    def for_browser(self) -> dict[str, Any]:
        """An ``RTCConfiguration`` of JavaScript."""
        policy = {"iceTransportPolicy": "relay"} if self.relay_only else {}
        return {"iceServers": self._servers(), **policy}

    def for_server(self) -> dict[str, Any]:
        """What streamlit-webrtc makes aiortc's configuration of; an empty list asks none."""
        return {"iceServers": self._servers()}

    def _servers(self) -> list[dict[str, Any]]:
        return [
            {"urls": list(server.urls)}
            | ({"username": server.username} if server.username else {})
            | ({"credential": server.credential} if server.credential else {})
            for server in self.servers
        ]


def configured(secrets: object, environ: Mapping[str, str], now_s: float) -> Ice:
    """What the server's operator has set: in secrets.toml, else in the environment, else nothing.

    Args:
        secrets: what should be the table ``[webrtc]`` of .streamlit/secrets.toml; None = absent.
        now_s: since the epoch; credentials made from a secret count from here.

    Raises:
        InputError: something is wrong with it; the message names the setting, never its value.
    """
    relay_only = _relay_only(environ.get(POLICY_ENV, ""))
    if secrets is not None and not isinstance(secrets, Mapping):
        raise InputError(f"webrtc in {SECRETS} must be a table, [webrtc], with a list ice_servers.")
    if secrets:  # an empty table sets nothing
        if "ice_servers" not in secrets:
            raise InputError(f"[webrtc] in {SECRETS} has no list ice_servers: is it misspelt?")
        servers = _listed(secrets["ice_servers"], f"ice_servers in {SECRETS}")
    elif environ.get(SERVERS_ENV, "").strip():
        try:
            listed = json.loads(environ[SERVERS_ENV])
        except ValueError:
            raise InputError(
                f'{SERVERS_ENV} is not JSON: write [{{"urls": ["turn:host:3478"], ...}}].'
            ) from None
        servers = _listed(listed, SERVERS_ENV)
    elif environ.get(TURN_ENV, "").strip():
        servers = (_turn(environ, now_s),)
    else:
        servers = ()
    ice = Ice(servers, relay_only)
    if relay_only and not ice.has_turn:
        raise InputError(f"{POLICY_ENV} is relay, but no TURN server is set.")
    return ice


def rest_credential(secret: str, expires_s: int) -> tuple[str, str]:
    """Name and credential that coturn's ``use-auth-secret`` accepts until a moment (epoch).

    Source: "A REST API For Access To TURN Services", draft-uberti-behave-turn-rest-00, 2.2.
    """
    username = str(expires_s)
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()


def _turn(environ: Mapping[str, str], now_s: float) -> IceServer:
    urls = [url.strip() for url in environ[TURN_ENV].split(",") if url.strip()]
    if secret := environ.get(SECRET_ENV, ""):
        expires_s = (int(now_s) // _STEP_S + 1) * _STEP_S + _VALID_S
        username, credential = rest_credential(secret, expires_s)
    else:
        username = environ.get(USERNAME_ENV, "")
        credential = environ.get(CREDENTIAL_ENV, "")
    return _server({"urls": urls, "username": username, "credential": credential}, TURN_ENV)


def _listed(listed: object, where: str) -> tuple[IceServer, ...]:
    if isinstance(listed, Mapping):
        listed = [listed]
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        raise InputError(f"{where} must be a list of servers, each with urls.")
    return tuple(_server(each, where) for each in listed)


def _server(entry: object, where: str) -> IceServer:
    if not isinstance(entry, Mapping):
        raise InputError(f"{where} must be a list of servers, each with urls.")
    urls = entry.get("urls", entry.get("url"))
    urls = [urls] if isinstance(urls, str) else urls
    if isinstance(urls, Mapping) or not isinstance(urls, Sequence) or not urls:
        raise InputError(f'{where}: each server needs urls, such as ["turn:host:3478"].')
    if not all(isinstance(url, str) and _well_formed(url) for url in urls):
        raise InputError(
            f"{where}: an address must look like stun:host:port, turn:host:port or "
            "turns:host:port?transport=tcp, without slashes and with a port up to 65535."
        )
    name, credential = entry.get("username") or None, entry.get("credential") or None
    if not all(value is None or isinstance(value, str) for value in (name, credential)):
        raise InputError(f"{where}: username and credential must be texts.")
    if any(url.startswith("turn") for url in urls) and not (name and credential):
        wanted = (
            f"set {USERNAME_ENV} and {CREDENTIAL_ENV}, or {SECRET_ENV}"
            if where == TURN_ENV
            else "give username and credential"
        )
        raise InputError(f"{where}: a TURN server needs to know who asks: {wanted}.")
    return IceServer(tuple(urls), name, credential)


def _well_formed(url: str) -> bool:
    found = _URL.fullmatch(url)
    return found is not None and (found["port"] is None or 1 <= int(found["port"]) <= 65535)


def _relay_only(policy: str) -> bool:
    policy = policy.strip().lower()
    if policy not in ("", "all", "relay"):
        raise InputError(f"{POLICY_ENV} must be all or relay.")
    return policy == "relay"
