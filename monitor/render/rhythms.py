"""Rhythms: how often a rule asks, in words that a person would use."""

from monitor.render.texts import word
from schedules import phrases
from schedules.protocol import BeforeCourse, Listed, OnInfusionDay, Protocol, Recurring, Rule


def describe_rhythm(rule: Rule, language: str) -> str:
    """Every 3 months; 7 days before the first course; every week until 6 months, every 2 weeks until 1 year, …"""
    match rule.schedule:
        case Recurring() as schedule:
            return _describe_phases(schedule, language)
        case Listed() as schedule:
            lengths = ", ".join(phrases.length(one, language) for one in schedule.at)
            listed = word("listed", language, lengths=lengths, anchor=word(schedule.anchor.value, language))
            return listed + word(f"courses-{schedule.course}", language)
        case BeforeCourse() as schedule:
            length = phrases.length(schedule.due, language)
            return word(f"before-course-{schedule.before_course}", language, length=length)
        case OnInfusionDay() as schedule:
            return word(f"infusion-day-{schedule.course}", language, n=schedule.infusion_day)


def _describe_phases(schedule: Recurring, language: str) -> str:
    parts = []
    for phase in schedule.steps:
        every = phrases.every(phase.every, language)
        if phase.until:
            every = word("phase", language, every=every, until=phrases.length(phase.until, language))
        parts.append(every)
    return ", ".join(parts)


def describe_counting(rule: Rule, protocol: Protocol | None, language: str) -> str:
    """From which day a recurring rule counts, and until when; nothing for the others, whose rhythm says it.

    An overlay's rules end with the protocol that it is laid over: there is no protocol to name the length.
    """
    if not isinstance(rule.schedule, Recurring):
        return ""
    until = _until(rule.schedule, protocol, language)
    return word("counted", language, anchor=word(f"from-{rule.schedule.anchor}", language), until=until)


def _until(schedule: Recurring, protocol: Protocol | None, language: str) -> str:
    match schedule.until:
        case "follow-up-end" if protocol:
            return word("until-last", language, length=phrases.length(protocol.follow_up.lasts, language))
        case "follow-up-end":
            return word("until-end", language)
        case "for-good":
            return word("until-never", language)
        case lasts:
            return word("until-last", language, length=phrases.length(lasts, language))
