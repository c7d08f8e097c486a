// What makes the staff pages quicker; every page works without it.
"use strict";
document.documentElement.classList.add("js");

// After an act or a refusal the eyes and the screen reader go where it is said, unless the address names a place.
const said = document.getElementById("refused") || document.getElementById("done");
if (said && !location.hash) said.focus();
