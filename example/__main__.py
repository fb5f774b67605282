"""``python -m example``: serve the shop with a few recordings to watch."""

from __future__ import annotations

import logging
import os

from . import create_app
from .agent import shop
from .byhand import capture
from .visitor import visit


def main() -> None:
    """Serve on http://127.0.0.1:5000, or on the port in ``PORT``."""
    # In debug mode the player is open to you. Broken pages look as they do to visitors.
    # Entries are written soon, so that deliberate recordings need not wait for them.
    app = create_app({"DEBUG": True, "PROPAGATE_EXCEPTIONS": False, "REPLAY_FLUSH_INTERVAL": 0.2})
    app.logger.setLevel(logging.CRITICAL)  # the scripted visitor requests a broken page on purpose
    visit(app)
    shop(app)
    capture(app)
    with app.app_context():
        count = len(app.extensions["replay"].replay.recordings.summaries())
    app.logger.setLevel(logging.INFO)
    port = int(os.environ.get("PORT", "5000"))
    print(f"\n  {count} recordings to watch:  http://127.0.0.1:{port}/replay/")
    print(f"  The shop, to make more:  http://127.0.0.1:{port}/\n", flush=True)
    app.run(port=port, use_reloader=False)


if __name__ == "__main__":
    main()
