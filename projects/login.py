"""The admin's login, which takes so many tries for one name, be it anybody's or not, and so many from one address."""

from __future__ import annotations

import unicodedata

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from projects.throttling import address_of, spend


def login(request: HttpRequest) -> HttpResponseBase:
    """Django's own; a try too many is 429 with `Retry-After`, also with the right password."""
    wait = seconds_to_wait(request) if request.method == "POST" else 0
    if not wait:
        return admin.site.login(request)
    words = {"title": "Too many tries", "words": f"That was too often in a short time. Try again in {wait} s."}
    answer = render(request, "error.html", words, status=429)
    answer.headers["Retry-After"] = str(wait)
    return answer


def seconds_to_wait(request: HttpRequest) -> int:
    """The address comes first: who has used up its tries does not use up those of a name."""
    name = unicodedata.normalize("NFKC", request.POST.get("username", "").strip()).casefold()
    for kind, whose in (("address", address_of(request)), ("name", name)):
        limit = settings.LOGIN_THROTTLES[kind]
        if limit and (wait := spend(f"login {kind} {whose}", limit)):
            return wait
    return 0
