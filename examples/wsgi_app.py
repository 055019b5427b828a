"""A plain WSGI application behind Keyfob: `/` needs any good token, `/search` a scope."""

import os
from wsgiref.simple_server import make_server

from keyfob_client.wsgi import OPEN, KeyfobMiddleware


def hello(environ, start_response):
    keyfob = environ["keyfob"]
    text = f"Hello, {keyfob.account_name}!" if keyfob else "I am well."
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]


app = KeyfobMiddleware(hello, rules={"/": (), "/search": "logs:search", "/healthz": OPEN})

if __name__ == "__main__":
    make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), app).serve_forever()
