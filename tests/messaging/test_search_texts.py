"""What is found by what: folding, grams, queries and snippets, without a database."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.errors import InvalidError
from messaging.markup import render
from messaging.search.folding import folded, folded_with_places
from messaging.search.grams import find_term, grams_of_term, grams_of_text
from messaging.search.query import QUERY_CHARACTERS, read_query
from messaging.search.snippets import SNIPPET_CHARACTERS, hits, snippet
from messaging.search.texts import visible_text

SAME = [
    ("Crème BRÛLÉE", "creme brulee"),
    ("e\u0301te\u0301", "été"),
    ("STRASSE", "straße"),
    ("Ａｐｐｌｅ １２", "apple 12"),
    ("ΟΔΟΣ", "οδος"),
    ("Łódź Ærø", "lodz aero"),
    ("İstanbul", "istanbul"),
    ("ｶﾞｲﾄﾞ", "ガイド"),
    ("\u1112\u1161\u11ab글", "한글"),
    ("שָׁלוֹם", "שלום"),
    ("مُحَمَّد", "محمد"),
    ("zero\u200bwidth so\u00adft", "zerowidth soft"),
    ("don’t l‘été O´Brien rock ʼn", "don't l'ete o'brien rock 'n"),
    ("“see” «you» „soon‟ ＂＂", '"see" "you" "soon" ""'),
    ("co‑op 5 – 6 — −1 １－２", "co-op 5 - 6 - -1 1-2"),
    ("צה״ל ג׳ירפה", "צה\"ל ג'ירפה"),
    ("two\n\n  lines\tand\u00a0more", "two lines and more"),
]
DIFFERENT = [("か", "が"), ("ほ", "ぽ"), ("कि", "की"), ("и", "ы"), ("o", "0")]

FOUND = [
    ("coop", "the cooperative", True),
    ("oper", "the cooperative", True),
    ("co", "the cooperative", True),
    ("oo", "the cooperative", False),
    ("c++", "I like C++ best", True),
    ("see you", "See  you\ntomorrow", True),
    ("see you", "you see", False),
    ("foo.bar", "call foo.bar()", True),
    ("会議", "明日の会議は十時です", True),
    ("議", "明日の会議は十時です", True),
    ("会十", "明日の会議は十時です", False),
    ("会議資料", "会議の資料", False),
    ("カタカナ", "ｶﾀｶﾅで書く", True),
    ("안녕", "여러분 안녕하세요", True),
    ("녕하", "여러분 안녕하세요", True),
    ("学習", "機械学習はおもしろい", True),
    ("iphone15ケース", "iPhone15ケースを買った", True),
    ("สวัสดี", "สวัสดีครับ", True),
    ("हिन्दी", "मुझे हिन्दी आती है", True),
    ("🎉", "done 🎉🎉", True),
    ("zürich", "Zurich", True),
    ("2026-11", "on 2026-11-25", True),
]


@pytest.mark.parametrize(("text", "other"), SAME)
def test_texts_that_people_take_for_the_same_fold_alike(text: str, other: str) -> None:
    assert folded(text) == folded(other)


@pytest.mark.parametrize(("text", "other"), DIFFERENT)
def test_letters_of_their_own_stay_what_they_are(text: str, other: str) -> None:
    assert folded(text) != folded(other)


@pytest.mark.parametrize(("term", "text", "is_found"), FOUND)
def test_a_term_is_found_where_it_is(term: str, text: str, is_found: bool) -> None:
    term, text = folded(term), folded(text)
    found = grams_of_term(term) <= grams_of_text(text) and bool(find_term(term, text))
    assert found is is_found


def test_whatever_is_found_has_the_grams_that_the_index_asks_for() -> None:
    """The index never hides what is there: any piece of any text, whatever its scripts."""
    chance = random.Random(7)
    letters = "abc é ß 会議 かが ｶﾞ 한글 ไทย हिन्दी 🎉 _-.!12 \n\u0301\u200d"
    for _ in range(3_000):
        text = "".join(chance.choices(letters, k=chance.randint(1, 30)))
        plain, places = folded_with_places(text)
        assert plain == folded(text)
        assert len(places) == len(plain)
        start = chance.randrange(len(plain)) if plain else 0
        term = plain[start : start + chance.randint(1, 6)].strip()
        if term and find_term(term, plain):
            assert grams_of_term(term) <= grams_of_text(plain), (text, term)


def test_a_query_is_taken_apart() -> None:
    asked = read_query(
        'Hello "good  Night" from:me from:"Bob Baker" in:climbing HAS:image after:2026-11-03 before:2027'
    )
    assert asked.terms == ["hello", "good night"]
    assert (asked.people, asked.places) == (["me", "Bob Baker"], ["climbing"])
    assert asked.kinds == {"image"}
    assert (asked.since, asked.until) == (datetime(2026, 11, 3, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert read_query("after:2026-11-25", ZoneInfo("Asia/Tokyo")).since == datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["https://example.org/a?b=c", "10:30", "wherefrom:here", 'quote"d', "f.o.o"])
def test_what_looks_like_an_operator_and_is_none_is_words(text: str) -> None:
    assert read_query(text).terms


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "q"),
        ("   ", "q"),
        ("...", "q"),
        ('""', "q"),
        ("a" * (QUERY_CHARACTERS + 1), "q"),
        ("a\x00b", "q"),
        (" ".join(f"w{n}" for n in range(13)), "q"),
        ("hello from:", "from"),
        ('in:"" hello', "in"),
        ("has:wings", "has"),
        ("after:yesterday", "after"),
        ("before:2026-13-01", "before"),
        ("before:2026-02-30", "before"),
        ("after:0000", "after"),
    ],
)
def test_a_query_that_cannot_be_answered_names_what_is_wrong(text: str, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_query(text)
    assert refused.value.field == field


def shown(query: str, text: str) -> str:
    spans = hits(read_query(query).terms, text)
    assert spans is not None
    return "".join(f"[{part.text}]" if part.is_hit else part.text for part in snippet(text, spans))


def test_a_snippet_marks_what_was_looked_for_as_it_was_written() -> None:
    assert shown("creme", "Crème brûlée, crème!") == "[Crème] brûlée, [crème]!"
    assert shown("ガイド", "新しいｶﾞｲﾄﾞです") == "新しい[ｶﾞｲﾄﾞ]です"
    assert shown("rass", "Hauptstraße 1") == "Hauptst[raß]e 1"
    assert shown("abc bcd", "xx abcd") == "xx [abcd]"
    assert hits(["gone"], "nothing here") is None


def test_a_snippet_is_one_line_around_the_first_hit() -> None:
    text = f"{'before ' * 40}\n\nthe <b>needle</b>\n{'after ' * 40}"
    line = shown("needle", text)
    assert "[needle]" in line
    assert "\n" not in line
    assert line.startswith("…")
    assert line.endswith("…")
    assert len(line) <= SNIPPET_CHARACTERS + 10


def test_marks_of_markdown_are_no_part_of_what_is_found() -> None:
    body = "**bo**ld\n\n- [here](https://example.org/x)\n- `code`"
    text = visible_text(body, render(body))
    assert " ".join(text.split()) == "bold here code https://example.org/x"
    assert visible_text("a *b", None) == "a *b"


@pytest.mark.parametrize(
    ("query", "terms", "people"),
    [
        ("“see you”", ["see you"], []),
        ("«à demain» tea", ["a demain", "tea"], []),
        ("„bis morgen“", ["bis morgen"], []),
        ("from:“bob” tea", ["tea"], ["bob"]),
        ("from:„Bob B“", [], ["Bob B"]),
        ("don’t", ["don't"], []),
        ("＂5 – 6＂", ["5 - 6"], []),
        ("“see", ["see"], []),
    ],
)
def test_any_keyboards_quotes_enclose_a_phrase(query: str, terms: list[str], people: list[str]) -> None:
    asked = read_query(query)
    assert (asked.terms, asked.people) == (terms, people)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("don't", "I don’t know"),
        ("l'été", "l’été"),
        ("l’été", "l'ete"),
        ("“see you”", "“see you” soon"),
        ('"see you"', "“see you” soon"),
        ("co-op", "the co‑op"),
        ("e-mail", "e‑mail"),
        ('"5 - 6"', "pages 5 – 6"),
        ("5–6", "pages 5-6"),
    ],
)
def test_quotes_and_dashes_are_found_by_those_of_any_keyboard(query: str, text: str) -> None:
    shown, terms = folded(text), read_query(query).terms
    assert terms
    for term in terms:
        assert find_term(term, shown)
        assert grams_of_term(term) <= grams_of_text(shown)


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("[here](https://ru.wikipedia.org/wiki/Чай)", "here https://ru.wikipedia.org/wiki/Чай"),
        ("https://ru.wikipedia.org/wiki/Чай", "https://ru.wikipedia.org/wiki/Чай"),
        ("[here](https://ja.wikipedia.org/wiki/%E8%8C%B6)", "here https://ja.wikipedia.org/wiki/茶"),
        ("[shop](https://пример.рф/чай?цвет=зелёный)", "shop https://пример.рф/чай?цвет=зелёный"),
        ("[shop](https://xn--e1afmkfd.xn--p1ai/)", "shop https://пример.рф/"),
        ("[file](https://example.org/a%2Fb%20c)", "file https://example.org/a%2Fb%20c"),
    ],
)
def test_where_a_link_leads_is_indexed_as_a_reader_sees_it(body: str, seen: str) -> None:
    assert visible_text(body, render(body)) == seen


def test_an_address_is_found_however_it_was_copied() -> None:
    for copied in ("https://ru.wikipedia.org/wiki/Чай", "https://ru.wikipedia.org/wiki/%D0%A7%D0%B0%D0%B9"):
        assert read_query(copied).terms == ["https://ru.wikipedia.org/wiki/чаи"]
