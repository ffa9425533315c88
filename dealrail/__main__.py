"""Lets `python -m dealrail` be the `dealrail` command."""

import sys

from dealrail.cli import main

if __name__ == "__main__":
    sys.exit(main())
