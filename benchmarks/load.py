"""
Under load: the gate and `PORT` beside nginx and a bare ASGI application, one core each in turn.

All servers are bound to the first core, the client to the second, and the order is A B C A B C.
"""

import json
import re
import statistics
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import express_gateway
import httpx2
from house import Furnished
from measure import Figure
from serving import bare, free_port, keyfob, serving

ROUNDS = 3
SECONDS = 2
CONNECTIONS = 64
SERVER_CORE, CLIENT_CORE = "0", "1"
ON = ["taskset", "-c"]
OTHER = "express-gateway"

NGINX = """
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    init_by_lua_block {{
        known = {{}}
        for line in io.lines("{folder}/values") do
            known[ngx.hmac_sha1("pepper", line)] = {{ id = 2000001, ends = 0 }}
        end
    }}
    server {{
        listen 127.0.0.1:{port} backlog=2048;
        location = /hello {{ default_type text/plain; return 200 "hello, world\\n"; }}
        location = /auth {{
            content_by_lua_block {{
                local token = ngx.var.http_x_api_token
                local found = token and known[ngx.hmac_sha1("pepper", token)]
                if not found or (found.ends ~= 0 and found.ends <= ngx.time()) then
                    return ngx.exit(403)
                end
                ngx.header["X-Keyfob-Token-Id"] = found.id
                ngx.header["Content-Length"] = 0
            }}
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """
    `script` is wrk's, for what is not a GET of the address. `warming` are seconds of load before
    anything counts: some servers compile what is called often.
    """

    name: str
    url: str
    headers: dict[str, str]
    script: Path | None = None
    connections: int = CONNECTIONS
    warming: int = 1

    def load(self, *, seconds: int = SECONDS) -> float:
        """Requests per second. Fail when any answer was not good."""
        words = ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds}s", "--timeout=20s"]
        for name, value in self.headers.items():
            words += ["-H", f"{name}: {value}"]
        words += ["-s", str(self.script)] if self.script else []
        said = _output([*ON, CLIENT_CORE, *words, self.url])
        assert "Non-2xx" not in said, said
        assert "Socket errors" not in said, said
        found = re.search(r"Requests/sec:\s+([\d.]+)", said)
        assert found, said
        return float(found[1])

    def p99(self, rate: float, *, seconds: int = SECONDS) -> float:
        """Milliseconds, at so many requests a second over eight connections."""
        with tempfile.NamedTemporaryFile() as log:
            words = ["h2load", "--h1", "-t1", "-c8", f"-D{seconds}", f"--rps={rate / 8:.0f}"]
            for name, value in self.headers.items():
                words += ["-H", f"{name}: {value}"]
            _output([*ON, CLIENT_CORE, *words, f"--log-file={log.name}", self.url])
            rows = [line.split("\t") for line in Path(log.name).read_text().splitlines()]
        assert {status for _, status, _ in rows} == {"200"}, {status for _, status, _ in rows}
        return statistics.quantiles([int(took) for _, _, took in rows], n=100)[98] / 1000


def figures(data_dir: Path, made: Furnished) -> Generator[Figure]:
    with contenders(data_dir, made) as each:
        batch = each.pop("gate batch")
        rates: dict[str, list[float]] = {name: [] for name in each}
        for contender in each.values():
            contender.load(seconds=contender.warming)
        for _ in range(ROUNDS):
            for name, contender in each.items():
                rates[name].append(contender.load())
        for ours, theirs, target in (
            ("gate /auth", "nginx hello", "≥ 0.60 x"),
            ("gate /auth", "nginx + Lua", "≥ 1.00 x"),
            ("gate verify", "nginx hello", "≥ 0.45 x"),
            ("PORT /auth", "bare ASGI", "≥ 0.80 x"),
            ("PORT verify", "bare ASGI", "≥ 0.80 x"),
            ("nginx + Lua", "nginx hello", ""),
            ("bare ASGI", "nginx hello", ""),
            ("gate /auth", OTHER, "≥ 15 x"),
            ("gate verify", OTHER, "≥ 15 x"),
        ):
            if theirs in rates:
                yield Figure(ours, "/s", rates[ours], target, theirs, tuple(rates[theirs]))
        batches = [1000 * batch.load() for _ in range(ROUNDS)]
        yield Figure("gate batch of 1000", "tokens/s", batches, "≥ 150,000")
        yield from late(each, rates)
        _check(each, made)


def late(each: dict[str, Contender], rates: dict[str, list[float]]) -> Generator[Figure]:
    """Each at half of what it can, in turn."""
    wanted = [name for name in ("gate /auth", OTHER) if name in each]
    took: dict[str, list[float]] = {name: [] for name in wanted}
    for _ in range(ROUNDS):
        for name in wanted:
            took[name].append(each[name].p99(statistics.median(rates[name]) / 2))
    yield Figure("gate /auth, p99 at half the peak", "ms", took["gate /auth"], "≤ 2")
    if OTHER in each:
        ours, theirs = took["gate /auth"], tuple(took[OTHER])
        yield Figure("the same, each at half its own", "ms", ours, "< 1 x", OTHER, theirs)


@contextmanager
def contenders(data_dir: Path, made: Furnished) -> Generator[dict[str, Contender]]:
    port, gate, web, hello = (free_port() for _ in range(4))
    token, caller = made.values[0], made.api_token
    ours = {"X-Keyfob-Gateway": caller, "X-API-TOKEN": token}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keyfob-nginx-")))
        verify = _script(folder / "verify.lua", caller, json.dumps({"token": token}))
        items = [{"token": value} for value in made.values[:1000]]
        batch = _script(folder / "batch.lua", caller, json.dumps({"items": items}))
        (folder / "values").write_text("\n".join(made.values))
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=web))
        nginx = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        headers = {"x-api-token": caller}
        bound = [*ON, SERVER_CORE]
        command = [*bound, *keyfob(data_dir, port, gate)]
        stack.enter_context(serving(command, port, "/v2/whoami", **headers))
        stack.enter_context(serving([*bound, *nginx], web, "/hello"))
        stack.enter_context(serving([*bound, *bare(hello)], hello, "/"))
        others: dict[str, Contender] = {}
        if express_gateway.path() is not None:
            running = express_gateway.express_gateway(folder / "express-gateway", on=bound)
            url, key = stack.enter_context(running)
            others[OTHER] = Contender(OTHER, url, {"Authorization": key}, warming=4)
        at = {name: f"http://127.0.0.1:{number}" for name, number in
              (("gate", gate), ("port", port), ("web", web), ("hello", hello))}  # fmt: skip
        yield {
            "nginx hello": Contender("nginx hello", at["web"] + "/hello", {}),
            "nginx + Lua": Contender("nginx + Lua", at["web"] + "/auth", {"X-API-TOKEN": token}),
            "gate /auth": Contender("gate /auth", at["gate"] + "/auth", ours),
            "gate verify": Contender("gate verify", at["gate"] + "/v1/verify", {}, verify),
            "bare ASGI": Contender("bare ASGI", at["hello"] + "/", {}),
            "PORT /auth": Contender("PORT /auth", at["port"] + "/auth", ours),
            "PORT verify": Contender("PORT verify", at["port"] + "/v1/verify", {}, verify),
            "gate batch": Contender("gate batch", at["gate"] + "/v1/verify/batch", {}, batch, 4),
        } | others


def _script(file: Path, caller: str, body: str) -> Path:
    lines = (
        'wrk.method = "POST"',
        f"wrk.body = '{body}'",
        'wrk.headers["Content-Type"] = "application/json"',
        f'wrk.headers["X-API-TOKEN"] = "{caller}"',
    )
    file.write_text("\n".join(lines))
    return file


def _check(each: dict[str, Contender], made: Furnished) -> None:
    """A fast wrong answer is worth nothing: good, unknown and altered tokens, at every door."""
    good, altered = made.values[1], made.values[1][:-1] + "!"
    for name in ("gate /auth", "PORT /auth"):
        for token, status in ((good, 200), (altered, 403), ("", 401)):
            headers = {"X-Keyfob-Gateway": made.api_token, "X-API-TOKEN": token}
            answer = httpx2.get(each[name].url, headers=headers)
            assert answer.status_code == status, (name, status, answer.text)
    for name in ("gate verify", "PORT verify"):
        for token, valid in ((good, True), (altered, False)):
            answer = httpx2.post(
                each[name].url, headers={"X-API-TOKEN": made.api_token}, json={"token": token}
            )
            assert answer.json()["valid"] is valid, (name, answer.text)
    if OTHER in each:
        key = each[OTHER].headers["Authorization"]
        for word, status in ((key, 200), (key + "x", 401), ("", 401)):
            answer = httpx2.get(each[OTHER].url, headers={"Authorization": word})
            assert answer.status_code == status, (OTHER, status, answer.text)


def _output(words: Sequence[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (words[:4], done.stdout, done.stderr)
    return done.stdout
