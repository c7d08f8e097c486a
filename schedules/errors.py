"""Refusals: the expected "no" to a person, each a sentence and the next step."""

from collections.abc import Sequence

from schedules.problems import Problem


class Refusal(Exception):  # noqa: N818  (not an error: an expected "no")
    """What happened, to which thing, and what to do next; never a name, a result or a note.

    The families below are what doors translate: an exit code in the shell, a status on a page. `code` and `facts` let
    a page say the same in its own words and in the reader's language, where the next step is no command.
    """

    def __init__(self, sentence: str, next_step: str = "", *, code: str = "", **facts: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.sentence} {self.next_step}".strip()


class NotFound(Refusal):
    """The thing that was named is not in the record, or not in this person's clinics."""


class NotAllowed(Refusal):
    """The person's role or clinic does not permit the act."""


class Conflict(Refusal):
    """Somebody else was first; the sentence says who did what and when."""


class Unacceptable(Refusal):
    """The act contradicts the record or the protocol."""


class NeedsConfirmation(Refusal):
    """The act would withdraw or postpone a check that is due or overdue; nothing was saved."""


class NeedsApproval(Refusal):
    """The protocol version has not been approved by a named physician."""


class FileRefused(Refusal):
    """A file that a person wrote has problems; all of them are in `problems`."""

    def __init__(
        self, sentence: str, problems: Sequence[Problem], next_step: str = "", *, code: str = "", **facts: object
    ) -> None:
        super().__init__(sentence, next_step, code=code, **facts)
        self.problems = tuple(problems)
