"""Run the command line, as ``edgeom`` and as ``python -m edgeom``.

Signals are answered before anything is loaded that takes time.
"""

from importlib import import_module

from edgeom.cli import signals

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    try:
        signals.answer()
        import_module("edgeom.cli.main").main()
    except KeyboardInterrupt as error:
        signals.end(signals.words(error))


if __name__ == "__main__":
    main()
