"""Take the agent's screenshots again: ``python -m example.screenshots``. Needs Playwright and
Chromium.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image
from werkzeug.serving import make_server

from . import HERE, create_app

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = HERE / "screenshots"
BOXES = FOLDER / "boxes.json"


class Camera:
    """Takes screenshots, and notes the position of the element that the agent acts on."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.boxes: dict[str, list[int]] = {}

    def take(self, name: str, selector: str = "") -> None:
        """Take a screenshot, and note the position of an element."""
        if selector:
            element = self.page.locator(selector).first
            element.scroll_into_view_if_needed()
            box = element.bounding_box()
            if box is not None:
                self.boxes[name] = [round(box[side]) for side in ("x", "y", "width", "height")]
        picture = Image.open(BytesIO(self.page.screenshot(scale="css")))
        picture.save(FOLDER / f"{name}.webp", quality=55, method=6)


def main() -> None:
    """Repeat the agent's actions in a browser, and take the screenshots."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = create_app(
            {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/shop.db", "REPLAY_ENABLED": False}
        )
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        camera = Camera(page)
        FOLDER.mkdir(exist_ok=True)
        page.goto(f"http://127.0.0.1:{server.server_port}/?shelf=NOVEL")
        camera.take("shelf", "a[href='/book/1']")
        page.locator("a[href='/book/1']").first.click()
        camera.take("book", "form[action='/cart/add/1'] button")
        page.click("form[action='/cart/add/1'] button")
        page.locator("#cart-size", has_text="1").wait_for()
        page.goto(f"http://127.0.0.1:{server.server_port}/cart/")
        page.fill("input[name=code]", "GIFT")
        camera.take("cart", "input[name=code]")
        page.press("input[name=code]", "Enter")
        page.wait_for_load_state()
        camera.take("coupon")
        BOXES.write_text(json.dumps(camera.boxes, indent=2) + "\n")
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
