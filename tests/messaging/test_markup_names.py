"""Names in a message: whom they mention, and how they read."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging import markup
from messaging.markup import preview, render
from tests.messaging.harmless import assert_harmless

BOB, ANN = uuid.UUID(int=7), uuid.UUID(int=8)
NAMED = {"bob": BOB, "ann.b": ANN, "all": markup.EVERYBODY}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("@bob", [BOB]),
        ("Hi @BOB, and @ann.b.", [BOB, ANN]),
        ("(@bob) **@bob** @all", [BOB, markup.EVERYBODY]),
        ("`@bob` and ```@bob```", []),
        ("[x @bob](https://a.b) https://a.b/@bob bob@bob.org é@bob e\u0301@bob @@bob", []),
        ("1@bob я@bob x_@bob x.@bob x-@bob x+@bob ＠@bob", []),
        ("請@bob看一下", [BOB]),
        ("你好@bob", [BOB]),
        ("ありがとう@bobさん", [BOB]),
        ("안녕@bob", [BOB]),
        ("สวัสดี@bob", [BOB]),
        ("「@bob」", [BOB]),
        ("＠bob", [BOB]),
        ("_@bob_", [BOB]),
        ("~~@bob~~ __@ann.b__", [BOB, ANN]),
        ("@bob/@ann.b", [BOB, ANN]),
        ("\\@bob", []),
        ("@nobody and @", []),
        ("@bobby", []),
        ('<span data-user="00000000-0000-0000-0000-000000000008">@ann</span>', []),
        ('<a class="mention" href="/people/00000000-0000-0000-0000-000000000008/">@ann</a>', []),
        ("> @bob\n- @ann.b", [BOB, ANN]),
    ],
)
def test_a_name_mentions_whom_it_means_and_nobody_else(body: str, named: list[uuid.UUID]) -> None:
    made = render(body, {name: id_ for name, id_ in NAMED.items() if name in markup.names_in(body)})
    assert markup.mentioned(made) == named


def test_a_mention_is_a_link_of_ours_and_reads_as_it_was_typed() -> None:
    made = render("Hi @bob, **@all**!", NAMED)
    link = f'<a class="mention" href="/people/{BOB}/">@bob</a>'
    assert made == f'<p>Hi {link}, <strong><span class="mention">@all</span></strong>!</p>'
    assert preview("Hi @bob, see @all!", render("Hi @bob, see @all!", NAMED)) == "Hi @bob, see @all!"
    assert render("Hi @bob", {}) is None


@given(st.text('@ab.`*[]()<>"&= \n\\', max_size=60))
def test_whatever_is_around_a_name_nothing_else_comes_through(body: str) -> None:
    made = render(body, {"a": BOB, "b": markup.EVERYBODY}) or ""
    rest = re.sub(
        rf'<a class="mention" href="/people/{BOB}/">@a</a>|<span class="mention">@b</span>', "", made, flags=re.I
    )
    assert "mention" not in rest
    assert "span" not in rest.replace("&lt;span", "")
    assert_harmless(rest)
