"""What people paste into the editor with Ctrl+V arrives whole, in its meaning, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from conditions.cleaning import sanitise
from tests import clipboards

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADD = "/admin/conditions/condition/add/"
KEEP_EDITORS = """
window.editors = {};
document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => {
  window.editors[textarea.name] = { editor, textarea };
});
"""
# A real clipboard: what is written there is what Ctrl+V gives.
WRITE = """async ([html, text]) => {
  const forms = { "text/plain": new Blob([text], { type: "text/plain" }) };
  if (html) forms["text/html"] = new Blob([html], { type: "text/html" });
  await navigator.clipboard.write([new ClipboardItem(forms)]);
}"""
