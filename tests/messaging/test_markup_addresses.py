"""Addresses without marks around them: where a reader would end them, in every script."""

from __future__ import annotations

import pytest

from messaging.markup import LINKS_MOST, render
from tests.messaging.harmless import Reader


def links(body: str) -> list[str]:
    html = render(body)
    return [attributes.get("href", "") for tag, attributes in Reader(html or "").elements if tag == "a"]


@pytest.mark.parametrize(
    ("body", "address"),
    [
        ("~~https://example.org/old~~", "https://example.org/old"),
        ("_https://example.org/a_", "https://example.org/a"),
        ("__https://example.org/u__", "https://example.org/u"),
        ("**https://example.org/u**次", "https://example.org/u"),
        ("see ~~http://old.example/x~~ now", "http://old.example/x"),
        ("||https://example.org||", "https://example.org"),
        ("see https://example.org/a, https", "https://example.org/a"),
        ("(https://example.org/a)", "https://example.org/a"),
        ("'https://example.org/a'", "https://example.org/a"),
        ("https://example.org/docs（参照）谢", "https://example.org/docs"),
        ("https://example.org/a。次", "https://example.org/a"),
        ("「https://example.org/a」", "https://example.org/a"),
        ("https://example.org/a！", "https://example.org/a"),
        ("https://example.org/a、https", "https://example.org/a"),
        ("«https://example.org/a»", "https://example.org/a"),
        ("“https://example.org/a”", "https://example.org/a"),
        ("https://example.org/a؟", "https://example.org/a"),
        ("https://example.org/a، ثم", "https://example.org/a"),
        ("https://example.org/a।", "https://example.org/a"),
        ("https://example.org/a…", "https://example.org/a"),
        ("https://example.org/a\u3000b", "https://example.org/a"),
        ("https://example.org。", "https://example.org"),
        ("https://en.wikipedia.org/wiki/Foo_(bar)", "https://en.wikipedia.org/wiki/Foo_(bar)"),
        ("https://example.org/~user", "https://example.org/~user"),
        ("https://ja.wikipedia.org/wiki/日本", "https://ja.wikipedia.org/wiki/%E6%97%A5%E6%9C%AC"),
        (
            "https://a.example/ジョン・レノン",
            "https://a.example/%E3%82%B8%E3%83%A7%E3%83%B3%E3%83%BB%E3%83%AC%E3%83%8E%E3%83%B3",
        ),
        ("https://a.example/x?y=1&z=2#t", "https://a.example/x?y=1&z=2#t"),
        ("HTTPS://A.example:8080/x", "HTTPS://A.example:8080/x"),
        ("http://my_host/", "http://my_host/"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[2001:db8::1]/", "http://[2001:db8::1]/"),
        ("mailto:me@example.org.", "mailto:me@example.org"),
        ("見てhttps://example.org/a", "https://example.org/a"),
    ],
)
def test_an_address_ends_where_a_reader_ends_it(body: str, address: str) -> None:
    assert links(body) == [address]


@pytest.mark.parametrize(
    ("body", "tags"),
    [
        ("~~https://example.org/old~~", ["p", "s", "a"]),
        ("_https://example.org/a_", ["p", "em", "a"]),
        ("see ~~http://old.example/x~~ now", ["p", "s", "a"]),
        ("__https://example.org/u__", ["p", "strong", "a"]),
        ("次**https://example.org/u**。", ["p", "strong", "a"]),
        ("_**https://example.org/u_v**_", ["p", "em", "strong", "a"]),
    ],
)
def test_marks_around_an_address_take_effect(body: str, tags: list[str]) -> None:
    assert [tag for tag, _ in Reader(render(body) or "").elements] == tags


@pytest.mark.parametrize(
    "body", ["<https://>", "https://", "http://.", "http://a:99999/", "http://[bad", "www.example.org", "me@a.b"]
)
def test_what_leads_nowhere_is_text(body: str) -> None:
    assert links(body) == []
    assert (Reader(html).text if (html := render(body)) else body) == body


@pytest.mark.parametrize("body", ["*x* <https://>", "*x* [a]()", "*x* [a](http://[bad)", "*x* http://256.1.1.1/"])
def test_no_link_is_without_an_address(body: str) -> None:
    assert "" not in links(body)


def test_two_addresses_that_a_comma_parts_are_two() -> None:
    assert links("https://a.example/x,https://b.example/y") == ["https://a.example/x", "https://b.example/y"]


def test_the_first_two_hundred_addresses_are_links_and_the_rest_is_there() -> None:
    body = " ".join(f"http://a.example/{number}" for number in range(LINKS_MOST + 5))
    assert len(links(body)) == LINKS_MOST
    assert Reader(render(body) or "").text == body


def test_the_white_space_around_addresses_and_names_stays() -> None:
    body = "  Name\tSum\n\n    https://a.example/x\t5  \n"
    assert Reader(render(body) or "").text == body
