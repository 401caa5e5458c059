"""What people do in an open conversation."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.browser.conftest import MakePerson, Person


def enter(person: MakePerson, name: str, group: str = "", **options: object) -> tuple[Person, str]:
    someone = person(name, **options)
    group = group or someone.account.make_group()
    someone.enter(group)
    return someone, group


def row(who: Person, text: str) -> Locator:
    return who.page.locator("li.m", has_text=text)


def act(who: Person, line: Locator, words: str) -> None:
    line.hover()
    line.get_by_role("button", name=words).click()
