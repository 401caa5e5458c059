"""What the pages of accounts and groups share: who may open them, how a change is made and where it leads back to."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from accounts import limits
from accounts.errors import NotAllowedError, NotFoundError, RateLimitedError, RefusalError
from accounts.models import User

ROWS_PER_PAGE = 30
REPEAT_SECONDS = 3600

View = Callable[..., HttpResponse]


def page(*methods: str) -> Callable[[View], View]:
    """A page for users: strangers sign in first, other methods get 405, nothing of it is kept by caches.

    Counts under the same limit as REST, so that neither is the way around the other's.
    """

    def decorate(view: View) -> View:
        counted: View = limited(view)

        @never_cache
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if request.method not in allowed:
                return _method_refused(request, allowed)
            return counted(request, *args, **kwargs)

        return checked

    allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)
    return decorate


def limited(view: Callable[..., Any]) -> Callable[..., Any]:
    """Counts under the same limit as REST; only for those who are signed in."""

    @functools.wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            limits.take("api_by_user", str(me(request).pk))
        except RateLimitedError as refusal:
            return _too_fast(request, refusal)
        return view(request, *args, **kwargs)

    return counted


def say_refusals(view: View) -> View:
    """What a verb refuses is said as a status line on the page that sent the form; absent and forbidden stay errors."""

    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (NotFoundError, NotAllowedError):
            raise
        except RefusalError as refusal:
            messages.error(request, refusal.message)
            return back(request, "/c/")

    return checked


def change(view: View) -> View:
    """A POST that changes something and leads back to a page."""
    return page("POST")(say_refusals(view))


def asked_change(view: View) -> View:
    """As `change`, and GET asks before: the view returns what to ask on GET (see `ask`)."""
    return page("GET", "POST")(say_refusals(view))


def me(request: HttpRequest) -> User:
    """Who is signed in; only for views behind `page` and its kin."""
    assert isinstance(request.user, User)
    return request.user


def ask(request: HttpRequest, *, title: str, words: str, button: str, cancel: str, **more: Any) -> HttpResponse:
    """The one question before something that cannot be undone."""
    asked = {"title": title, "words": words, "button": button, "cancel": _own_address(request, cancel), **more}
    return render(request, "ask.html", asked)


def back(request: HttpRequest, default: str) -> HttpResponse:
    """To the page that sent the form, as it says in `next`."""
    return HttpResponseRedirect(_own_address(request, default))


def page_of(request: HttpRequest, things: Any, rows: int = ROWS_PER_PAGE) -> Page[Any]:
    """The part of a list that ?page= asks for; the nearest one when there is no such page."""
    paginator: Paginator[Any] = Paginator(things, rows)
    return paginator.get_page(request.GET.get("page"))


class Stretch(list[Any]):
    """So many rows of a list without end; `following` is where the next ones begin, None at the end."""

    following: int | None = None
    is_first = True


def stretch_of(request: HttpRequest, things: QuerySet[Any], rows: int = ROWS_PER_PAGE) -> Stretch:
    """What comes after ?after=, first come first. Costs the same anywhere in a list of any length."""
    after = request.GET.get("after", "")
    is_place = after.isascii() and after.isdigit() and len(after) < 19
    found = list(things.filter(pk__gt=int(after) if is_place else 0).order_by("pk")[: rows + 1])
    stretch = Stretch(found[:rows])
    stretch.is_first = not is_place
    stretch.following = stretch[-1].pk if len(found) > rows else None
    return stretch


def refuse(form: BaseForm, refusal: RefusalError) -> None:
    """Puts what a verb refused beside the field it names."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)


def is_repeat(request: HttpRequest) -> bool:
    """Whether this very form, by its hidden `form_key`, was sent before: a double press, or a reload of the answer."""
    try:
        key = uuid.UUID(request.POST.get("form_key", ""))
    except ValueError:
        return False
    return not cache.add(f"form:{me(request).pk}:{key}", True, REPEAT_SECONDS)


def _own_address(request: HttpRequest, default: str) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else default


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Back to this page afterwards; a POST cannot be repeated by a redirect, so back to the page it came from."""
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    here, came_from = f"{request.scheme}://{request.get_host()}/", request.headers.get("Referer", "")
    return redirect_to_login(f"/{came_from.removeprefix(here)}" if came_from.startswith(here) else "/c/")


def _too_fast(request: HttpRequest, refusal: RateLimitedError) -> HttpResponse:
    answer = render(request, "429.html", status=refusal.status)
    answer["Retry-After"] = str(refusal.retry_after)
    return answer


def _method_refused(request: HttpRequest, allowed: Iterable[str]) -> HttpResponse:
    answer = render(request, "405.html", status=405)
    answer["Allow"] = HttpResponseNotAllowed(allowed)["Allow"]
    return answer
