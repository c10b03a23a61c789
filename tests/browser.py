"""A real browser for tests of pages: headless Chromium, spoken to by the WebDriver protocol.

Debian's packages chromium and chromium-driver are enough; without them such tests are skipped.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files",
]


class Browser:
    """A session of Chromium."""

    def __init__(self, address: str, session: str) -> None:
        self.session = f"{address}/session/{session}"

    def post(self, command: str, **content: Any) -> Any:
        """Give a command of the WebDriver protocol."""
        return _post(f"{self.session}/{command}", content)

    def open(self, page: str | Path) -> None:
        """Load a file, or an address."""
        self.post("url", url=page.resolve().as_uri() if isinstance(page, Path) else page)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function in the page; return its value."""
        return self.post("execute/sync", script=script, args=list(arguments))

    def devtools(self, command: str, **parameters: Any) -> Any:
        """Give a command of the DevTools protocol."""
        return self.post("goog/cdp/execute", cmd=command, params=parameters)

    def size(self, width: int, height: int, scale: float = 1) -> None:
        """Set the size of the window, as that of a phone."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=width < 600,
        )

    def dark(self, dark: bool = True) -> None:
        """Ask pages to be dark."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])

    def drag(self, start: tuple[float, float], *places: tuple[float, float]) -> None:
        """Press the button at a place of the window, move to others and let go."""
        moves = [
            {"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}
            for x, y in (start, *places)
        ]
        press, release = ({"type": f"pointer{name}", "button": 0} for name in ("Down", "Up"))
        actions = [moves[0], press, *moves[1:], release]
        self.post("actions", actions=[{"type": "pointer", "id": "mouse", "actions": actions}])

    def picture(self, path: Path, whole: bool = False) -> None:
        """Write what is seen, or the whole page, as PNG."""
        taken = self.devtools("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(taken["data"]))


def _post(address: str, content: dict[str, Any], method: str = "POST") -> Any:
    data = json.dumps(content).encode() if method == "POST" else None
    request = Request(address, data, {"Content-Type": "application/json"}, method=method)
    with urlopen(request, timeout=60) as answer:
        return json.load(answer)["value"]


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start Chromium with an empty profile in a folder, and end it."""
    assert CHROMIUM is not None and DRIVER is not None
    command = [DRIVER, "--port=0", "--log-level=WARNING"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as driver:
        try:
            assert driver.stdout is not None
            port = next(
                line.rstrip(".\n").split()[-1]
                for line in driver.stdout
                if "successfully on port" in line
            )
            address = f"http://127.0.0.1:{port}"
            options = {"binary": CHROMIUM, "args": [*ARGUMENTS, f"--user-data-dir={folder}"]}
            wanted = {"browserName": "chrome", "goog:chromeOptions": options}
            session = _post(f"{address}/session", {"capabilities": {"alwaysMatch": wanted}})
            started = Browser(address, session["sessionId"])
            try:
                yield started
            finally:
                _post(started.session, {}, "DELETE")
        finally:
            driver.terminate()
