"""A sign-in service of a hospital as a process of its own on loopback, which can be told to misbehave.

`python tests/openid_provider.py NOW` prints its address and serves until its stdin is closed. `POST /next` with a JSON
object decides what the next one who signs in gets: `subject`, `fault`, and `rotate` for a new key.
"""

import json
import secrets
import sys
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "ward-monitor", "a+secret/that%needs quoting"


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})


class State:
    """What the service knows."""

    now = 0
    key: RSAKey
    next: dict[str, Any] = {}  # noqa: RUF012
    codes: dict[str, dict[str, Any]] = {}  # noqa: RUF012
    keys_fetched = 0


def untrue(fault: str | None) -> dict[str, Any]:
    """Which claims a fault changes; None takes one out."""
    known: dict[str, dict[str, Any]] = {
        "nonce": {"nonce": "another"},
        "no nonce": {"nonce": None},
        "audience": {"aud": "another-program"},
        "several audiences": {"aud": [CLIENT, "another-program"], "azp": "another-program"},
        "issuer": {"iss": "http://127.0.0.1:1"},
        "expired": {"iat": State.now - 4000, "exp": State.now - 3700},
        "not yet": {"iat": State.now + 3700, "exp": State.now + 4000},
        "no subject": {"sub": None},
    }
    return known.get(fault or "", {})


class Provider(BaseHTTPRequestHandler):
    """Discovery, keys, authorisation and token."""

    @property
    def issuer(self) -> str:
        assert isinstance(self.server, ThreadingHTTPServer)
        return f"http://127.0.0.1:{self.server.server_port}"

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        match path:
            case "/.well-known/openid-configuration":
                self._send(200, self._metadata())
            case "/keys":
                State.keys_fetched += 1
                self._send(200, {"keys": [State.key.as_dict(private=False)]})
            case "/authorize":
                self._authorize(query)
            case "/state":
                self._send(200, {"keys_fetched": State.keys_fetched})
            case _:
                self._send(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/next":
            State.next = json.loads(body)
            State.now = State.next.get("now", State.now)
            if State.next.get("rotate"):
                State.key = new_key()
            self._send(200, {})
        elif self.path == "/token":
            self._token({k: v[0] for k, v in parse_qs(body.decode()).items()})
        else:
            self._send(404, {})

    def _metadata(self) -> dict[str, Any]:
        own = self.issuer
        return {
            "issuer": "http://127.0.0.1:1" if State.next.get("fault") == "issuer of discovery" else own,
            "authorization_endpoint": f"{own}/authorize", "token_endpoint": f"{own}/token", "jwks_uri": f"{own}/keys",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }  # fmt: skip

    def _authorize(self, query: dict[str, str]) -> None:
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        assert query["scope"] == "openid"
        if State.next.get("fault") == "denied":
            back = {"error": "access_denied", "state": query["state"]}
        else:
            code = secrets.token_urlsafe(16)
            State.codes[code] = {**State.next, **query}
            issuer = "http://evil.example" if State.next.get("fault") == "mixed up" else self.issuer
            back = {"code": code, "state": query["state"], "iss": issuer}
        self.send_response(302)
        self.send_header("location", f"{query['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def _token(self, form: dict[str, str]) -> None:
        both = b64decode(self.headers.get("authorization", "Basic ").partition(" ")[2]).decode()
        user, _, password = both.partition(":")
        asked = State.codes.pop(form.get("code", ""), None)
        is_right = (
            asked is not None
            and (unquote_plus(user), unquote_plus(password)) == (CLIENT, SECRET)
            and form["redirect_uri"] == asked["redirect_uri"]
            and create_s256_code_challenge(form["code_verifier"]) == asked["code_challenge"]
        )
        if not is_right or asked is None:
            self._send(400, {"error": "invalid_grant"})
            return
        self._send(200, {"access_token": "x", "token_type": "Bearer", "id_token": self._sign(asked)})

    def _sign(self, asked: dict[str, Any]) -> str:
        claims: dict[str, Any] = {
            "iss": self.issuer, "sub": asked.get("subject", "u-1"), "aud": CLIENT, "nonce": asked["nonce"],
            "iat": State.now, "exp": State.now + 300,
            "email": "ada@hospital.example", "email_verified": True, "preferred_username": "ada",
        }  # fmt: skip
        fault = asked.get("fault")
        claims |= untrue(fault)
        claims = {name: value for name, value in claims.items() if value is not None}
        header, key = {"alg": "RS256", "kid": State.key.kid}, State.key
        match fault:
            case "wrong key":
                key = new_key()
            case "unknown key":
                key = new_key()
                header["kid"] = key.kid
            case "shared secret":
                return jwt.encode({**header, "alg": "HS256"}, claims, OctKey.import_key(SECRET), ["HS256"])
        whole = jwt.encode(header, claims, key, ["RS256"])
        head, body, signature = whole.split(".")
        match fault:
            case "no signature":
                return f"{head}.{body}."
            case "changed":
                other = jwt.encode(header, {**claims, "sub": "somebody else"}, key, ["RS256"])
                return f"{head}.{other.split('.')[1]}.{signature}"
        return whole

    def _send(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    State.now, State.key = int(sys.argv[1]), new_key()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()
