"""Run the command line as ``python -m edgeom``."""

from edgeom.cli import main

main()
