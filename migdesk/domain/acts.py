"""The acts that the audit knows, each with its code and its words: the one list of them. Pure.

A code stands in the chain for ever: it is never changed or used for something else. `tests/house/test_acts.py` finds
an act that is noted and not listed, and one that is listed and never noted.
"""

from collections.abc import Mapping
from types import MappingProxyType

from migdesk.i18n.markers import N_

ACTS: Mapping[str, str] = MappingProxyType(
    {
        # The workspace and its keys
        "create_workspace": N_("Workspace made"),
        "unlock": N_("Unlocked"),
        "lock": N_("Locked"),
        "wrong_passphrase": N_("Wrong passphrase tried"),
        "passphrase_changed": N_("Passphrase changed, or its protection made stronger"),
        "key_file_changed": N_("Key file written anew"),
        "key_file_older": N_("Key file replaced by an older one"),
        "rotate_key": N_("Keys of the laptop changed"),
        "recovery_key_made": N_("Recovery key made"),
        "recovery_key_trusted": N_("Recovery key of a supervisor taken over"),
        "recovery_answered": N_("Help given with a forgotten passphrase"),
        "recovery_code_made": N_("Recovery sheet made"),
        "recovery_code_tried": N_("Recovery sheet tried"),
        "recovered": N_("Passphrase set anew with help"),
        "clock_changed": N_("Clock of the computer changed"),
        "wipe": N_("Removal of the workspace ordered"),
        # What was read
        "view_person": N_("Person opened"),
        "view_counselling": N_("Counselling session opened"),
        "view_case": N_("Case opened"),
        "view_incidents": N_("Incidents read"),
        "view_history": N_("History read"),
        "view_conflict": N_("Conflicting values read"),
        "view_attachment": N_("Attachment opened"),
        "search": N_("Search"),
        "list_records": N_("Records listed as data"),
        "view_audit": N_("Audit trail read"),
        # What was written
        "create": N_("Record made"),
        "edit": N_("Record changed"),
        "delete": N_("Record removed"),
        "restore": N_("Record brought back"),
        "decide": N_("Conflict decided"),
        "import": N_("File imported"),
        # What left the workspace
        "export": N_("Records exported"),
        "copy_attachment": N_("Copy of an attachment saved outside"),
        "report": N_("Report given out"),
        "print": N_("Printed"),
        "bundle_export": N_("Bundle sealed"),
        "bundle_import": N_("Bundle opened and taken in"),
        "receipt_export": N_("Receipt for a bundle sealed"),
        "receipt_import": N_("Receipt for a bundle opened"),
        "backup": N_("Backup made"),
        "backup_restored": N_("Backup brought back"),
        # Other devices
        "enrol": N_("Laptop enrolled"),
        "room_opened": N_("Room opened"),
        "room_closed": N_("Room closed"),
        "refused": N_("Change refused"),
        "left_scope": N_("Records removed that are not the user's to know any more"),
        "scope_lost": N_("Rights in an area ended"),
        # At the server
        "create_organisation": N_("Organisation made"),
        "user_saved": N_("User changed"),
        "issue_code": N_("Enrolment code made"),
        "revoke": N_("Laptop revoked"),
        "wiped": N_("Laptop wiped"),
        "anchor_back": N_("Audit trail of a laptop went back"),
        "anchor_forked": N_("Audit trail of a laptop is another one than before"),
        "quarantine_release": N_("Change let in from quarantine"),
        "quarantine_dismiss": N_("Change kept out for good"),
        "console_account": N_("Account of the console made"),
        "console_sign_in": N_("Signed in to the console"),
        "console_sign_out": N_("Signed out of the console"),
        "console_refused": N_("Sign-in to the console refused"),
    }
)


def label(act: str) -> str:
    """The words of an act, to be translated; its code for one of a newer version."""
    return ACTS.get(act, act)
