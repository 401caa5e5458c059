"""Settings that can be meant in one way only are put right; those that cannot work are one line that names them."""

from __future__ import annotations

import pytest

from chatproject import environment


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("https://chat.example/", ["https://chat.example"]),
        ("https://Chat.Example", ["https://chat.example"]),
        ("HTTPS://chat.example:443", ["https://chat.example"]),
        ("http://chat.example:80/", ["http://chat.example"]),
        ("https://chat.example:8443", ["https://chat.example:8443"]),
        ("https://bücher.example", ["https://xn--bcher-kva.example"]),
        ("https://[2001:DB8::1]:443", ["https://[2001:db8::1]"]),
        ("https://*.example.org, http://a.b", ["https://*.example.org", "http://a.b"]),
        ("", []),
    ],
)
def test_origins_are_written_as_browsers_do(monkeypatch: pytest.MonkeyPatch, text: str, origins: list[str]) -> None:
    monkeypatch.setenv("PARLEY_ORIGINS", text)
    assert environment.read_origins("PARLEY_ORIGINS") == origins


@pytest.mark.parametrize(
    "text",
    ["chat.example", "https://chat.example/chat", "ftp://chat.example", "https://", "https://a:b", "https://u@a.b"],
)
def test_what_is_no_origin_is_one_line(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PARLEY_ORIGINS", text)
    with pytest.raises(SystemExit, match=r"^PARLEY_ORIGINS: .*https://chat\.example"):
        environment.read_origins("PARLEY_ORIGINS")


def test_hosts_are_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_HOSTS", "https://Chat.Example/,b.example:8000,.c.example,*,::1,[::1]")
    assert environment.read_hosts("PARLEY_HOSTS", "") == [
        "chat.example",
        "b.example",
        ".c.example",
        "*",
        "[::1]",
        "[::1]",
    ]


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "CASSANDRA_URL"])
@pytest.mark.parametrize("password", ["p#w", "p/w", "p?w", "#w", "w/"])
def test_a_password_that_is_not_encoded_is_one_line(monkeypatch: pytest.MonkeyPatch, name: str, password: str) -> None:
    monkeypatch.setenv(name, f"postgres://user:{password}@host:5432/parley")
    with pytest.raises(SystemExit, match=f"^{name}: percent-encode"):
        environment.read_url(name)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "postgres://user:p%23w@host/parley",
        "postgres://user:p@w@host/parley",
        "postgres://host:5432/parley?application_name=a@b",
        "sqlite:////data/a@b/parley.sqlite3",
        "unix:///run/redis.sock",
    ],
)
def test_other_addresses_are_left_alone(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert environment.read_url("DATABASE_URL") == url


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda: environment.read_number("X", 5, least=1), "ten"),
        (lambda: environment.read_number("X", 5, least=1), "0"),
        (lambda: environment.read_number("X", 5.0, least=0.0), "nan"),
        (lambda: environment.read_port("X", 25), "70000"),
        (lambda: environment.read_limit("X", "1/hour"), "often"),
        (lambda: environment.read_log_level("X", "WARNING"), "loud"),
        (lambda: environment.read_networks("X"), "proxy.example"),
        (lambda: environment.read_choice("X", ["tls", "none"], "tls"), "ssl"),
    ],
)
def test_what_cannot_work_is_one_line(monkeypatch: pytest.MonkeyPatch, read: object, text: str) -> None:
    monkeypatch.setenv("X", text)
    with pytest.raises(SystemExit) as ended:
        read()  # type: ignore[operator]
    assert str(ended.value).startswith("X: ")
    assert "\n" not in str(ended.value)
