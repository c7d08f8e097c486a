"""Whom: for which people and at which age a rule or an advice is meant, as far as that is known of somebody."""

from datetime import date

from schedules.model import Person
from schedules.protocol import OnlyFor, Sex

KNOWN = {Sex.FEMALE, Sex.MALE}


def is_for(only_for: OnlyFor | None, person: Person, on: date) -> bool:
    """Whether something is for this person on a day; what is not known of somebody leaves nobody out."""
    if only_for is None:
        return True
    return not is_other_sex(only_for, person) and (not person.born_on or is_of_age(only_for, person.born_on, on))


def is_other_sex(only_for: OnlyFor, person: Person) -> bool:
    """Whether it is for one sex and the person is known to be of the other."""
    return only_for.sex is not None and knows_sex(person) and person.sex is not only_for.sex


def knows_sex(person: Person) -> bool:
    """Whether a rule for one sex can be decided."""
    return person.sex in KNOWN


def asks_age(only_for: OnlyFor) -> bool:
    return only_for.age_from is not None or only_for.age_to is not None


def is_of_age(only_for: OnlyFor, born_on: date, on: date) -> bool:
    age = age_on(born_on, on)
    return (only_for.age_from or 0) <= age and (only_for.age_to is None or age <= only_for.age_to)


def age_on(born_on: date, on: date) -> int:
    """Whole years on a day."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
