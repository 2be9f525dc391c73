from apps.inventory.models import Location
from apps.shared.admin.bases import KeptAdmin


class LocationAdmin(KeptAdmin[Location]):
    """Places that hold stock. One that is given up is switched off: its history stays."""

    list_display = ["name", "priority", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    search_help_text = "Name or id (loc_…)"
    fields = ["name", "priority", "is_active"]
