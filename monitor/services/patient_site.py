"""Patient site: everything that a patient's page shows, from the record to finished values; nothing of anybody else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from db import checks as stored
from db import feeds, patients, people
from db.dossiers import list_dossiers
from db.feeds import Address, Wishes
from db.people import Clinic
from monitor.config import Config
from monitor.render.site.values import (
    AdviceShown,
    AwayPage,
    AwayShown,
    Chrome,
    DonePage,
    FieldTrouble,
    HomePage,
    PrintPage,
    Progress,
    Reported,
    ReportPage,
    SiteLinks,
    SymptomShown,
    Told,
    VisitShown,
    VisitState,
)
from monitor.services.addresses import APPOINTMENTS, PAGE, list_of_patient, path_of
from monitor.services.addresses import Listed as ListedAddress
from monitor.services.desk import Desk
from monitor.services.patient_visits import Treated, join_forms, list_reported, measure_progress, show_visits
from monitor.services.telling_away import list_away
from schedules.errors import NotFound
from schedules.phrases import spoken
from schedules.protocol import Anchor, Sex

NINE = 9


@dataclass(frozen=True, slots=True)
class Said:
    """What a form did, or why it was not accepted, with what had been typed."""

    told: Told | None = None
    troubles: Sequence[FieldTrouble] = ()
    entered: Mapping[str, str] = field(default_factory=dict)


NOTHING_SAID = Said()


@dataclass(frozen=True, slots=True)
class Site:
    """One patient's page, read once: whose it is, how it speaks, and the treatments with what the patient said."""

    desk: Desk
    config: Config
    page: Address
    token: str
    patient_id: int
    clinic: Clinic
    wishes: Wishes
    language: str
    sex: Sex | None
    treated: Sequence[Treated]
    reported: Sequence[Reported]

    @property
    def today(self) -> date:
        return self.desk.today[self.clinic.id]

    @property
    def going_on(self) -> Sequence[Treated]:
        """The treatments that are followed here; all of them where monitoring here has ended."""
        return [one for one in self.treated if not one.has_left] or self.treated


def open_site(desk: Desk, config: Config, page: Address, token: str) -> Site:
    """Read what the pages of one patient need. Refuses (NotFound) an address that is no page."""
    clinic = people.find_clinic(desk.connection, page.clinic_id)
    if page.patient_id is None or clinic is None or page.purpose != PAGE:
        raise NotFound("There is no such page.")
    return _read_site(desk, config, page, token, clinic)


def open_for_staff(desk: Desk, config: Config, patient_id: int, clinic: Clinic) -> Site:
    """The same for a member of staff who prints the patient's sheet; no address leads there."""
    nobody_s = Address(0, PAGE, patient_id, clinic.id, None, "", "", None, None, None, desk.at)
    return _read_site(desk, config, nobody_s, "", clinic)


def _read_site(desk: Desk, config: Config, page: Address, token: str, clinic: Clinic) -> Site:
    patient_id = page.patient_id
    assert patient_id is not None  # asked by both who call this
    ids = [one.id for one in patients.list_treatments(desk.connection, patient_id=patient_id)]
    dossiers = list(list_dossiers(desk.connection, ids))
    if not dossiers:
        raise NotFound("There is no such page.")
    wishes = feeds.get_wishes(desk.connection, patient_id)
    detail = dossiers[-1].detail
    language = spoken(wishes.language or detail.language or config.language)
    checks = stored.list_checks(desk.connection, ids)
    visits = stored.list_visits(desk.connection, ids)
    periods = stored.list_periods(desk.connection, ids)
    treated = [
        Treated(
            dossier, desk.rulebook.get(desk.connection, dossier.assignment, dossier.clinic_id),
            checks[dossier.treatment_id], visits[dossier.treatment_id], periods[dossier.treatment_id],
            desk.today[dossier.clinic_id], language,
        )
        for dossier in dossiers
    ]  # fmt: skip
    reported = [told for one in treated for told in list_reported(desk, one)]
    return Site(
        desk, config, page, token, patient_id, clinic, wishes, language, detail.sex, treated, reported
    )  # fmt: skip


def links_of(token: str) -> SiteLinks:
    return SiteLinks(path_of(PAGE, token))


def chrome_of(site: Site, said: Said) -> Chrome:
    contact, telephone = site.config.reach(site.clinic.id)
    latest = site.going_on[-1]
    return Chrome(
        links=links_of(site.token),
        today=site.today,
        telephone=telephone,
        contact=contact,
        shows_names=site.wishes.names_drug,
        clinic=site.clinic.name,
        treatment=latest.protocol.text(latest.protocol.title, site.language),
        told=said.told,
        troubles=said.troubles,
    )


