"""Django and Keyfob: a middleware for all, with a rule by path."""

import os

import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path

from keyfob_client.django import OPEN

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["keyfob_client.django.KeyfobMiddleware"],
    KEYFOB={"RULES": {"/": (), "/search": "logs:search", "/healthz": OPEN}},
)


def hello(request):
    keyfob = request.keyfob
    return HttpResponse(f"Hello, {keyfob.account_name}!" if keyfob else "I am well.")


urlpatterns = [path("", hello), path("search", hello), path("healthz", hello)]
app = get_asgi_application()

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")), lifespan="off")
