"""STUN and TURN servers from secrets.toml and the environment."""

from __future__ import annotations

import json

import pytest
from aiortc.rtcicetransport import parse_stun_turn_uri

from dashboard.live.ice import Ice, IceServer, configured, rest_credential
from harec.core.errors import InputError

NOW_S = 1_700_000_000.0
TURN = {"urls": ["turn:host:3478"], "username": "anna", "credential": "swordfish"}


def test_nobody_is_asked_unless_it_is_set():
    ice = configured(None, {}, NOW_S)
    assert ice.for_browser() == ice.for_server() == {"iceServers": []}
    assert not ice.has_turn


def test_secrets_win_over_the_list_and_the_list_over_one_server():
    secrets = {"ice_servers": [{"urls": "stun:a"}]}
    environ = {"HAREC_ICE_SERVERS": json.dumps([{"urls": ["stun:b"]}]), "HAREC_TURN_URL": "turn:c"}
    assert configured(secrets, environ, NOW_S).servers == (IceServer(("stun:a",)),)
    assert configured({}, environ, NOW_S).servers == (IceServer(("stun:b",)),)


def test_both_sides_get_the_same_servers_and_the_browser_the_policy():
    environ = {"HAREC_ICE_SERVERS": json.dumps([TURN]), "HAREC_ICE_POLICY": "relay"}
    ice = configured(None, environ, NOW_S)
    assert ice.for_server() == {"iceServers": [TURN]}
    assert ice.for_browser() == {"iceServers": [TURN], "iceTransportPolicy": "relay"}
    assert ice.has_turn


def test_one_server_by_url_name_and_credential():
    environ = {
        "HAREC_TURN_URL": "turn:host, turn:host:443?transport=tcp",
        "HAREC_TURN_USERNAME": "anna",
        "HAREC_TURN_CREDENTIAL": "swordfish",
    }
    (server,) = configured(None, environ, NOW_S).servers
    assert server.urls == ("turn:host", "turn:host:443?transport=tcp")
    assert (server.username, server.credential) == ("anna", "swordfish")


def test_credential_from_a_secret_is_the_one_coturn_computes():
    # printf 1700050000 | openssl dgst -sha1 -hmac north -binary | base64
    assert rest_credential("north", 1_700_050_000) == ("1700050000", "Z0WIC1MY/y02hQSgIxnX1g7fs/k=")


def test_credentials_from_a_secret_hold_for_half_a_day_and_change_once_an_hour():
    environ = {"HAREC_TURN_URL": "turn:host", "HAREC_TURN_SECRET": "north"}
    expiries = {
        int(configured(None, environ, NOW_S + s).servers[0].username) for s in range(0, 7200, 60)
    }
    assert len(expiries) in (2, 3)
    for s in range(0, 7200, 60):
        left_s = int(configured(None, environ, NOW_S + s).servers[0].username) - NOW_S - s
        assert 12 * 3600 <= left_s <= 13 * 3600


@pytest.mark.parametrize(
    ("secrets", "environ", "words"),
    [
        (None, {"HAREC_ICE_SERVERS": "[swordfish"}, "not JSON"),
        (None, {"HAREC_ICE_SERVERS": "3"}, "list of servers"),
        (None, {"HAREC_ICE_SERVERS": '["turn:host"]'}, "list of servers"),
        (None, {"HAREC_ICE_SERVERS": '[{"username": "anna"}]'}, "needs urls"),
        ({"ice_servers": "turn:host"}, {}, "secrets.toml"),
        ("swordfish", {}, "must be a table"),
        ([TURN], {}, "must be a table"),
        ({"ice_server": [TURN]}, {}, "no list ice_servers"),
        ({"ice_servers": [TURN | {"urls": ["turn:host:65536"]}]}, {}, "up to 65535"),
        ({"ice_servers": [TURN | {"urls": ["turns:host:0?transport=tcp"]}]}, {}, "up to 65535"),
        (None, {"HAREC_ICE_SERVERS": '[{"urls": ["stun:host:99999"]}]'}, "up to 65535"),
        ({"ice_servers": [{"urls": ["stun:host?transport=udp"]}]}, {}, "must look like"),
        ({"ice_servers": [TURN | {"urls": ["https://host"]}]}, {}, "must look like"),
        ({"ice_servers": [TURN | {"urls": ["turn://host"]}]}, {}, "must look like"),
        ({"ice_servers": [TURN | {"urls": ["turn:anna:swordfish@host"]}]}, {}, "must look like"),
        ({"ice_servers": [TURN | {"urls": [3]}]}, {}, "must look like"),
        ({"ice_servers": [TURN | {"credential": 5}]}, {}, "must be texts"),
        ({"ice_servers": [TURN | {"credential": ""}]}, {}, "username and credential"),
        (None, {"HAREC_TURN_URL": "turn:host"}, "HAREC_TURN_SECRET"),
        (None, {"HAREC_TURN_URL": " , ", "HAREC_TURN_SECRET": "swordfish"}, "urls"),
        (None, {"HAREC_ICE_POLICY": "swordfish"}, "all or relay"),
        (None, {"HAREC_ICE_POLICY": "relay"}, "no TURN server"),
    ],
)
def test_a_mistake_is_one_plain_sentence_without_what_is_secret(secrets, environ, words):
    with pytest.raises(InputError, match=words) as caught:
        configured(secrets, environ, NOW_S)
    message = str(caught.value)
    assert "swordfish" not in message
    assert message.count("\n") == 0


@pytest.mark.parametrize(
    "url",
    [
        "stun:host",
        "stun:host:19302",
        "turn:host:65535",
        "stuns:host:5349",
        "turn:192.0.2.7",
        "turn:host.example.org:3478?transport=udp",
        "turns:host:443?transport=tcp",
    ],
)
def test_what_is_accepted_is_understood_by_the_server_side_too(url):
    servers = [TURN | {"urls": [url]}]
    assert configured({"ice_servers": servers}, {}, NOW_S).servers[0].urls == (url,)
    assert parse_stun_turn_uri(url)["host"] in url


def test_a_server_shows_no_credential():
    assert "swordfish" not in repr(Ice((IceServer(("turn:host",), "anna", "swordfish"),)))
