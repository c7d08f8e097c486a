// Reads calendars with ical.js: node read_calendar.mjs PATH/TO/ical.js < list-of-texts.json > what-it-saw.json
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { default: ICAL } = await import(pathToFileURL(process.argv[2]));

const textOf = (component, name) => component.getFirstPropertyValue(name)?.toString() ?? null;

function readTime(event, name) {
  const property = event.getFirstProperty(name);
  const value = property.getFirstValue();
  return {
    shown: value.toString(),
    zone: property.getParameter("tzid") ?? null,
    // From the calendar's own VTIMEZONE: ical.js knows no other zone.
    seconds: value.isDate ? null : value.toUnixTime(),
  };
}

function readAlarm(alarm) {
  return [
    textOf(alarm, "action"),
    textOf(alarm, "description"),
    textOf(alarm, "uid"),
    alarm.getFirstPropertyValue("trigger").toSeconds(),
  ];
}

function readEvent(event) {
  const seen = { start: readTime(event, "dtstart"), end: readTime(event, "dtend") };
  seen.sequence = event.getFirstPropertyValue("sequence");
  seen.alarms = event.getAllSubcomponents("valarm").map(readAlarm);
  for (const name of process.argv.slice(3)) seen[name] = textOf(event, name);
  seen.names = event.getAllProperties().map((property) => property.name).sort();
  return seen;
}

function readCalendar(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  return {
    properties: calendar.getAllProperties().map((property) => [property.name, property.getFirstValue().toString()]),
    events: calendar.getAllSubcomponents("vevent").map(readEvent),
  };
}

const texts = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(texts.map(readCalendar)));
