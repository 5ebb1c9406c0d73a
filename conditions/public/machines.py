"""What search engines, feed readers and programs read. As the pages: no session, no draft."""

import json
from datetime import UTC, date, datetime
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from conditions import addresses, linked_data
from conditions.models import KIND
from conditions.page import FLAG_NOTICE
from conditions.public.pages import not_found
from conditions.public.responses import conditional, moved
from reviews import clock
from reviews.evidence.checks import BrokenEvidence
from reviews.models import SignOff, Withdrawal
from reviews.reading import at_address, news, proved, related
from reviews.reading.news import Change, Happened

JSON = "application/json; charset=utf-8"
XML = "application/xml; charset=utf-8"
# The pages that stand without being signed, at the head of the sitemap: none has a date of its own.
FRAME = ("home", "conditions", "how_we_review")
# Far fewer than the 50,000 of sitemaps.org: every document is proved for its address to be listed.
MOST_ADDRESSES = 500
MOST_CHANGES = 50
ICON = Path(settings.BASE_DIR, "conditions", "static", "conditions", "icon.svg")


@require_safe
def condition_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The page in force as JSON: the signed document, and who vouches for it.

    `document` stands last, and exactly as it was signed: the SHA-256 of the bytes between the
    first `"document":` and the last `}` of the body is `digest`. No string before it can hold
    those characters, because JSON escapes a quotation mark.
    """
    at = clock.now()
    found = at_address.find(KIND, slug, at)
    if found is None or not found.was_here:
        return _said({"status": "not_found"}, status=404)
    try:
        if found.withdrawn_on is not None:
            return _gone(_withdrawn(slug, found, at))
        if found.is_held:
            return _gone(_held(slug, found))
        sign_off = proved.sign_off_of(found)
    except BrokenEvidence:
        broken = _said({"status": "unavailable"}, status=503)
        patch_cache_control(broken, no_store=True)
        return broken
    if found.slug != slug:
        return moved("condition_json", found.slug)
    facts = _json(_in_force(sign_off, clock.local_date(at), found))
    response = conditional(
        request,
        f'{facts[:-1]},"document":{sign_off.edition.text}}}'.encode(),
        content_type=JSON,
    )
    response["X-Robots-Tag"] = "noindex"
    return response


def _said(facts: dict[str, Any], *, status: int) -> HttpResponse:
    return HttpResponse(
        _json(facts), status=status, content_type=JSON, headers={"X-Robots-Tag": "noindex"}
    )


def _gone(facts: dict[str, Any]) -> HttpResponse:
    gone = _said(facts, status=410)
    patch_cache_control(gone, max_age=60)
    return gone


def _json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def _withdrawn(slug: str, found: at_address.Found, at: datetime) -> dict[str, Any]:
    """Under the address asked for: the newest one may never have been public."""
    withdrawal = proved.decisions_of(found).withdrawal
    part_of = withdrawal.successor_id and related.current(KIND, withdrawal.successor_id, at)
    return {
        "status": "withdrawn",
        "url": addresses.absolute(addresses.condition(slug)),
        "withdrawn_on": str(withdrawal.on),
        "notice": withdrawal.get_notice_display(),
        "now_part_of": part_of and addresses.absolute(addresses.condition(part_of.slug)),
    }


def _held(slug: str, found: at_address.Found) -> dict[str, Any]:
    return {
        "status": "being_checked",
        "url": addresses.absolute(addresses.condition(slug)),
        "held_on": str(proved.decisions_of(found).hold.on),
    }


def _in_force(sign_off: SignOff, on: date, found: at_address.Found) -> dict[str, Any]:
    slug, signature = sign_off.edition.slug, proved.signature_of(sign_off)
    changed_at = found.original_changed_at
    return {
        "status": "in_force",
        "url": addresses.absolute(addresses.condition(slug)),
        "record": addresses.absolute(addresses.record(slug)),
        "digest": sign_off.digest,
        "digest_covers": "SHA-256 of the value of document, byte for byte as it stands here",
        "sign_off": {
            **_signed(sign_off),
            "edition": sign_off.edition.number,
            "public_note": sign_off.edition.public_note,
            "effective_at": _instant(sign_off.effective_at),
            "same_physician": signature.same_physician,
            "full_review": _signed(sign_off.full_review),
        },
        "next_review_due": str(signature.next_review_due),
        "overdue": sign_off.is_overdue(on),
        "changed_urgently_on": sign_off.urgent_on and str(sign_off.urgent_on),
        "full_review_pending": sign_off.urgent_on is not None,
        "no_longer_relied_on": [
            {"physician": one.name, "since": str(one.on), "sentence": one.sentence}
            for one in signature.ends
        ],
        "notice": FLAG_NOTICE if found.is_flagged else "",
        "original_changed_on": changed_at and str(clock.local_date(changed_at)),
    }


def _signed(sign_off: SignOff) -> dict[str, Any]:
    return {
        "number": sign_off.pk,
        "scope": sign_off.scope,
        "signed_by": sign_off.printed_name,
        "credentials": sign_off.credentials,
        "licensed_in": sign_off.license_states,
        "relationship": sign_off.relationship,
        "signed_on": str(sign_off.signed_on),
        "signed_at": _instant(sign_off.signed_at),
        "attestation": sign_off.attestation,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The newest signed changes and withdrawals as Atom (RFC 4287)."""
    made = _Feed(
        title=f"{settings.CLINIC_NAME}: signed changes",
        subtitle="Each change to a condition page that a physician has signed, and withdrawals.",
        link=addresses.absolute(reverse("conditions")),
        feed_url=addresses.absolute(reverse("feed")),
        feed_guid=addresses.absolute(reverse("feed")),
        author_name=settings.CLINIC_NAME,
        language="en",
        description="",
    )
    for change in news.latest(KIND, at_address.present(clock.now()), MOST_CHANGES):
        made.add_item(
            title=f"{change.title}: {change.happened}",
            link=addresses.absolute(addresses.condition(change.slug)),
            description=_told(change),
            pubdate=change.at,
            # Not when the next signature ends it: readers would be told of it as news again.
            updateddate=change.taken_out_at or change.at,
            unique_id=_tag(change),
        )
    return conditional(request, made.writeString("utf-8").encode(), content_type=made.content_type)


