"""Settings: read once, at start-up; file < environment < option. docs/configuration.md has each."""

import difflib
import tomllib
from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import platformdirs
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from keyfob.errors import Misconfigured

PREFIX: Final = "KEYFOB_"
# Names that begin like settings and are not: what the command line reads for itself.
NOT_SETTINGS: Final = frozenset({"SERVER", "TOKEN", "ADMIN_PASSWORD", "CONFIG"})
TEST_PREFIX: Final = "TEST_"

Network = IPv4Network | IPv6Network
NEAR: Final = 0.6  # of 1: how alike a name must be to be meant
USUAL_PORTS: Final = {"http": 80, "https": 443}
MAPPED_BITS: Final = 96  # before the IPv4 address in an IPv4-mapped IPv6 address


def network(text: str) -> Network:
    """Parse a CIDR. `::ffff:203.0.113.0/120` is 203.0.113.0/24: what is inside has no mapping."""
    parsed = ip_network(text)
    mapped = parsed.network_address.ipv4_mapped if isinstance(parsed, IPv6Network) else None
    if mapped is None or parsed.prefixlen < MAPPED_BITS:
        return parsed
    return IPv4Network((mapped, parsed.prefixlen - MAPPED_BITS))


def _split(value: object) -> object:
    """A list in the environment is separated by commas."""
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


class Config(BaseModel):
    """Every default is safe in production."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("keyfob"))
    database_url: str = ""
    redis_url: str = ""
    root_key_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8420, ge=0, le=65535)
    gate_port: int = Field(default=8421, ge=0, le=65535)
    gate_socket: Path | None = None
    gate_tls_cert: Path | None = None
    gate_tls_key: Path | None = None
    workers: int = Field(default=1, ge=1, le=256)
    public_url: str = ""
    token_brand: str = Field(default="kf", pattern=r"^[a-z0-9]{2,12}$")
    trusted_proxies: Annotated[tuple[str, ...], BeforeValidator(_split)] = ()
    reveal: bool = True
    max_concurrent_per_account: int = Field(default=100, ge=1, le=100_000)
    cache_entries: int = Field(default=200_000, ge=100, le=10_000_000)
    legacy_whoami_200: bool = True

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in {"postgresql", "postgres"}:
            raise ValueError("must be a postgresql:// address, or absent for SQLite")
        return url

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, url: str) -> str:
        parts = urlsplit(url)
        scheme_is_odd = parts.scheme not in USUAL_PORTS
        if url and (scheme_is_odd or not parts.hostname or parts.query or parts.port == 0):
            raise ValueError("must look like https://keyfob.example.com")
        return url.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            ip_network(network)
        return networks

    @property
    def on_sqlite(self) -> bool:
        return not self.database_url

    @property
    def sqlite_file(self) -> Path:
        return self.data_dir / "keyfob.db"

    @property
    def root_key(self) -> Path:
        return self.root_key_file or self.data_dir / "root.key"

    @property
    def url(self) -> str:
        """Where people reach the console: no slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def origin(self) -> str:
        """The console's origin as browsers write it: no path, no port that goes without saying."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        usual = parts.port in {None, USUAL_PORTS[parts.scheme]}
        return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{parts.port}"

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    @cached_property
    def proxies(self) -> tuple[Network, ...]:
        return tuple(network(text) for text in self.trusted_proxies)


def load(
    *,
    file: Path | None = None,
    environ: Mapping[str, str],
    options: Mapping[str, object] | None = None,
) -> Config:
    """
    Merge the three sources. `options` whose value is None were not given.

    Raise Misconfigured for a file that cannot be read, an unknown setting or a bad value.
    """
    given, called = _merged(file, environ, options or {})
    for name in given:
        if name not in Config.model_fields:
            raise Misconfigured(
                _unknown(name, called[name]), code="config/UNKNOWN_SETTING", setting=name.upper()
            )
    try:
        config = Config.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0])
        raise Misconfigured(
            f"{called[name]}: {first['msg'].removeprefix('Value error, ')}",
            code="config/BAD_SETTING",
            setting=name.upper(),
        ) from None
    if (config.gate_tls_cert is None) != (config.gate_tls_key is None):
        raise Misconfigured(
            "KEYFOB_GATE_TLS_CERT and KEYFOB_GATE_TLS_KEY go together: set both, or none",
            code="config/BAD_SETTING",
            setting="GATE_TLS_CERT",
        )
    if config.workers > 1 and config.on_sqlite:
        raise Misconfigured(
            "KEYFOB_WORKERS above 1 needs PostgreSQL: set KEYFOB_DATABASE_URL",
            code="config/BAD_SETTING",
            setting="WORKERS",
        )
    return config


def _merged(
    file: Path | None, environ: Mapping[str, str], options: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, str]]:
    """What is set, the stronger source over the weaker; and how each is called where it was set."""
    given: dict[str, object] = {}
    called: dict[str, str] = {}
    if file:
        given |= (found := _from_file(file))
        called |= {name: f"{file}: {name}" for name in found}
    for variable, value in environ.items():
        name = variable.removeprefix(PREFIX)
        if variable.startswith(PREFIX) and not _is_ours(name):
            given[name.lower()], called[name.lower()] = value, variable
    for name, value in options.items():
        if value is not None:
            given[name], called[name] = value, "--" + name.replace("_", "-")
    return given, called


def _is_ours(name: str) -> bool:
    return name in NOT_SETTINGS or name.startswith(TEST_PREFIX)


def _from_file(file: Path) -> dict[str, object]:
    try:
        return {name.lower(): value for name, value in tomllib.loads(file.read_text()).items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Misconfigured(f"{file}: {why}", code="config/BAD_FILE", file=str(file)) from error


def _unknown(name: str, called: str) -> str:
    """With the nearest right name, as it would be written in the same place."""
    file, _, key = called.rpartition(": ")
    told = f"{file}: there is no setting {key}" if file else f"there is no setting {key}"
    near = difflib.get_close_matches(name, Config.model_fields, n=1, cutoff=NEAR)
    if not near:
        return told
    return f"{told}; did you mean {near[0] if file else PREFIX + near[0].upper()}?"
