"""The API's description is right, and its reader works under our content policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from tests.live import CHROMIUM, PASSWORD, LiveServer


def test_the_schema_is_valid_and_whole(tmp_path: Any) -> None:
    file = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(file))
    assert "/api/v1/groups/{group_id}/members/{user_id}:" in file.read_text()


def test_the_schema_is_served_to_strangers_as_json(client: Client) -> None:
    schema = json.loads(client.get("/api/v1/schema/").content)
    assert schema["openapi"].startswith("3.")
    assert set(schema["components"]["securitySchemes"]) == {"session", "token"}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert "application/problem+json" in operation["responses"]["default"]["content"], (method, path)
            assert operation["description"], (method, path)


def test_the_schema_is_as_strict_as_the_server(client: Client) -> None:
    schema = json.loads(client.get("/api/v1/schema/").content)
    message = schema["paths"]["/api/v1/conversations/{conversation_id}/messages/{seq}"]
    assert message["delete"]["requestBody"]["required"] is True
    assert set(message["delete"]["responses"]) == {"200", "default"}
    [seq] = [one["schema"] for one in message["delete"]["parameters"] if one["name"] == "seq"]
    assert (seq["minimum"], seq["maximum"]) == (1, 2**53 - 1)
    for operations in schema["paths"].values():
        for operation in operations.values():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                shape = media["schema"]
                if "$ref" in shape:
                    shape = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
                assert shape.get("additionalProperties", True) is False or shape.get("format") == "binary", operation


def test_only_the_docs_let_inline_styles_in(client: Client) -> None:
    docs = client.get("/api/v1/docs/")["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in docs
    assert "script-src 'self';" in docs + ";"
    elsewhere = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "unsafe" not in elsewhere


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
        assert complaints == []


@pytest.mark.server
@pytest.mark.browser
def test_the_docs_render_in_a_browser(parley_server: LiveServer, page: Page) -> None:
    page.goto(f"{parley_server.url}/api/v1/docs/")
    page.locator(".opblock").first.wait_for(timeout=20_000)
    assert page.locator(".opblock").count() > 40
    page.locator("#operations-groups-groups_create .opblock-summary").click()
    page.locator("#operations-groups-groups_create .opblock-body").wait_for(timeout=10_000)


@pytest.mark.server
@pytest.mark.browser
def test_the_admin_works_in_a_browser(parley_server: LiveServer, page: Page) -> None:
    name = f"boss{parley_server.port}"
    make = f"from accounts.models import User; User.objects.create_superuser('{name}', 'b@x.org', '{PASSWORD}')"
    parley_server.manage("shell", "--no-imports", "-c", make)
    page.goto(f"{parley_server.url}/admin/accounts/user/")
    page.get_by_label("Username or email").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("Select user to change").wait_for(timeout=20_000)
    for path in ("groups/conversation/", "groups/invitation/", "accounts/block/add/", "accounts/user/add/"):
        page.goto(f"{parley_server.url}/admin/{path}")
    page.goto(f"{parley_server.url}/admin/accounts/contact/add/")
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").fill("boss")
    page.locator(".select2-results__option", has_text=name).wait_for(timeout=20_000)