class _Feed(Atom1Feed):
    """Atom whose date is never that of the request."""

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else datetime.fromtimestamp(0, UTC)


def _told(change: Change) -> str:
    is_withdrawn = change.happened == Happened.WITHDRAWN
    flagged = change.happened == Happened.FLAGGED
    return render_to_string(
        "conditions/change.html",
        {
            "change": change,
            "shown": change.shown
            and [clock.local_date(at) for at in (change.shown.from_at, change.shown.until_at)],
            "withdrawn_on": clock.local_date(change.at) if is_withdrawn else None,
            "flag_notice": FLAG_NOTICE if flagged else "",
            "is_held": change.is_held or change.happened == Happened.HELD,
            "notice": Withdrawal.Notice(change.notice).label if is_withdrawn else "",
            "review_line": linked_data.review_line(change.signature),
            "page_url": addresses.absolute(addresses.condition(change.slug)),
            "record_url": addresses.absolute(addresses.record(change.slug)),
        },
    )


def _tag(change: Change) -> str:
    """A name that no later change or renaming alters (RFC 4151), by the event's number."""
    host = urlsplit(settings.SITE_URL).hostname
    return f"tag:{host},{change.at.astimezone(UTC):%Y-%m-%d}:event/{change.number}"


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every address to be indexed (sitemaps.org); an index of its parts where they are too many."""
    at = at_address.present(clock.now())
    room = MOST_ADDRESSES - len(FRAME)
    parts = [str(number + 1) for number in range(max(1, ceil(news.count(KIND, at) / room)))]
    asked = request.GET.get("part", "" if len(parts) > 1 else "1")
    own = addresses.absolute(reverse("sitemap"))
    if not asked:
        return _sitemap(request, {"parts": [f"{own}?part={part}" for part in parts]})
    if asked not in parts:
        return not_found(request)
    pages = [(reverse(name), "") for name in FRAME] if asked == "1" else []
    pages += [
        (addresses.condition(slug), _instant(since))
        for slug, since in news.current(KIND, at, (int(asked) - 1) * room, room)
    ]
    return _sitemap(
        request, {"pages": [(addresses.absolute(path), since) for path, since in pages]}
    )


def _sitemap(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    return conditional(
        request, render_to_string("conditions/sitemap.xml", context).encode(), content_type=XML
    )


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read: everything public but results of searches.

    Past editions are not shut out here: a crawler must read their "noindex" to obey it.
    """
    lines = [
        "User-agent: *",
        f"Disallow: {reverse('admin:index')}",
        "Disallow: /search/",
        "",
        f"Sitemap: {addresses.absolute(reverse('sitemap'))}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon, where browsers look for it that read no page of ours."""
    response = HttpResponse(ICON.read_bytes(), content_type="image/svg+xml")
    patch_cache_control(response, max_age=24 * 60 * 60)
    return response
