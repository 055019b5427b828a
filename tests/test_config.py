from ipaddress import ip_network
from pathlib import Path

import pytest

from keyfob.config import Config, load
from keyfob.errors import Misconfigured


def refused(**given) -> Misconfigured:
    environ = {f"KEYFOB_{name}": value for name, value in given.items()}
    with pytest.raises(Misconfigured) as caught:
        load(environ=environ)
    return caught.value


def test_a_file_is_weaker_than_the_environment_and_that_than_an_option(tmp_path):
    file = tmp_path / "keyfob.toml"
    file.write_text('host = "file"\npublic_url = "https://file.example"\nport = 1\n')
    environ = {"KEYFOB_HOST": "environment", "KEYFOB_PORT": "2"}
    config = load(file=file, environ=environ, options={"port": 3, "host": None})
    assert (config.public_url, config.host, config.port) == (
        "https://file.example",
        "environment",
        3,
    )


def test_names_in_a_file_may_be_in_capitals(tmp_path):
    file = tmp_path / "keyfob.toml"
    file.write_text("PORT = 1234\n")
    assert load(file=file, environ={}).port == 1234


@pytest.mark.parametrize(
    ("given", "nearest"),
    [("DATABASEURL", "DATABASE_URL"), ("PROT", "PORT"), ("TRUSTED_PROXY", "TRUSTED_PROXIES")],
)
def test_an_unknown_setting_names_the_nearest_right_one(given, nearest):
    error = refused(**{given: "x"})
    assert error.code == "config/UNKNOWN_SETTING"
    assert error.message.endswith(f"did you mean KEYFOB_{nearest}?")


def test_a_setting_like_no_other_is_refused_without_a_hint():
    assert refused(XYZZY="1").message == "there is no setting KEYFOB_XYZZY"


def test_an_unknown_setting_in_a_file_is_refused(tmp_path):
    file = tmp_path / "keyfob.toml"
    file.write_text("prot = 1\n")
    with pytest.raises(Misconfigured) as caught:
        load(file=file, environ={})
    assert caught.value.message == f"{file}: there is no setting prot; did you mean port?"


def test_a_name_in_a_file_that_is_like_no_other_is_refused_without_a_hint(tmp_path):
    file = tmp_path / "keyfob.toml"
    file.write_text("bogus = 1\n")
    with pytest.raises(Misconfigured) as caught:
        load(file=file, environ={})
    assert caught.value.message == f"{file}: there is no setting bogus"


def test_a_bad_value_is_named_as_it_was_given(tmp_path):
    file = tmp_path / "keyfob.toml"
    file.write_text("port = 70000\n")
    for given, called in (
        ({"file": file, "environ": {}}, f"{file}: port: "),
        ({"environ": {}, "options": {"gate_port": 70_000}}, "--gate-port: "),
        ({"environ": {"KEYFOB_PORT": "x"}, "file": file}, "KEYFOB_PORT: "),
    ):
        with pytest.raises(Misconfigured) as caught:
            load(**given)
        assert caught.value.message.startswith(called)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "many"),
        ("GATE_PORT", "65536"),
        ("WORKERS", "0"),
        ("WORKERS", "2"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "sqlite:///file"),
        ("PUBLIC_URL", "keyfob.example.com"),
        ("PUBLIC_URL", "ftp://keyfob.example.com"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://keyfob.example.com?a=b"),
        ("PUBLIC_URL", "https://keyfob.example.com:abc"),
        ("PUBLIC_URL", "https://keyfob.example.com:0"),
        ("TOKEN_BRAND", "k"),
        ("TOKEN_BRAND", "abcdefghijklm"),
        ("TOKEN_BRAND", "KF"),
        ("TOKEN_BRAND", "k_f"),
        ("TOKEN_BRAND", "kf\n"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "proxy.example.com"),
        ("REVEAL", "sometimes"),
        ("MAX_CONCURRENT_PER_ACCOUNT", "0"),
        ("LEGACY_WHOAMI_200", "perhaps"),
    ],
)
def test_a_bad_value_names_its_setting(name, value):
    error = refused(**{name: value})
    assert (error.code, error.parameters["setting"]) == ("config/BAD_SETTING", name)
    assert error.message.startswith(f"KEYFOB_{name}")


def test_a_bad_value_is_not_repeated_for_it_may_be_a_secret():
    error = refused(DATABASE_URL="mysql://user:hunter2@host/name")
    assert "hunter2" not in f"{error.message} {error.parameters} {error.__cause__}"


@pytest.mark.parametrize("text", ["port = ", "\0", "port: 1"])
def test_a_file_that_is_not_toml_is_refused(tmp_path, text):
    file = tmp_path / "keyfob.toml"
    file.write_text(text)
    with pytest.raises(Misconfigured) as caught:
        load(file=file, environ={})
    assert caught.value.code == "config/BAD_FILE"


def test_a_file_that_is_not_text_or_not_there_is_refused(tmp_path):
    file = tmp_path / "keyfob.toml"
    for make in (lambda: None, lambda: file.write_bytes(b"\xff\xfe")):
        make()
        with pytest.raises(Misconfigured) as caught:
            load(file=file, environ={})
        assert caught.value.parameters["file"] == str(file)


def test_a_list_is_separated_by_commas_in_the_environment(tmp_path):
    config = load(environ={"KEYFOB_TRUSTED_PROXIES": " 10.0.0.0/8, ::1/128 ,"})
    assert config.proxies == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    file = tmp_path / "keyfob.toml"
    file.write_text('trusted_proxies = ["10.0.0.0/8", "::1/128"]\n')
    assert load(file=file, environ={}).proxies == config.proxies
    assert load(environ={}).proxies == ()


@pytest.mark.parametrize("word", ["on", "true", "1", "yes"])
def test_a_switch_can_be_said_in_several_words(word):
    assert load(environ={"KEYFOB_REVEAL": word}).reveal


def test_a_switch_can_be_off():
    assert not load(environ={"KEYFOB_REVEAL": "off"}).reveal


def test_several_workers_need_postgresql():
    environ = {"KEYFOB_WORKERS": "2", "KEYFOB_DATABASE_URL": "postgresql://host/name"}
    assert load(environ=environ).workers == 2
    assert "PostgreSQL" in refused(WORKERS="2").message


def test_what_the_command_line_and_the_tests_read_for_themselves_is_no_setting():
    names = ("SERVER", "TOKEN", "ADMIN_PASSWORD", "CONFIG", "TEST_POSTGRES")
    assert load(environ={f"KEYFOB_{name}": "x" for name in names}) == load(environ={})


def test_what_others_put_into_the_environment_is_left_alone():
    assert load(environ={"PORT": "1", "XKEYFOB_PORT": "2"}).port == 8420


def test_files_are_in_the_data_folder_unless_told_otherwise():
    config = Config(data_dir=Path("/data"))
    assert (config.sqlite_file, config.root_key) == (
        Path("/data/keyfob.db"),
        Path("/data/root.key"),
    )
    assert Config(root_key_file=Path("/else/key")).root_key == Path("/else/key")
    assert config.on_sqlite
    assert not Config(database_url="postgres://host/name").on_sqlite


def test_the_address_is_that_of_host_and_port_unless_told_otherwise():
    assert Config().url == "http://127.0.0.1:8420"
    assert Config(host="::1", port=1).url == "http://[::1]:1"
    public = Config(public_url="https://keyfob.example.com/")
    assert (public.url, public.is_https) == ("https://keyfob.example.com", True)
    assert not Config().is_https
