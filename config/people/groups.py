"""Staff, physicians and managers: groups with the rights they need and no more."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

DRAFT = (
    *("condition", "code", "boxedwarning", "keypoint", "section", "differential"),
    *("treatment", "question", "reference"),
)


def _all(app: str, verbs: tuple[str, ...], models: tuple[str, ...]) -> set[tuple[str, str]]:
    return {(app, f"{verb}_{model}") for verb in verbs for model in models}


READ = _all("conditions", ("view",), DRAFT) | _all("reviews", ("view",), ("submission", "subject"))

# Rights to sign and to request changes are no permissions: they come from a reviewer's profile with
# a valid license, for superusers too.
RIGHTS: dict[str, set[tuple[str, str]]] = {
    "Staff": READ
    | _all("conditions", ("add", "change", "delete"), DRAFT)
    | _all("reviews", ("add",), ("submission",)),
    "Physicians": READ
    | _all("reviews", ("add",), ("withdrawal",))
    | _all("reviews", ("view",), ("claim",)),
    "Managers": READ
    | _all("reviews", ("add",), ("withdrawal",))
    | _all("reviews", ("view", "add", "change"), ("reviewer", "license"))
    | _all("reviews", ("view",), ("event", "claim", "letter"))
    | _all("reviews", ("add",), ("claimanswer",))
    | _all("reviews", ("change",), ("remark",))
    | _all("conditions", ("view", "add", "change", "delete"), ("houseword",))
    | _all("auth", ("view", "add", "change"), ("user",)),
}


def install(using: str) -> None:
    """Make each group with exactly its rights; nothing happens before the rights exist."""
    wanted = set().union(*RIGHTS.values())
    found = {
        (permission.content_type.app_label, permission.codename): permission
        for permission in Permission.objects.using(using).select_related("content_type")
    }
    if not wanted <= found.keys() or not ContentType.objects.using(using).exists():
        return
    for name, rights in RIGHTS.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set([found[right] for right in rights])
