/* What a page can do beyond links and forms: copy, dates in your zone, dialogs, keys. No framework. */
"use strict";

// HTML comes from this server alone (htmx is told so); scripts and their addresses are never made here.
if (window.trustedTypes) trustedTypes.createPolicy("default", { createHTML: (html) => html });

const HOLD = 2500; // ms for which a button says that it copied
const TOAST = 8000; // ms

const each = (selector, act, root = document) => root.querySelectorAll(selector).forEach(act);

/* Dates */

const DAY = new Intl.DateTimeFormat("en-US", { weekday: "short", month: "short", day: "numeric", year: "numeric" });
const HOUR = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit" });
const EXACT = new Intl.DateTimeFormat("en-US", { dateStyle: "full", timeStyle: "long" });

function tellTime(time) {
  const at = new Date(time.dateTime);
  if (!("words" in time.dataset)) time.textContent = `${DAY.format(at)} ${HOUR.format(at).replace("\u202f", " ")}`;
  time.title = EXACT.format(at);
}

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
  document.getElementById("toasts").append(word);
  setTimeout(() => word.remove(), HOLD);
}

function toast(text) {
  const box = document.createElement("div");
  const words = document.createElement("p");
  box.className = "toast toast-wrong";
  words.textContent = text;
  box.append(words);
  document.getElementById("toasts").replaceChildren(box);
  setTimeout(() => box.remove(), TOAST);
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
  document.getElementById("variable-note").hidden = good;
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
  const copy = document.getElementById("copy-button").content.firstElementChild.cloneNode(true);
  copy.title = show.title.replace("Show", "Copy");
  show.after(copy);
}

function tend() {
  once("[data-ticks]", countTicks);
  once(".tokens [formaction$='/reveal']", addCopy);
  once("[data-single-keys]", (box) => { box.checked = localStorage.getItem(SINGLE) !== "off"; });
  once(".tabs [aria-current]", (tab) => tab.scrollIntoView({ block: "nearest", inline: "center" })); // a phone shows two of three
  once("time[datetime]", tellTime);
  once("[data-hide-after]", hideLater);
  once("[data-close-after]", closeLater);
  once(".toast", (box) => setTimeout(() => box.remove(), TOAST));
}

/* A field that offers what is there already: asked for when somebody comes to it */

document.addEventListener("focusin", ({ target }) => {
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

/* What others do: the list is drawn anew, unless somebody is at work in it */

const ours = new Set(); // the requests of this page: what they did is drawn already
let stale = false;
const FRESHENS = "X-Keyfob-Freshens"; // our own request, and how many others came before: after another its answer is dropped
let others = 0;
let underWay = 0; // of the others: what they find must find its place

function busy(rows) {
  const typed = [...rows.querySelectorAll("input:not([type=checkbox], [type=radio]), textarea")].some((field) => field.value !== field.defaultValue);
  const opened = rows.querySelector("[data-escape], [data-value], .panel, details[open], :checked:not([data-tick-all], option)");
  return dialog()?.open || typed || opened || rows.contains(document.activeElement?.closest("select, input, textarea"));
}

function freshen() {
  const rows = document.querySelector("[data-live]");
  if (!rows || !stale || underWay || busy(rows)) return;
  stale = false;
  htmx.ajax("GET", location.href, { target: "[data-live]", select: "[data-live]", swap: "outerHTML", headers: { [FRESHENS]: others } });
}

function listen() {
  let source = null;
  const open = () => {
    if (document.hidden || source || !document.querySelector("[data-live]")) return;
    source = new EventSource(`/live?since=${document.body.dataset.drawn}`);
    let again = false; // what happened while it was cut off, nobody tells
    source.addEventListener("open", () => { stale ||= again; again = true; });
    source.addEventListener("done", (event) => {
      if (event.data.split(" ").every((id) => ours.has(id))) return;
      stale = true;
      freshen();
    });
  };
  // A browser has six connections to a server, and no more: a page that nobody sees needs none.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { stale = true; freshen(); return open(); }
    source?.close();
    source = null;
  });
  open();
  setInterval(freshen, 1000);
}

/* Ticked rows */

function countTicks(form) {
  const boxes = [...form.querySelectorAll("tbody .cell-tick input")];
  const ticked = boxes.filter((box) => box.checked).length;
  const all = form.querySelector("[data-tick-all]");
  all.checked = ticked > 0 && ticked === boxes.length;
  all.indeterminate = ticked > 0 && ticked < boxes.length;
  form.querySelector("[data-tick-count]").textContent = ticked;
}

function tick(box) {
  const form = box.closest("[data-ticks]");
  if (!form) return;
  if ("tickAll" in box.dataset) each("tbody .cell-tick input", (other) => { other.checked = box.checked; }, form);
  countTicks(form);
}

const dialog = () => document.getElementById("dialog");

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  const opener = on("a[data-open]");
  if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    event.stopPropagation();
    openIn(opener.getAttribute("href"), opener.dataset.open || "#detail, #confirm");
  }
  if (on("a[data-key]")) awaitField();
  const copier = on("[data-copy], [data-copy-from], [data-copy-text]");
  if (copier) copyFor(copier);
  if (on("[data-close-toast]")) on(".toast").remove();
  if (on("[data-peek]")) peek(on("[data-peek]"));
  if (dialog()?.open && (on("[data-close-dialog]") || event.target === dialog())) {
    event.preventDefault();
    event.stopPropagation();
    dialog().close();
  }
  each("details[data-menu][open]", (menu) => { if (!menu.contains(event.target)) menu.open = false; });
}, true);