def visits_of(site: Site) -> list[VisitShown]:
    """The visits of every treatment, in order of the suggested day."""
    shown = [visit for one in site.treated for visit in show_visits(one, site.reported)]
    return sorted(shown, key=lambda visit: (visit.day, visit.id))


def _progress(site: Site) -> Progress | None:
    """Of the latest treatment that has a follow-up; none where monitoring here ended, since it looks whole then."""
    if _has_left(site):
        return None
    measured = [measure_progress(one) for one in site.going_on]
    return next((one for one in reversed(measured) if one), None)


def _symptoms(site: Site) -> list[SymptomShown]:
    found = [
        SymptomShown(one.protocol.text(symptom.title, site.language), one.protocol.text(symptom.text, site.language))
        for one in site.going_on
        for symptom in one.protocol.symptoms
    ]
    return list(dict.fromkeys(found))


def _advice(treated: Treated, *, afterwards: bool) -> Iterator[AdviceShown]:
    """What holds today; or what holds for good from the end of follow-up on, whether that day has come or not."""
    known = {one.id: one for one in treated.protocol.advice}
    for period in treated.periods:
        advice = known.get(period.name)
        if advice is None or period.is_withdrawn:
            continue
        comes_after = advice.starts.anchor is Anchor.FOLLOW_UP_END
        holds = period.starts_on <= treated.today and (period.ends_on is None or treated.today <= period.ends_on)
        if comes_after is afterwards and (afterwards or holds):
            title, text = (treated.protocol.text(one, treated.language) for one in (advice.title, advice.text))
            yield AdviceShown(title, text, period.starts_on, period.ends_on)


def _has_left(site: Site) -> bool:
    return all(one.has_left for one in site.treated)


def _has_ended(site: Site, visits: Sequence[VisitShown]) -> bool:
    if _has_left(site):
        return False
    is_past = all(progress.ends_on and progress.ends_on < site.today for progress in [_progress(site)] if progress)
    return bool(visits) and is_past and not any(one.state.is_still_to_do for one in visits)


def list_calendars(site: Site) -> list[ListedAddress]:
    """The calendars of the patient that still hold, whoever made them."""
    listed = list_of_patient(site.desk.connection, site.patient_id)
    return [one for one in listed if one.address.purpose == APPOINTMENTS and one.address.ended_at is None]


# --- The pages ----------------------------------------------------------------------------------------


def home_page(site: Site, said: Said = NOTHING_SAID) -> HomePage:
    visits = visits_of(site)
    return HomePage(
        chrome=chrome_of(site, said),
        visits=visits,
        progress=_progress(site),
        symptoms=_symptoms(site),
        advice=[advice for one in site.going_on if not one.has_left for advice in _advice(one, afterwards=False)],
        afterwards=[advice for one in site.going_on if not one.has_left for advice in _advice(one, afterwards=True)],
        urine_advice=site.sex is not Sex.MALE,
        wishes_locked=site.wishes.is_locked,
        has_calendar=bool(list_calendars(site)),
        has_ended=_has_ended(site, visits),
        has_left=_has_left(site),
    )


def done_page(site: Site, said: Said = NOTHING_SAID) -> DonePage:
    """Only what has opened can have been done; what was said already is listed below instead."""
    visits = [
        one
        for one in visits_of(site)
        if one.state in {VisitState.OPEN, VisitState.DUE, VisitState.OVERDUE} and one.reported is None
    ]
    return DonePage(
        chrome=chrome_of(site, said), visits=visits, reports=join_forms(site.reported), entered=said.entered
    )


def away_page(site: Site, said: Said = NOTHING_SAID) -> AwayPage:
    noted = list_away(site.desk.connection, site.patient_id, today=site.today)
    away = [AwayShown(one.id, one.from_on, one.until_on) for one in noted]
    return AwayPage(chrome=chrome_of(site, said), away=away, entered=said.entered)


def print_page(site: Site, said: Said = NOTHING_SAID) -> PrintPage:
    return PrintPage(
        chrome=chrome_of(site, said),
        visits=visits_of(site),
        progress=_progress(site),
        symptoms=_symptoms(site),
        has_left=_has_left(site),
    )


def report_page(site: Site, said: Said = NOTHING_SAID) -> ReportPage:
    return ReportPage(
        chrome=chrome_of(site, said), visits=visits_of(site), progress=_progress(site), has_left=_has_left(site)
    )
