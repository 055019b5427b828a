import base64
import stat
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.errors import Misconfigured
from keyfob.keys import RootKey


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys" / "root.key"


def refused(file) -> Misconfigured:
    with pytest.raises(Misconfigured) as caught:
        RootKey.load(file)
    assert caught.value.code == "keys/ROOT_KEY"
    return caught.value


def test_a_new_root_key_can_be_read_by_its_owner_alone(file):
    RootKey.create(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert len(base64.b64decode(file.read_bytes())) == 32


def test_what_one_process_wraps_the_next_unwraps(file):
    wrapped = RootKey.create(file).wrap(b"material", context=b"here")
    assert b"material" not in wrapped
    assert RootKey.load(file).unwrap(wrapped, context=b"here") == b"material"


def test_the_same_material_is_never_wrapped_alike(file):
    root = RootKey.create(file)
    assert root.wrap(b"m", context=b"c") != root.wrap(b"m", context=b"c")


def test_what_was_moved_altered_or_wrapped_by_another_key_does_not_open(file, tmp_path):
    root = RootKey.create(file)
    wrapped = root.wrap(b"material", context=b"here")
    altered = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    other = RootKey.create(tmp_path / "other.key")
    for key, text, context in (
        (root, wrapped, b"there"),
        (root, altered, b"here"),
        (other, wrapped, b"here"),
    ):
        with pytest.raises(Misconfigured) as caught:
            key.unwrap(text, context=context)
        assert caught.value.code == "keys/WRONG_ROOT_KEY"


def test_a_key_that_is_there_is_never_replaced(file):
    RootKey.create(file)
    before = file.read_bytes()
    with pytest.raises(Misconfigured, match=r"cannot make the root key .*: File exists"):
        RootKey.create(file)
    assert file.read_bytes() == before
    assert [*file.parent.iterdir()] == [file]


def test_on_a_full_disk_no_half_of_a_key_is_left(file):
    full = (
        "import resource, sys; from pathlib import Path; from keyfob.keys import RootKey\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))\n"  # bytes: no room for a whole key
        "RootKey.create(Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", full, str(file)], capture_output=True, text=True, check=False
    )
    assert f"Misconfigured: cannot make the root key {file}: File too large" in done.stderr
    assert [*file.parent.iterdir()] == []
    RootKey.create(file)


def test_where_no_folder_can_be_there_is_no_key(file):
    file.parent.touch()
    with pytest.raises(Misconfigured, match=r"cannot make the root key .*: File exists"):
        RootKey.create(file)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620, 0o601])
def test_a_root_key_that_others_can_touch_is_refused(file, mode):
    RootKey.create(file)
    file.chmod(mode)
    assert f"chmod 600 {file}" in refused(file).message
    file.chmod(0o600)
    assert RootKey.load(file)


def test_an_absent_root_key_is_refused_and_not_made(file):
    refused(file)
    assert not file.exists()


@given(st.binary(max_size=64).filter(lambda content: len(content.strip()) != 44))
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("garbage") / "root.key"
    file.write_bytes(content)
    file.chmod(0o600)
    assert refused(file).message == f"{file} is not a root key: it must hold 32 bytes in base64"


def test_a_root_key_is_never_written_over(file):
    RootKey.create(file)
    before = file.read_bytes()
    with pytest.raises(Misconfigured) as caught:
        RootKey.create(file)
    assert caught.value.code == "keys/ROOT_KEY"
    assert RootKey.load_or_create(file)
    assert file.read_bytes() == before


def test_a_root_key_is_read_whatever_ends_its_line(file):
    RootKey.create(file)
    text = file.read_bytes().strip()
    for ending in (b"", b"\n", b"\r\n"):
        file.write_bytes(text + ending)
        assert file.stat().st_size == len(text) + len(ending)
        assert RootKey.load(file)
