"""Faults: what keeps the hospital's sign-in service from telling us who somebody is."""

from schedules.errors import Refusal, Unacceptable


class NotInstalled(Refusal):
    """The libraries for it are an extra of the package, and are not there."""

    def __init__(self) -> None:
        super().__init__(
            "Sign-in by the hospital's own service is set, but its libraries are not installed.",
            "Install the package with its extra: pip install 'post-infusion-monitor[oidc]'.",
            code="service-not-installed",
        )


class ServiceSilent(Refusal):
    """It does not answer, or says something that makes no sense; trying again may help."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The hospital's sign-in service gives no answer ({why}).", "Try again in a minute.",
                         code="service-silent")  # fmt: skip
        self.why = why


class Untrusted(Unacceptable):
    """It said who somebody is, and a check failed; `why` names the check, never what was said."""

    def __init__(self, why: str) -> None:
        super().__init__(f"What the hospital's sign-in service said does not hold ({why}).", "Sign in again.",
                         code="service-untrusted")  # fmt: skip
        self.why = why
