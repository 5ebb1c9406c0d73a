"""What a request passes through: the staff's side only under /admin/, a strict CSP everywhere."""

import re
from typing import Any

from axes.middleware import AxesMiddleware
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseForbidden
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.functional import SimpleLazyObject

from config.checks import ProxyWatch
from reviews.models import Person

STAFF_PATH = "/admin/"


def is_staff_side(request: HttpRequest) -> bool:
    """Whether the request is for the admin, the only part with sessions, users and forms."""
    return request.path_info.startswith(STAFF_PATH)


_watch = ProxyWatch()


def client_address(request: HttpRequest) -> str:
    """The address that log-in throttling counts.

    Behind one trusted proxy it is the last entry of X-Forwarded-For, the one that the proxy itself
    appended; whatever stands before it was sent by the client and is not believed.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.TRUSTED_PROXIES and forwarded:
        return str(forwarded.rsplit(",", 1)[-1].strip())
    return str(request.META.get("REMOTE_ADDR", ""))


class StaffOnly:
    """Mixin: the middleware it stands before is skipped outside the staff's side."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_staff_side(request):
            response: HttpResponseBase = self.get_response(request)
            return response
        return super().__call__(request)  # type: ignore[misc, no-any-return]


class StaffSessionMiddleware(StaffOnly, SessionMiddleware):
    """Sessions, under /admin/ only."""

    def process_request(self, request: HttpRequest) -> None:
        """Believe no key that none was ever like: PostgreSQL cannot even be asked about a NUL."""
        if not re.fullmatch("[a-z0-9]*", request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")):
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        super().process_request(request)


class StaffAuthenticationMiddleware(StaffOnly, AuthenticationMiddleware):
    """The logged-in user, under /admin/ only, as a person whose rights are those that count."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        user = request.user
        person: Any = SimpleLazyObject(lambda: Person.of(user) if user.is_authenticated else user)
        request.user = person


class StaffMessageMiddleware(StaffOnly, MessageMiddleware):
    """Messages after a redirect, under /admin/ only."""


class StaffAxesMiddleware(StaffOnly, AxesMiddleware):
    """The answer to somebody locked out, under /admin/ only."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_staff_side(request):
            _watch.look(request)
        return super().__call__(request)


class StaffCsrfMiddleware(StaffOnly, CsrfViewMiddleware):
    """Protection against forged forms, under /admin/ only: nothing else takes a form."""

    def process_view(
        self, request: HttpRequest, callback: Any, callback_args: Any, callback_kwargs: Any
    ) -> HttpResponseForbidden | None:
        if not is_staff_side(request):
            return None
        return super().process_view(request, callback, callback_args, callback_kwargs)


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The public policy without nonce; under /admin/ the staff's policy with one."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        # A view with a policy of its own (the preview) keeps it.
        if is_staff_side(request) and parts.config is None and not report_only:
            parts.config = settings.STAFF_CONTENT_SECURITY_POLICY
        return parts
