// What makes the staff pages quicker; every page works without it.
"use strict";
document.documentElement.classList.add("js");

const first = (what, within = document) => within.querySelector(what);
const said = document.getElementById("refused") || document.getElementById("done");

// --- Where the eyes are after an act or a refusal ---------------------------------------------------------
// The browser itself goes to the line or the field that the address names. Where it names none, or one that is gone,
// to the box that says what was done; a refusal is read first in any case.
const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (said && (said.id === "refused" || !target)) said.focus();
else if (said) target.setAttribute("aria-describedby", said.id);

// --- The keys of the worklist -----------------------------------------------------------------------------
// j and k move, Enter opens, d b n act, x ticks, / searches, ? helps, Escape closes. Never while somebody types, never
// with a modifier, and not at all where they were switched off (WCAG 2.1.4).
const list = first("[data-worklist]");
const help = document.getElementById("keys");
const OFF = "monitor-keys-off";

function remembered(value) {
  try {
    if (value === undefined) return localStorage.getItem(OFF) === "yes";
    if (value) localStorage.setItem(OFF, "yes");
    else localStorage.removeItem(OFF);
  } catch {
    // A browser that keeps nothing for us: the keys work until they are switched off on each page.
  }
  return Boolean(value);
}

if (list && help) {
  const rows = Array.from(list.querySelectorAll("[data-row]"));
  const ticks = Array.from(list.querySelectorAll(".pick input"));
  const counted = document.getElementById("several-count");
  const unticked = counted && counted.textContent;
  const onOff = document.getElementById("keys-on");
  let off = remembered();
  for (const row of rows) row.tabIndex = -1;
  onOff.checked = !off;
  onOff.addEventListener("change", () => { off = remembered(!onOff.checked); });
  first("[data-keys]").addEventListener("click", () => help.showModal());
  first("[data-print]").addEventListener("click", () => window.print());

  const here = () => {
    const active = document.activeElement;
    const patient = active.closest("tbody.patient");
    return active.closest("[data-row]") || (patient && first("[data-row]", patient));
  };
  const press = (what) => {
    const row = here() || rows[0];
    const link = row && (first(what, row) || first(what, row.closest("tbody")));
    if (link) link.click();
  };
  const move = (by) => {
    const at = rows.indexOf(here());
    const row = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (!row) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const tick = () => {
    const box = here() && first(".pick input", here().closest("tbody"));
    if (box) box.click();
  };
  const count = () => {
    const chosen = ticks.filter((one) => one.checked).length;
    if (counted) counted.textContent = chosen ? `${chosen} / ${ticks.length}` : unticked;
  };
  list.addEventListener("change", count);
  count();

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    d: () => press("[data-do='record'], [data-do='seen']"),
    b: () => press("[data-do='book']"),
    n: () => press("[data-do='note']"),
    x: tick,
    "/": () => first("[data-search]").focus(),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
    const cancel = event.key === "Escape" && first("[data-cancel]");
    if (cancel) { event.preventDefault(); cancel.click(); return; }
    if (event.target.matches("input:not([type='checkbox']), textarea, select, [contenteditable]")) return;
    if (event.key === "Enter" && event.target.matches("[data-row], tbody.patient")) {
      first(".reference", event.target.closest("tbody")).click();
    } else if (!off && Object.hasOwn(KEYS, event.key)) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });
}
