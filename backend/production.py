"""What production has to be told, and is not started without."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured

SHORTEST = 50  # characters of a key, as Django's own check has it
ENVIRONMENTS = ("development", "production")


def is_production(name: str) -> bool:
    if name not in ENVIRONMENTS:
        raise ImproperlyConfigured(f"ONRECORD_ENV is one of {', '.join(ENVIRONMENTS)}; not {name!r}.")
    return name == "production"


def require(*, debug: bool, secret_key: str, pepper: str, hosts: list[str]) -> None:
    """Errors: ImproperlyConfigured, which names all that is missing. The arguments are as the environment has them."""
    if wrong := list(faults(debug, secret_key, pepper, hosts)):
        raise ImproperlyConfigured(" ".join(["This is not fit for production.", *wrong]))


def faults(debug: bool, secret_key: str, pepper: str, hosts: list[str]) -> Iterator[str]:
    if debug:
        yield "ONRECORD_DEBUG shows everybody our insides: switch it off."
    for name, value in (("ONRECORD_SECRET_KEY", secret_key), ("ONRECORD_TOKEN_PEPPER", pepper)):
        if len(value) < SHORTEST or len(set(value)) < SHORTEST // 5:
            yield f"{name} has to be random, and {SHORTEST} characters long."
    if secret_key and secret_key == pepper:
        yield "ONRECORD_SECRET_KEY and ONRECORD_TOKEN_PEPPER have to differ."
    if not hosts or "*" in hosts:
        yield "ONRECORD_ALLOWED_HOSTS has to name the hosts we answer to."
