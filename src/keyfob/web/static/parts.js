/* What the parts of a page can do beyond links and forms: copy, tell the time in your zone, fields, ticks. */
"use strict";

// HTML comes from this server alone (htmx is told so); scripts and their addresses are never made here.
if (window.trustedTypes) trustedTypes.createPolicy("default", { createHTML: (html) => html });

const HOLD = 2500; // ms for which a button says that it copied
const TOAST = 8000; // ms
const SINGLE = "keyfob_single_keys"; // in this browser's storage: "off", for keys of a single letter

const hear = (what, act, early) => document.addEventListener(what, act, early);
const find = (selector) => document.querySelector(selector);
const each = (selector, act, root = document) => root.querySelectorAll(selector).forEach(act);

function take(event) { // it goes no further
  event.preventDefault();
  event.stopPropagation();
}

/* Dates */

const DAY = new Intl.DateTimeFormat("en-US", { weekday: "short", month: "short", day: "numeric", year: "numeric" });
const HOUR = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit" });
const EXACT = new Intl.DateTimeFormat("en-US", { dateStyle: "full", timeStyle: "long" });

function tellTime(time) {
  const at = new Date(time.dateTime);
  if (!("words" in time.dataset)) time.textContent = `${DAY.format(at)} ${HOUR.format(at).replace("\u202f", " ")}`;
  time.title = EXACT.format(at);
}

/* Fields for a moment: shown in the viewer's zone, sent in UTC, and as they came when nobody touched them */

const two = (number) => String(number).padStart(2, "0");

function localise(field) {
  field.dataset.utc = field.value;
  if (!field.value) return;
  const at = new Date(`${field.value}Z`);
  field.defaultValue = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

hear("formdata", ({ target, formData }) => {
  for (const field of target.elements) {
    if (!("utc" in field.dataset) || !field.value) continue;
    const same = field.value === field.defaultValue;
    formData.set(field.name, same ? field.dataset.utc : new Date(field.value).toISOString().slice(0, 16));
  }
});

/* Copying */

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); // plain http has no clipboard
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("The browser does not let this page copy.");
}

async function valueFrom(button) {
  const form = button.closest("form");
  const body = new URLSearchParams({ account: form.elements.account.value });
  const from = button.dataset.copyFrom || button.previousElementSibling.formAction; // beside the button that shows it
  const answer = await fetch(from, { method: "POST", body, headers: { Accept: "text/plain" } });
  if (!answer.ok || answer.redirected) throw new Error("The value cannot be shown. Load the page again.");
  return answer.text();
}

async function copyFor(button) {
  try {
    const { copy: text, copyText: from, copyFrom } = button.dataset;
    await copy(text ?? (from ? document.getElementById(from).textContent : await valueFrom(button)));
    tell(button, "Copied", "check");
  } catch (error) {
    toast(error.message);
  }
}