document.addEventListener("input", (event) => {
  if (event.target.dataset.filter) filter(event.target);
  if (event.target.id === "variable") rename(event.target);
  if (event.target.name === "q") keepHint(event.target);
});

document.addEventListener("change", (event) => {
  if (event.target.closest("[data-auto-submit]")) event.target.form.requestSubmit();
  if (event.target.closest(".cell-tick")) tick(event.target);
  if (event.target.matches("[data-single-keys]")) localStorage.setItem(SINGLE, event.target.checked ? "on" : "off");
});

/* Keys: a palette, and single letters for whoever wants them (they can be switched off: WCAG 2.1.4) */

const SINGLE = "keyfob_single_keys"; // in this browser's storage: "off"
const PLACES = { h: "/", t: "/settings/manage-tokens/api", u: "/settings/manage-users", a: "/settings/audit-trail", s: "/settings" };
let going = 0; // when g was pressed

/* In the dialog: a question, or a panel, which has an address of its own */
async function openIn(address, part, again = false) {
  await htmx.ajax("GET", address, { target: "#dialog", select: part, swap: "innerHTML" });
  if (!again && dialog().querySelector("[data-left]")) history.pushState({ panel: part }, "", address);
}

addEventListener("popstate", ({ state }) => {
  if (state?.panel) openIn(location.href, state.panel, true);
  else if (dialog()?.querySelector("[data-left]")) dialog().close();
});

/* What is typed while a field is on its way goes into it */
let early = null; // the letters; null: no field is on its way

function awaitField() {
  early = "";
  setTimeout(() => { early = null; }, 3000);
}

function giveLetters() {
  const field = document.activeElement;
  if (early === null || !field?.matches("input:not([type=checkbox])")) return;
  field.value += early;
  early = null;
}

function press(event) {
  if (localStorage.getItem(SINGLE) === "off" && event.key !== "?") return;
  const place = Date.now() - going < 1500 && PLACES[event.key];
  going = event.key === "g" ? Date.now() : 0;
  const key = event.key === "?" ? null : document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (place) location.assign(place);
  else if (event.key === "?") openIn("/keys", "#keys");
  else if (key?.matches("input")) key.focus();
  else if (key) key.click();
  else return;
  event.preventDefault();
}

function arrow(event) {
  const links = [...document.querySelectorAll(".hits .hit")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!links.length || !step) return;
  const at = links.indexOf(document.activeElement) + step;
  event.preventDefault();
  (at < 0 ? document.getElementById("find") : links[Math.min(at, links.length - 1)]).focus();
}

document.addEventListener("keydown", (event) => {
  if (!dialog() || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    document.querySelector("[data-palette]").click();
  } else if (event.target.closest("#palette")) {
    if (event.key === "Enter" && event.target.id === "find") {
      event.preventDefault();
      document.querySelector(".hits .hit")?.click();
    } else arrow(event);
  } else if (early !== null && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.target.matches("input, textarea")) {
    early += event.key;
    event.preventDefault();
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !dialog().open && !event.target.closest("input:not([type=checkbox]), select, textarea")) press(event);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const nowhere = event.target === document.body && !dialog()?.open;
  const open = nowhere ? document.querySelector("[data-escape]") : event.target.closest("[data-escape]");
  if (open) open.querySelector("[data-cancel]").click();
  const menu = event.target.closest("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("input") || !event.target.form?.matches("[data-ticks]")) return;
  event.preventDefault();
  if ("enter" in event.target.dataset) event.target.nextElementSibling.click();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".panel-variable")) return;
  event.preventDefault(); // every letter was taken in already
  event.stopPropagation();
}, true);

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") return;
  for (const [name, value] of [...detail.formData]) if (value === "") detail.formData.delete(name); // addresses stay short
});

document.addEventListener("htmx:afterSwap", (event) => {
  tend();
  if (event.detail.target.id !== "content" || !dialog()?.open) return;
  dialog().replaceChildren(); // so that the address stays that of the new content
  dialog().close();
});

document.addEventListener("htmx:afterSettle", (event) => {
  tend();
  if (event.detail.target === dialog() && !dialog().open) dialog().showModal(); // not before htmx knows its forms
  if (document.activeElement === document.body) document.querySelector("[data-focus-home]")?.focus();
  giveLetters();
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  ours.add(detail.xhr.getResponseHeader("X-Request-Id"));
  const rows = document.querySelector("[data-live]");
  const freshened = detail.requestConfig.headers[FRESHENS];
  if (freshened === undefined || (rows && !busy(rows) && Number(freshened) === others)) return;
  detail.shouldSwap = false;
  stale = true;
});

const isOther = ({ detail }) => detail.requestConfig.headers[FRESHENS] === undefined;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isOther(event)) return;
  others += 1;
  underWay += 1;
});

document.addEventListener("htmx:afterRequest", (event) => { if (isOther(event)) underWay -= 1; });

document.addEventListener("htmx:sendError", () => toast("The server cannot be reached. Nothing was changed."));

document.addEventListener("DOMContentLoaded", () => {
  tend();
  listen();
  dialog()?.addEventListener("close", () => {
    const left = dialog().querySelector("[data-left]"); // a panel has an address of its own; its list is back now
    if (left && location.pathname !== new URL(left.dataset.left, location).pathname) history.replaceState(null, "", left.dataset.left);
    dialog().replaceChildren();
  });
  if (document.querySelector("[data-hide-query]")) history.replaceState(null, "", location.pathname);
});
