"""Run the command line as ``python -m edgeom``."""

from edgeom.cli.main import main

main()
