"""`python -m bots`."""

from __future__ import annotations

import sys

from bots.cli import main

if __name__ == "__main__":
    sys.exit(main())
