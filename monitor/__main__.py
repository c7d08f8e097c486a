"""Lets `python -m monitor` be the command `monitor`."""

from monitor.cli import main

if __name__ == "__main__":
    main()
