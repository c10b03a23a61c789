"""Run the command line, as ``edgeom`` and as ``python -m edgeom``.

Signals are answered before anything is loaded that takes time. Circles of objects are looked for
seldom, and not at the end: what a command loads stays, and looking through it took a tenth of the
time of a short one.
"""

import gc
import signal
from importlib import import_module

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    gc.set_threshold(10_000)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # ends what has hardly begun
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signals = import_module("edgeom.cli.signals")
    try:
        signals.answer()
        import_module("edgeom.cli.main").main()
    except BaseException as error:
        if signals.received():
            signals.end(error)
        raise
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
