"""The list of words that the clinic keeps for its editors."""

from django.contrib import admin

from conditions.models import HouseWord


@admin.register(HouseWord)
class HouseWordAdmin(admin.ModelAdmin):
    """Managers change the list; it is advice to editors, and no evidence of anything."""

    list_display = ["avoid", "instead", "why"]
    search_fields = ["avoid", "instead"]
    actions = None
