"""How steadily a long conversation with pictures scrolls: frames and jumps, in a window of a desk and one of a phone.

    python -m bench.scroll [--messages 5000] [--pixels-a-second 4000]

Starts a worker of its own and fills a conversation, every twentieth message a picture. Chromium opens it at its end and
scrolls up to the first message at one speed, then a part of the way down again; history and pictures load meanwhile.
Prints of each way how long the frames took and by how much a row in the middle was not where scrolling had put it.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import tempfile
import uuid
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.live import CHROMIUM, PASSWORD, Account, LiveServer

WINDOWS = {"1280 x 800": (1280, 800), "390 x 844": (390, 844)}
PICTURE_EVERY = 20
PICTURE_SIZES = ((600, 300), (300, 600), (1200, 900), (80, 80))
UNDER_WAY = 100
SECONDS_MOST = 300

# Scrolls by a frame's part of the speed, and looks in the next frame where the row in the middle went.
SCROLL = """async ([speed, until, seconds]) => {
  const AWAY = 200; // so near its end the page follows the end, as it should
  const lines = document.querySelector('.lines');
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const middle = () => {
    const box = lines.getBoundingClientRect();
    const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return at && at.closest('li.m');
  };
  const found = { frames: [], jumps: [], first: '', pixels: 0 };
  const began = performance.now();
  if (lines.scrollTop > -AWAY) lines.scrollTop = -AWAY;
  await frame();
  let before = await frame();
  while (performance.now() - began < seconds * 1000) {
    const row = middle();
    const top = row ? row.getBoundingClientRect().top : 0;
    const from = lines.scrollTop;
    lines.scrollTop = from - speed / 60;
    const moved = from - lines.scrollTop;
    const now = await frame();
    found.frames.push(now - before);
    before = now;
    found.pixels += Math.abs(moved);
    if (row && row.isConnected) found.jumps.push(Math.abs(row.getBoundingClientRect().top - top - moved));
    found.first = document.querySelector('li.m').textContent;
    if (until && Math.abs(moved) < 1 && found.first.includes(until)) break;
  }
  return found;
}"""


def picture(number: int) -> bytes:
    made = io.BytesIO()
    Image.effect_noise(PICTURE_SIZES[number % len(PICTURE_SIZES)], 80).convert("RGB").save(made, "JPEG")
    return made.getvalue()


def upload(account: Account, conversation_id: str, key: str, content: bytes) -> str:
    asked = {"conversation_id": conversation_id, "key": key, "name": "picture.jpg", "size": len(content)}
    begun = account.api.post("uploads", json=asked).raise_for_status().json()
    headers = {"Content-Type": "application/octet-stream", "Upload-Offset": "0"}
    done = account.api.patch(f"uploads/{begun['id']}", content=content, headers=headers).raise_for_status()
    return str(done.json()["file_id"])


async def fill(account: Account, conversation_id: str, messages: int) -> None:
    """With some under way, since each waits for the disk."""
    socket = await account.connect()
    for start in range(0, messages, UNDER_WAY):
        numbers = range(start, min(messages, start + UNDER_WAY))
        for number in numbers:
            key, body = str(uuid.uuid4()), f"line {number} " + "words that take a line or more " * (number % 7)
            what: dict[str, Any] = {"key": key, "conversation_id": conversation_id, "body": body}
            if number % PICTURE_EVERY == 0:
                what["file_id"] = await asyncio.to_thread(upload, account, conversation_id, key, picture(number))
            await socket.send(type="message.send", **what)
        for _ in numbers:
            await socket.expect("ack")
    await socket.connection.close()


def scroll(browser: Browser, server: LiveServer, name: str, group: str, size: tuple[int, int], options: Any) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(f"{server.url}/accounts/login/?next=/c/{group}/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button:has-text('Sign in')")
    page.locator("li.m", has_text=f"line {options.messages - 1} ").first.wait_for()
    speed = options.pixels_a_second
    report("  up", page.evaluate(SCROLL, [speed, "line 0 ", SECONDS_MOST]))
    report("  down", page.evaluate(SCROLL, [-speed, "", 20]))
    page.close()


def report(way: str, found: dict[str, Any]) -> None:
    frames, jumps = sorted(found["frames"]), sorted(found["jumps"])
    longer = {limit: sum(one > limit for one in frames) for limit in (25, 50, 100)}
    print(
        f"{way}: {found['pixels']:.0f} pixels in {len(frames)} frames, median {frames[len(frames) // 2]:.1f} ms,"
        f" p99 {frames[len(frames) * 99 // 100]:.1f}, longest {frames[-1]:.0f};"
        f" {', '.join(f'{count} over {limit} ms' for limit, count in longer.items())};"
        f" jumps: {sum(one > 3 for one in jumps)} of more than 3 pixels, largest {jumps[-1]:.1f}",
        flush=True,
    )


def measure(server: LiveServer, options: Any) -> None:
    writer, reader = server.sign_up("writer"), server.sign_up("reader")
    group = writer.make_group(reader)
    asyncio.run(fill(writer, group, options.messages))
    reader.api.put(f"conversations/{group}/read", json={"seq": options.messages + 1}).raise_for_status()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for window, size in WINDOWS.items():
            print(window, flush=True)
            scroll(browser, server, "reader", group, size, options)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--pixels-a-second", type=int, default=4_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = LiveServer(Path(folder))
        server.prepare()
        server.start()
        try:
            measure(server, options)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