function tell(button, word, picture) {
  const use = button.querySelector("use");
  const before = use.getAttribute("href");
  use.setAttribute("href", before.replace(/#.*/, `#${picture}`));
  button.dataset.told = word;
  announce(word);
  setTimeout(() => {
    use.setAttribute("href", before);
    delete button.dataset.told;
  }, HOLD);
}

/* Toasts */

function announce(text) {
  const word = document.createElement("p");
  word.className = "hidden";
  word.textContent = text;
  find("#toasts").append(word);
  setTimeout(() => word.remove(), HOLD);
}

function toast(text, hold = TOAST) {
  const box = document.createElement("div");
  const words = document.createElement("p");
  box.className = "toast toast-wrong";
  box.dataset.closeToast = ""; // with a press
  words.textContent = text;
  box.append(words);
  const open = find("dialog[open] > *"); // what is behind it cannot be read
  if (open) open.prepend(box);
  else find("#toasts").replaceChildren(box);
  setTimeout(() => box.remove(), hold);
}

/* A value is hidden again by itself */

function hideLater(value) {
  setTimeout(() => {
    if (!value.isConnected) return;
    const row = value.closest("tr, .shown");
    value.textContent = value.dataset.masked;
    each("[data-copy]", (button) => button.remove(), row);
    row.querySelector("[data-hide]").click();
  }, Number(value.dataset.hideAfter) * 1000);
}

function closeLater(panel) {
  setTimeout(() => { if (panel.isConnected) panel.querySelector("[data-close-panel]").click(); }, Number(panel.dataset.closeAfter) * 1000);
}

/* The variable's name in the copy-ready lines */

function rename(input) {
  const good = input.validity.valid;
  find("#variable-note").hidden = good;
  if (!good) return;
  each("[data-variable]", (place) => { place.textContent = input.value; });
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${input.dataset.cookie}=${input.value}; Path=/; Max-Age=31536000; SameSite=Strict${secure}`;
}

/* What to do with a piece of page, new or old */

const tended = new WeakSet();

function once(selector, act) {
  each(selector, (element) => {
    if (tended.has(element)) return;
    tended.add(element);
    act(element);
  });
}

/* Copying takes a script: so the script puts its button beside the one that shows a value */
function addCopy(show) {
  const copy = find("#copy-button").content.firstElementChild.cloneNode(true);
  copy.title = show.title.replace("Show", "Copy");
  show.after(copy);
}

function tend() {
  once("[data-ticks]", countTicks);
  once(".tokens [formaction$='/reveal']", addCopy);
  once("[data-single-keys]", (box) => { box.checked = localStorage.getItem(SINGLE) !== "off"; });
  once(".tabs [aria-current]", (tab) => tab.scrollIntoView({ block: "nearest", inline: "center" })); // a phone shows two of three
  once("time[datetime]", tellTime);
  once("[data-utc]", localise);
  once("[data-zone]", (place) => { place.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone; });
  once("[data-hide-after]", hideLater);
  once("[data-close-after]", closeLater);
  once(".toast:not([data-stays])", (box) => setTimeout(() => box.remove(), TOAST));
}

/* A field that offers what is there already: asked for when somebody comes to it */

hear("focusin", ({ target }) => {
  if (target.list?.dataset.from) htmx.ajax("GET", target.list.dataset.from, { target: target.list, swap: "innerHTML" });
});

/* A token pasted into the search: its hint is enough, and the secret stays out of the address */

const PASTED = /([a-z0-9]{2,12}_(?:api|ship|share)_[0-9A-Za-z]{16})[0-9A-Za-z]/;

function keepHint(input) {
  const pasted = PASTED.exec(input.value);
  if (pasted) input.value = pasted[1];
}

function filter(input) {
  const wanted = input.value.trim().toLowerCase();
  each(`${input.dataset.filter} > button`, (choice) => {
    choice.hidden = !choice.textContent.toLowerCase().includes(wanted);
  });
}

function peek(button) {
  const input = document.getElementById(button.dataset.peek);
  const show = input.type === "password";
  input.type = show ? "text" : "password";
  button.setAttribute("aria-pressed", show);
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, show ? "#eye-off" : "#eye"));
}

function addWord({ dataset, textContent }) {
  const field = document.getElementById(dataset.word);
  const words = new Set(field.value.split(/[\s,]+/));
  if (!words.delete(textContent)) words.add(textContent);
  field.value = [...words].join(" ").trim();
}

/* Ticked rows */

function countTicks(form) {
  const boxes = [...form.querySelectorAll("tbody .cell-tick input")];
  const ticked = boxes.filter((box) => box.checked).length;
  each("[data-tick-all]", (all) => {
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }, form);
  form.querySelector("[data-tick-count]").textContent = ticked;
}

function tick(box) {
  const form = box.closest("[data-ticks]");
  if (!form) return;
  if ("tickAll" in box.dataset) each("tbody .cell-tick input", (other) => { other.checked = box.checked; }, form);
  countTicks(form);
}

hear("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  const copier = on("[data-copy], [data-copy-from], [data-copy-text]");
  if (copier) copyFor(copier);
  if (on("[data-close-toast]")) on(".toast").remove();
  if (on("[data-peek]")) peek(on("[data-peek]"));
  if (on("[data-word]")) addWord(on("[data-word]"));
  each("details[data-menu][open]", (menu) => { if (!menu.contains(event.target)) menu.open = false; });
}, true);

hear("input", (event) => {
  if (event.target.dataset.filter) filter(event.target);
  if (event.target.id === "variable") rename(event.target);
  if (event.target.name === "q") keepHint(event.target);
});

hear("change", (event) => {
  if (event.target.closest("[data-auto-submit]")) event.target.form.requestSubmit();
  if (event.target.closest(".cell-tick, .many-all")) tick(event.target);
  if (event.target.matches("[data-single-keys]")) localStorage.setItem(SINGLE, event.target.checked ? "on" : "off");
});

hear("keydown", (event) => {
  const field = event.target;
  const enters = "enter" in field.dataset; // the button beside it, and not the form's first
  if (event.key !== "Enter" || !field.matches("input") || !(enters || field.form?.matches("[data-ticks]"))) return;
  event.preventDefault();
  if (enters) field.closest(".many-tag, .inline-form").querySelector("button").click();
});

hear("submit", (event) => {
  if (!event.target.matches(".panel-variable")) return;
  take(event); // every letter was taken in already
}, true);
