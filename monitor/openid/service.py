"""The service: where to send somebody who wants to sign in, and who they are when they come back."""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from threading import Lock
from typing import Any
from urllib.parse import quote_plus, urlencode

from monitor.openid.faults import NotInstalled, ServiceSilent, Untrusted
from monitor.openid.fetching import fetch, is_safe

KEPT = timedelta(hours=1)
"""So long what was looked up at the service is believed without asking again."""
PAUSE = timedelta(minutes=1)
"""Between two looks for a key that is not among those known; otherwise strangers could make us ask without end."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key of the service's own; "none" and secrets that we share are not among them."""
LEEWAY_SECONDS = 60
SCOPE = "openid"
"""No name and no mail address: who somebody is here was entered here."""


def is_installed() -> bool:
    return find_spec("authlib") is not None and find_spec("joserfc") is not None


@dataclass(frozen=True, slots=True)
class Begun:
    """Somebody is about to be sent to the service: where, and what has to come back with them."""

    address: str
    state: str
    nonce: str
    verifier: str


class Service:
    """One service as this installation knows it. Looks it up when it is first needed, and again when that is old."""

    def __init__(self, *, issuer: str, client_id: str, client_secret: str, back_to: str) -> None:
        self._issuer, self._client_id, self._secret, self._back_to = issuer, client_id, client_secret, back_to
        self._lock = Lock()
        self._known: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._known_at: datetime | None = None
        self._keys_at: datetime | None = None

    def begin(self, now: datetime) -> Begun:
        """Authorization code with PKCE; refuses NotInstalled and ServiceSilent."""
        if not is_installed():
            raise NotInstalled
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        address = prepare_grant_uri(
            self._endpoint("authorization_endpoint", now), self._client_id, "code", self._back_to, SCOPE, state,
            nonce=nonce, code_challenge=create_s256_code_challenge(verifier), code_challenge_method="S256",
        )  # fmt: skip
        return Begun(str(address), state, nonce, verifier)

    def find_subject(self, code: str, *, nonce: str, verifier: str, now: datetime) -> str:
        """Who came back with this code; refuses Untrusted whatever does not hold."""
        if not is_installed():
            raise NotInstalled
        said = self._exchange(code, verifier, now)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise Untrusted("no ID token")
        return self._judge(token, nonce, said.get("access_token"), now)

    def is_issuer(self, named: str) -> bool:
        """Whether the answer names the service that was asked (RFC 9207); one that names nobody passes."""
        return not named or named.rstrip("/") == self._issuer.rstrip("/")

    def _exchange(self, code: str, verifier: str, now: datetime) -> dict[str, Any]:
        fields = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._back_to, "code_verifier": verifier,
        }  # fmt: skip
        ways = self._metadata(now).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        headers: dict[str, str] = {}
        if self._secret and "client_secret_basic" in ways:
            both = f"{quote_plus(self._client_id)}:{quote_plus(self._secret)}"
            headers["authorization"] = f"Basic {b64encode(both.encode()).decode()}"
        else:
            fields["client_id"] = self._client_id
            fields |= {"client_secret": self._secret} if self._secret else {}
        return fetch(self._endpoint("token_endpoint", now), form=urlencode(fields).encode(), headers=headers)

    def _judge(self, token: str, nonce: str, access_token: object, now: datetime) -> str:
        """Signature, issuer, audience, time and nonce, as OpenID Connect Core 3.1.3.7 asks."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            decoded = jwt.decode(token, self._find_keys(token, now), algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                decoded.claims, decoded.header,
                options={
                    "iss": {"essential": True, "value": self._metadata(now)["issuer"]},
                    "aud": {"essential": True, "value": self._client_id},
                },
                params={"nonce": nonce, "client_id": self._client_id, "access_token": access_token},
            )  # fmt: skip
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as fault:
            named = getattr(fault, "claim", None)
            raise Untrusted(f"{type(fault).__name__}{f' {named}' if isinstance(named, str) else ''}") from None
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject or len(subject) > 255:
            raise Untrusted("no subject")
        return subject

    def _find_keys(self, token: str, now: datetime) -> Any:
        """The service's keys, looked up again where a token names one that is not among them: keys change."""
        from joserfc.jwk import KeySet
        from joserfc.jws import extract_compact

        named = extract_compact(token.encode()).headers().get("kid")
        with self._lock:
            known = {one.get("kid") for one in self._keys.get("keys", ())}
            is_strange = not self._keys or (named is not None and named not in known)
            is_old = _age(self._keys_at, now) > KEPT
            if is_old or (is_strange and _age(self._keys_at, now) > PAUSE):
                self._keys, self._keys_at = fetch(self._endpoint("jwks_uri", now)), now
            return KeySet.import_key_set({"keys": [one for one in self._keys.get("keys", ()) if _is_for_signing(one)]})

    def _endpoint(self, name: str, now: datetime) -> str:
        address = self._metadata(now).get(name)
        if not isinstance(address, str) or not is_safe(address):
            raise ServiceSilent(f"no {name}")
        return address

    def _metadata(self, now: datetime) -> dict[str, Any]:
        if not self._known or _age(self._known_at, now) > KEPT:
            found = fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self._issuer.rstrip("/"):
                raise ServiceSilent("it calls itself otherwise")
            self._known, self._known_at = found, now
        return self._known


def _age(since: datetime | None, now: datetime) -> timedelta:
    """Forwards or backwards: a clock may have been set."""
    return timedelta.max if since is None else abs(now - since)


def _is_for_signing(key: object) -> bool:
    return isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") in {"RSA", "EC"}
