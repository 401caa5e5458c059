"""What an account with thousands of conversations costs beside one with thirty, in one run.

    python -m bench.large_account [--few 30] [--many 3000] [--rounds 15]

Starts a worker of its own, makes both accounts in bulk, and opens their chat pages in Chromium by turns. Prints for
each: bytes and nodes of the page, how long until it is loaded and until its socket is open, the browser's heap, what a
page of `GET /conversations` takes, and what a socket adds to the worker's memory; and the quotients.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.live import CHROMIUM, Account, LiveServer

# The first bring the user's conversations in, and make the worker's memory as large as that needs for a moment.
FIRST_SOCKETS = 100
SOCKETS = 200
LIMIT = 1.3
MAKE = """
from accounts.models import User
from tests.many_conversations import make_conversations
make_conversations(User.objects.get(pk="{user}"), {count})
"""
TIMES = """() => new Promise((resolve) => {
  const found = () => {
    if (document.documentElement.dataset.connection !== 'open') return requestAnimationFrame(found);
    const { loadEventEnd } = performance.getEntriesByType('navigation')[0];
    resolve([loadEventEnd, performance.now() - loadEventEnd, document.querySelectorAll('*').length]);
  };
  found();
})"""
Row = dict[str, float]


def context_of(browser: Browser, account: Account, url: str) -> BrowserContext:
    context = browser.new_context()
    with closing(account.browser()) as signed_in:
        cookies = [{"name": name, "value": value, "url": url} for name, value in signed_in.cookies.items()]
    context.add_cookies(cookies)  # type: ignore[arg-type]
    return context


def visit(context: BrowserContext, url: str) -> Row:
    page = context.new_page()
    answer = page.goto(f"{url}/c/", wait_until="load")
    assert answer
    loaded, opened, nodes = page.evaluate(TIMES)
    cdp = context.new_cdp_session(page)
    cdp.send("HeapProfiler.collectGarbage")
    heap = cdp.send("Runtime.getHeapUsage")["usedSize"]
    row = {"html": len(answer.body()), "nodes": nodes, "load ms": loaded, "socket ms": opened, "heap KB": heap / 1024}
    page.close()
    return row


def list_ms(account: Account) -> float:
    began = time.perf_counter()
    account.api.get("conversations?limit=30").raise_for_status()
    return 1000 * (time.perf_counter() - began)


def rss_kilobytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


async def socket_kilobytes(account: Account, pid: int) -> float:
    """What a socket more adds to the worker, when a user has some."""
    sockets = [await account.connect(asks=True) for _ in range(FIRST_SOCKETS)]
    before = rss_kilobytes(pid)
    sockets += [await account.connect(asks=True) for _ in range(SOCKETS)]
    added = (rss_kilobytes(pid) - before) / SOCKETS
    for socket in sockets:
        await socket.close()
    return added


def measure(server: LiveServer, accounts: dict[int, Account], rounds: int) -> dict[int, Row]:
    seen: dict[int, list[Row]] = {count: [] for count in accounts}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        contexts = {count: context_of(browser, account, server.url) for count, account in accounts.items()}
        for number in range(rounds + 1):
            for count, context in contexts.items():
                row = visit(context, server.url) | {"list ms": list_ms(accounts[count])}
                if number:  # the first fills the caches
                    seen[count].append(row)
        browser.close()
    return {
        count: {name: statistics.median(row[name] for row in rows) for name in rows[0]} for count, rows in seen.items()
    }


def show(rows: dict[int, Row]) -> None:
    few, many = rows
    print(f"{'':12}{few:>12,}{many:>12,}{'quotient':>12}")
    for name in rows[few]:
        one, other = rows[few][name], rows[many][name]
        quotient = other / one if one else float("nan")
        print(f"{name:12}{one:12,.1f}{other:12,.1f}{quotient:12.2f}{'  above the target' if quotient > LIMIT else ''}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=30)
    parser.add_argument("--many", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=15)
    options: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = LiveServer(Path(folder))
        try:
            server.prepare()
            server.start()
            accounts = {count: server.sign_up(f"has-{count}") for count in (options.few, options.many)}
            for count, account in accounts.items():
                server.manage("shell", "-c", MAKE.format(user=account.id, count=count))
            rows = measure(server, accounts, options.rounds)
            for count, account in accounts.items():
                rows[count]["socket KB"] = asyncio.run(socket_kilobytes(account, server.pid))
            show(rows)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
