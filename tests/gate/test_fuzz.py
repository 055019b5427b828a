"""A short run of `make fuzz`."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_20_000_inputs_have_one_reading_each():
    command = [sys.executable, "-m", "support.fuzz", "--inputs", "20000", "--seed", "3"]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "inputs: 20,000" in done.stdout
