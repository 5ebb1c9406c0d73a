"""What in a document somebody should look at twice: advice for editor and physician, no rule."""

from collections.abc import Iterator, Mapping
from typing import Any

from conditions.cleaning import sanitise
from conditions.document.anchors import lost_links
from conditions.document.parts import hosts, label_of, parts
from reviews.text.lookalikes import host_look_alikes, look_alikes
from reviews.text.review_lines import doubtful_sentences


def doubts(document: Mapping[str, Any]) -> list[str]:
    """A sentence for each: what may claim a review of this page, what passes for other words, and
    links to places that it does not have."""
    return list(dict.fromkeys(_doubts(document)))


def _doubts(document: Mapping[str, Any]) -> Iterator[str]:
    for part in parts(document):
        words = sanitise.visible_text(part.content) if part.html else part.content
        where = part.group or part.label
        if not part.key.endswith(".citation"):
            for sentence in doubtful_sentences(words):
                yield (
                    f"{where}: “{sentence}” may read as if it said who reviewed this page. "
                    "Keep it if it speaks of something else."
                )
        for sentence in look_alikes(words):
            yield f"{where}: {sentence}"
    for key, _, sentence in lost_links(document):
        yield f"{label_of(key, document)}: {sentence}"
    for host in hosts(document):
        yield from host_look_alikes(host)
