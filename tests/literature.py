"""Numbers from the literature and from independent recomputation; the file's legend tells how."""

import json
from pathlib import Path

ENTRIES = json.loads((Path(__file__).parent / "data" / "literature.json").read_text())["entries"]
