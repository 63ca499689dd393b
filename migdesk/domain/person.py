"""A person the programme works with (DOMAIN 2.3). Identity fields are T3 and are stored apart from the rest."""

from migdesk.domain.field_types import AreaCode, Code, Note, PartialDay, Phone, Text, Whole, YesNo
from migdesk.domain.record import Lane, Merge, Record, Required, Tier, declared, record
from migdesk.domain.values import Answer, PartialDate
from migdesk.i18n.markers import N_

# A field is one line.
# fmt: off


@record(1, N_("Person"), N_("People"), tier=Tier.T2, lane=Lane.CASEWORK, area="area_code", summary=("full_name", "person_code"))
class Person(Record):
    """A prospective, present or returned migrant worker, or a member of the family."""

    person_code: str | None = declared(1, Text(20), N_("Person code"), section="identity", can_decline=False, searched=True)
    full_name: Answer[str] = declared(2, Text(120), N_("Full name"), help=N_("As on the identity card; one name is enough."), section="identity", required=Required.SAVE, tier=Tier.T3, searched=True, exports={"htcds": "prs_FirstName"})
    sex: Answer[str] = declared(3, Code("sex"), N_("Sex"), section="identity", required=Required.COMPLETE, exports={"htcds": "prs_Gender", "gbvir": "sex"})
    birth_date: Answer[PartialDate] = declared(4, PartialDay(), N_("Date of birth"), help=N_("The year alone is enough."), section="identity", required=Required.COMPLETE, exports={"htcds": "prs_Birthdate", "gbvir": "date_of_birth"})
    nik: Answer[str] = declared(5, Text(16, r"\d{16}"), N_("National ID number (NIK)"), section="identity", tier=Tier.T3, searched=True, exports={"htcds": "prs_IdentityNumber"})
    phone: Answer[str] = declared(6, Phone(), N_("Telephone"), section="contact", tier=Tier.T3, searched=True, exports={"htcds": "prs_MobilePhone"})
    may_contact: Answer[str] = declared(7, Code("may_contact"), N_("May we contact this person?"), help=N_("Ask whether a call or message could put the person at risk."), section="contact", merge=Merge.PROTECTIVE, protective=("no",))
    safe_hours: Answer[str] = declared(8, Text(80), N_("Safe hours to call"), section="contact", tier=Tier.T3)
    area_code: str | None = declared(9, AreaCode(min_level=2), N_("Village of origin"), section="contact", required=Required.SAVE, can_decline=False, exports={"htcds": "prs_MailingCity"})
    address: Answer[str] = declared(10, Text(200), N_("Address"), section="contact", tier=Tier.T3, exports={"htcds": "prs_MailingStreet"})
    migration_stage: Answer[str] = declared(11, Code("migration_stage"), N_("Migration stage"), section="migration", required=Required.COMPLETE)
    destination: Answer[str] = declared(12, Code("country"), N_("Destination country"), section="migration")
    marital_status: Answer[str] = declared(13, Code("marital_status"), N_("Marital status"), section="background", exports={"htcds": "prs_MaritalStatus", "gbvir": "marital_status"})
    education: Answer[str] = declared(14, Code("education"), N_("Highest education"), section="background", exports={"htcds": "prs_HighestLevelOfEducation"})
    dependants: Answer[int] = declared(15, Whole(0, 20), N_("People who depend on the income"), section="background")
    disability: Answer[bool] = declared(16, YesNo(), N_("Lives with a disability"), section="background", exports={"gbvir": "disability_type"})
    language: Answer[str] = declared(17, Code("language"), N_("Language spoken best"), section="background", exports={"htcds": "prs_PrimaryLanguage"})
    note: Answer[str] = declared(18, Note(), N_("Note"), section="background", searched=True)
