"""``python -m example``: serve the shop, with a few recordings to watch."""

from __future__ import annotations

import logging
import os

from . import create_app
from .visitor import visit


def main() -> None:
    """Serve on http://127.0.0.1:5000, or on the port that ``PORT`` names."""
    app = create_app({"DEBUG": True})
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.logger.setLevel(logging.CRITICAL)
    count = visit(app)
    app.logger.setLevel(logging.INFO)
    port = int(os.environ.get("PORT", "5000"))
    print(f"\n  The shop:         http://127.0.0.1:{port}/")
    print(f"  {count} recordings:     http://127.0.0.1:{port}/replay/\n")
    app.run(port=port, debug=True, use_reloader=False)


if __name__ == "__main__":
    main()
