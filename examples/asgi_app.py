"""A plain ASGI application behind Keyfob: `/` needs any good token, `/search` a scope."""

import os

import uvicorn

from keyfob_client.asgi import OPEN, KeyfobMiddleware


async def hello(scope, receive, send):
    keyfob = scope["state"]["keyfob"]
    text = f"Hello, {keyfob.account_name}!" if keyfob else "I am well."
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text.encode()})


app = KeyfobMiddleware(hello, rules={"/": (), "/search": "logs:search", "/healthz": OPEN})

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")), lifespan="off")
