"""Take the pictures of these pages anew: ``.venv/bin/python docs/take_pictures.py``. Needs a
Chromium.
"""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
import threading
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from example import create_app  # noqa: E402
from example.agent import shop  # noqa: E402
from example.byhand import capture  # noqa: E402
from example.visitor import visit  # noqa: E402


def keep(page: Page, name: str) -> None:
    """Write what a page shows, in as few colors as it needs."""
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(160, dither=Image.Dither.NONE).save(
        HERE / "pictures" / f"{name}.png", optimize=True
    )


def main() -> None:
    """Let the example's visitors in, and look at what they left."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = create_app(
            {
                "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/shop.db",
                "REPLAY_STORAGE": f"{folder}/replay",
                "REPLAY_SPOOL": f"{folder}/spool",
                "DEBUG": True,
                "PROPAGATE_EXCEPTIONS": False,
                "REPLAY_FLUSH_INTERVAL": 0.2,
            }
        )
        logging.disable()  # the scripted visitor meets a broken page on purpose
        visit(app)
        shop(app)
        capture(app)
        with app.app_context():
            replay = app.extensions["replay"].replay
            replay.flush()
            longest = max(replay.recordings.summaries(), key=lambda summary: summary.tally.requests)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        root = f"http://127.0.0.1:{server.server_port}/replay/"
        page.goto(root)
        page.locator("table tbody tr").first.wait_for()
        page.set_viewport_size({"width": 1280, "height": 670})
        keep(page, "list")
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{root}{longest.id}")
        page.get_by_text("cart.html").first.click()
        page.get_by_text("State", exact=True).first.click()
        page.get_by_text("identical").first.wait_for()
        page.locator("#state .values > *").first.wait_for()
        keep(page, "player")
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
