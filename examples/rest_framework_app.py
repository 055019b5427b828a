"""Django REST framework and Keyfob: a token is one way to authenticate."""

import os

import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["keyfob_client.rest_framework.KeyfobAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "UNAUTHENTICATED_USER": None,
    },
)
app = get_asgi_application()  # before the views: REST framework reads the settings

from rest_framework.response import Response  # noqa: E402 -- it reads the settings
from rest_framework.views import APIView  # noqa: E402 -- it reads the settings


class Hello(APIView):
    def get(self, request):
        return Response(f"Hello, {request.auth.account_name}!")


class Search(Hello):
    required_scopes = ("logs:search",)


class Health(APIView):
    permission_classes = ()

    def get(self, request):
        return Response("I am well.")


urlpatterns = [
    path("", Hello.as_view()),
    path("search", Search.as_view()),
    path("healthz", Health.as_view()),
]

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")), lifespan="off")
