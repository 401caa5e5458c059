"""Why a request is refused, one error for each cause a caller can act on, each with a stable code.

They are also Django's own errors where those fit, so that a page answers 404 or 403 without catching anything.
"""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404


class RefusalError(Exception):
    """`field` names the input at fault, if one is."""

    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 400
    message: str = "This cannot be done."

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        self.message = message or self.message
        self.field = field
        super().__init__(self.message)


class InvalidError(RefusalError):
    """The input itself is wrong: out of bounds or of the wrong kind."""

    message = "This value is not valid."


class NotFoundError(RefusalError, Http404):
    """There is no such thing, or it is not for this user to know of; the two look alike."""

    code, status, message = "not_found", 404, "There is nothing here, or it is not yours to see."


class NotAllowedError(RefusalError, PermissionDenied):
    """The thing may be seen, but this may not be done with it."""

    code, status, message = "not_allowed", 403, "You may not do this."


class ConflictError(RefusalError):
    """The input is well formed, but what is already there stands in its way."""

    code, status, message = "conflict", 409, "This does not fit what is already there."


class UsernameTakenError(ConflictError):
    code, message = "username_taken", "This username is taken."


class EmailTakenError(ConflictError):
    code, message = "email_taken", "An account with this e-mail address exists."


class WrongPasswordError(RefusalError):
    """Whoever is signed in gave another password than their own."""

    code, status, message = "wrong_password", 403, "This is not your password."


class RegistrationClosedError(RefusalError):
    code, status, message = "registration_closed", 403, "Nobody can sign up here. Ask whoever runs this server."


class InviteNeededError(RefusalError):
    code, status = "invite_needed", 403
    message = "Only people with an invitation can sign up here: ask for a link into a group."


class EmailUnconfirmedError(RefusalError):
    code, status = "email_unconfirmed", 403
    message = "Confirm your email address first: a mail with a link is sent to it when you ask."


class DomainRefusedError(RefusalError):
    code, status = "domain_refused", 403
    message = "People with an address there cannot sign up here."


class LinkEndedError(RefusalError):
    """A link that worked once was used, is over or is none."""

    code, status, message = "not_found", 404, "This link no longer works."


class PasswordNeededError(RefusalError):
    """What was asked could give the account away, and nothing proves that its owner asks."""

    code, status, message = "password_needed", 403, "Give your current password to do this."


class TooManyTokensError(ConflictError):
    code, message = "too_many_tokens", "You have 100 API tokens. Revoke one you do not need, then try again."


class WrongCredentialsError(RefusalError):
    """Says neither whether the user exists nor whether they are suspended."""

    code, status, message = "wrong_credentials", 401, "The username or the password is wrong."


class RateLimitedError(RefusalError):
    """Too fast; worth another try after `retry_after` seconds."""

    code, status, message = "rate_limited", 429, "Too many tries. Wait a little, then try again."

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


class UnavailableError(RefusalError):
    """The store does not answer; whether the write happened is unknown. The same key finds out."""

    code, status, message = "unavailable", 503, "Not available now. Try again in a moment."
