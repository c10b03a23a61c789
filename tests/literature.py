"""Numbers from the literature and from independent recomputation; the file's legend tells how."""

import json
from pathlib import Path

_FILE = json.loads((Path(__file__).parent / "data" / "literature.json").read_text())
ENTRIES = _FILE["entries"]
DIMENSIONS = _FILE["pnn_dimensions"]  # of polynomial networks
