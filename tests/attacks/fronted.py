"""A server behind a trusted proxy on this machine, so that whoever asks has an address of their own."""

from __future__ import annotations

import email
import itertools
import re
from collections import Counter
from email import policy
from pathlib import Path

import httpx

from tests.live import Account, LiveServer

FORWARDED_FOR = "X-Forwarded-For"
Outcomes = Counter[tuple[int, str]]


class FrontedServer(LiveServer):
    """Each account signs up from another address."""

    def __init__(self, data: Path, **environment: str) -> None:
        super().__init__(data, PARLEY_TRUSTED_PROXIES="127.0.0.1", **environment)
        self._numbers = itertools.count()

    def fresh_address(self) -> str:
        number = next(self._numbers)
        return f"198.18.{number // 250}.{1 + number % 250}"

    def client(self, address: str = "") -> httpx.Client:
        """Somebody at this address, or at one that nobody had before."""
        headers = {FORWARDED_FOR: address or self.fresh_address()}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def sign_up(self, username: str, **headers: str) -> Account:
        return super().sign_up(username, **{FORWARDED_FOR: self.fresh_address(), **headers})

    def confirm_address(self, who: Account) -> None:
        """As who opens the link that was sent to them."""
        mails = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in self.mails()]
        mine = next(mail for mail in mails if who.username in str(mail["To"]))
        found = re.search(r"/accounts/confirm-email/[^/\s]+/", mine.get_content())
        assert found
        browser = self.client()
        browser.get(found[0]).raise_for_status()
        assert browser.post(found[0], data=csrf(browser)).status_code == 302

    def mails(self) -> list[Path]:
        return list((self.data / "mail").glob("*"))


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """The status, and the code of what was refused."""
    is_refused = answer.status_code >= 400 and "json" in answer.headers.get("content-type", "")
    return answer.status_code, answer.json()["code"] if is_refused else ""


def csrf(browser: httpx.Client) -> dict[str, str]:
    return {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
