"""How the API describes itself: who may sign in how, and the problem document that any operation may answer."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularSwaggerSplitView

from .api import PROBLEM


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "From /signup, /login or /tokens."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        about = "A page's session; what changes something also needs X-CSRFToken."
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": about}


DESCRIPTION = """
Accounts, groups and messages. Live events travel over the socket; see docs/protocol.md.

**Signing in.** `POST /signup` or `POST /login` gives a token; send it as `Authorization: Bearer …`. A page may come by
its session instead; then whatever changes something needs `X-CSRFToken`.

**Lists** are `{results, next}`. Follow `next` until it is null.

**Input** is one JSON object of at most 64 KiB; only an upload takes bytes. Unknown fields, a number for a text and
the like are errors.

**Refusals** are RFC 9457 problem documents (`application/problem+json`) with a stable `code`:

| code | status | |
| --- | --- | --- |
| `malformed`, `invalid` | 400 | not one JSON object; a wrong value, see `field` and `errors` |
| `bad_file_id` | 400 | no upload for this message |
| `not_authenticated`, `invalid_token`, `wrong_credentials` | 401 | |
| `not_allowed`, `only_admins_post` | 403 | seen, but not yours to do; a missing CSRF token; a block |
| `password_needed`, `wrong_password` | 403 | see below |
| `registration_closed`, `invite_needed`, `email_unconfirmed`, `domain_refused` | 403 | the site says who may sign up |
| `not_found` | 404 | absent, or not yours to see: the two look the same |
| `username_taken`, `email_taken`, `name_taken`, `already_member`, `last_owner`, `key_reused` | 409 | |
| `too_many_tokens`, `wrong_offset`, `quota_full` | 409 | revoke one; ask where the upload stands; delete some files |
| `storage_full` | 409 | the server has no room for files; try much later |
| `method_not_allowed`, `not_acceptable`, `length_required`, `too_large`, `unsupported_media_type` | 405 to 415 | |
| `file_too_large` | 413 | |
| `rate_limited` | 429 | wait as long as `Retry-After` says |
| `unavailable` | 503 | nothing was lost; try again |

**E-mail addresses** count once they are confirmed: `email` of `/me` is the confirmed one, empty where there is none,
and `email_pending` one that waits for the link sent there to be opened, or null. One signs in with the first only.
`email_taken` is said only to whoever has confirmed the address, by `confirmation` of `POST /signup`.

**The current password.** What could give an account away needs it, whoever asks: another e-mail address
(`PATCH /me`) and a new token (`POST /tokens`) as `current_password`, a new password as `old_password`. Without it the
answer is 403 `password_needed`, with a wrong one 403 `wrong_password`. Only a session that confirmed it at
`/accounts/reauthenticate/` within the last five minutes may leave `current_password` out; a token never.
"""

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `field` names the input at fault; `errors` has all of them.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "field": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}


def with_problems(result: dict[str, Any], **about: Any) -> dict[str, Any]:
    """Postprocessing hook: every operation may answer a problem document."""
    result["info"]["description"] = DESCRIPTION
    result["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"description": "Refused", "content": content}
    return result


@method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """The reference to read and to try. Swagger's styles are inline, its script is not: only styles are let in."""
