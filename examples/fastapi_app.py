"""FastAPI and Keyfob: each operation says which scopes it needs; /docs shows the token."""

import os
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI

from keyfob_client import Valid
from keyfob_client.fastapi import Requires, protect

app = FastAPI()
protect(app)


@app.get("/")
async def hello(keyfob: Annotated[Valid, Depends(Requires())]) -> str:
    return f"Hello, {keyfob.account_name}!"


@app.get("/search")
async def search(keyfob: Annotated[Valid, Depends(Requires("logs:search"))]) -> str:
    return f"Hello, {keyfob.account_name}!"


@app.get("/healthz")
async def health() -> str:
    return "I am well."


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
