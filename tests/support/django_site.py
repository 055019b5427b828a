"""A small Django project: plain views behind the middleware, and views of REST framework."""

from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, JsonResponse

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        REST_FRAMEWORK={"UNAUTHENTICATED_USER": None},
    )
    django.setup()

from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from keyfob_client.rest_framework import KeyfobAuthentication

MIDDLEWARE = ["keyfob_client.django.KeyfobMiddleware"]


def whose(request: HttpRequest) -> JsonResponse:
    valid = request.keyfob
    return JsonResponse(
        {"token": valid and valid.token_name, "account": valid and valid.account_name}
    )


async def whose_async(request: HttpRequest) -> JsonResponse:
    return whose(request)


class AnyToken(APIView):
    authentication_classes = (KeyfobAuthentication,)
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        user: Any = request.user
        return Response({"token": str(user), "account": request.auth.account_name, "pk": user.pk})


class Search(AnyToken):
    permission_classes = ()
    required_scopes = ("logs:search",)


class Anybody(AnyToken):
    permission_classes = ()

    def get(self, request: Request) -> Response:
        return Response({"token": request.user and str(request.user), "account": None})


urlpatterns = [
    path("open", whose),
    path("any", whose),
    path("search", whose_async),
    path("rest/open", Anybody.as_view()),
    path("rest/any", AnyToken.as_view()),
    path("rest/search", Search.as_view()),
]
