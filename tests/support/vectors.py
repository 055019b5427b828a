"""The vectors of docs/vectors, for the tests of the server and of the client."""

import json
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "docs" / "vectors" / "token-format.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))

GOOD = [pytest.param(vector, id=vector["hint"]) for vector in VECTORS["good"]]
BAD = [pytest.param(vector["text"], id=vector["why"]) for vector in VECTORS["bad"]]
