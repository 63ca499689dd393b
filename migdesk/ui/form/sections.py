"""Titles and short introductions of the sections that the declarations name."""

from migdesk.i18n.markers import N_

SECTION_TITLES: dict[str, tuple[str, str]] = {
    "identity": (N_("Who"), N_("Only what the person is willing to give.")),
    "contact": (N_("How to reach"), N_("A call or a message can put someone at risk. Ask first.")),
    "migration": (N_("Migration"), ""),
    "background": (N_("Background"), N_("Ask only what helps the person.")),
    "session": (N_("This meeting"), ""),
    "consent": (N_("Consent"), N_("Explain first, then ask. Help does not depend on the answer.")),
    "plan": (N_("The plan"), ""),
    "money": (N_("Money"), N_("What was promised, and what it has cost so far.")),
    "documents": (N_("Documents"), N_("What the person can show. Tap each one.")),
    "advice": (N_("Advice and next step"), ""),
    "safety": (N_("Safety first"), N_("Before anything else. Stop if it is not safe to go on.")),
    "case": (N_("The case"), ""),
    "wishes": (N_("What the person wants"), N_("In the person's own words, not ours.")),
    "incident": (N_("What happened"), ""),
    "account": (N_("The account"), ""),
    "event": (N_("The event"), ""),
    "": ("", ""),
}
"""Section id to title and introduction; both are to be translated when shown."""
