"""Flask and Keyfob: each view says which scopes it needs."""

import os

from flask import Flask, g

from keyfob_client.flask import requires


def create_app():
    app = Flask(__name__)

    @app.get("/")
    @requires()
    def hello():
        return f"Hello, {g.keyfob.account_name}!"

    @app.get("/search")
    @requires("logs:search")
    def search():
        return f"Hello, {g.keyfob.account_name}!"

    @app.get("/healthz")
    def health():
        return "I am well."

    return app


if __name__ == "__main__":
    create_app().run(port=int(os.environ.get("PORT", "8000")))
