// What makes the staff pages quicker; every page works without it.
"use strict";
document.documentElement.classList.add("js");

// After an act the eyes and the screen reader go where it was done; after a refusal, to what it says.
const refused = document.getElementById("refused");
const place = location.hash && document.getElementById(location.hash.slice(1));
(refused || place || document.getElementById("done"))?.focus({ preventScroll: Boolean(place) && !refused });

// Keys of the worklist. They can be switched off, since some people speak to their computer (WCAG 2.1.4).
const patients = [...document.querySelectorAll(".round > .patient")];
const switched = document.getElementById("keys-on");
let current = patients.indexOf(place);

if (switched) {
  switched.checked = localStorage.getItem("keys") !== "off";
  switched.addEventListener("change", () => localStorage.setItem("keys", switched.checked ? "on" : "off"));
  document.addEventListener("keydown", press);
}

function press(event) {
  const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), select, textarea");
  if (event.key === "Escape") return close(event.target);
  if (typing || !switched.checked || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  const act = KEYS[event.key];
  if (act && act(event) !== false) event.preventDefault();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  d: () => open("record"),
  b: () => open("book"),
  n: () => open("note"),
  x: () => patients[current]?.querySelector(".pick")?.click(),
  "/": () => document.getElementById("q").focus(),
  "?": () => { document.getElementById("keys").scrollIntoView(); switched.focus(); },
  Enter: (event) => {
    // Only on the patient as a whole: a button keeps its own Enter.
    if (event.target !== patients[current]) return false;
    location.assign(patients[current].querySelector("h2 a").href);
  },
};

function move(step) {
  if (!patients.length) return;
  patients[current]?.classList.remove("current");
  current = Math.min(Math.max(current + step, 0), patients.length - 1);
  patients[current].classList.add("current");
  patients[current].focus({ preventScroll: true });
  patients[current].scrollIntoView({ block: "nearest" });
}

function open(name) {
  const found = patients[current]?.querySelector(`[data-act="${name}"]`);
  if (!found) return;
  found.open = true;
  found.querySelector("input:not([type=hidden])").focus();
}

function close(from) {
  const found = from.closest?.("details[open]");
  if (!found) return;
  found.open = false;
  (from.closest(".patient") || found.querySelector("summary")).focus();
}

// The timeline opens where today is; Tab reaches one mark of a lane, the arrow keys the others.
for (const line of document.querySelectorAll(".timeline")) {
  line.scrollLeft = Number(line.dataset.today) - line.clientWidth / 2;
  const lanes = [...line.querySelectorAll(".lane")].map((lane) => [...lane.querySelectorAll("a")]);
  for (const marks of lanes) marks[0]?.setAttribute("tabindex", "0");
  line.addEventListener("keydown", (event) => {
    const row = lanes.findIndex((marks) => marks.includes(event.target));
    if (row < 0) return;
    const column = lanes[row].indexOf(event.target);
    const next = {
      ArrowRight: lanes[row][column + 1],
      ArrowLeft: lanes[row][column - 1],
      ArrowDown: lanes[row + 1]?.[Math.min(column, lanes[row + 1].length - 1)],
      ArrowUp: lanes[row - 1]?.[Math.min(column, lanes[row - 1].length - 1)],
    }[event.key];
    if (!next) return;
    event.preventDefault();
    event.target.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });
}
