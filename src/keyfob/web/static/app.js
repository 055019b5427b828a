/* What goes on between parts, pages and the server: dialogs, keys, lists that others change, requests under way. */
"use strict";

const dialog = () => document.getElementById("dialog");

/* In the dialog: a question, or a panel, which has an address of its own */
async function openIn(address, part, again = false) {
  await htmx.ajax("GET", address, { target: "#dialog", select: part, swap: "innerHTML" });
  if (!again && dialog().querySelector("[data-left]")) history.pushState({ panel: part }, "", address);
}

addEventListener("popstate", ({ state }) => {
  if (state?.panel) openIn(location.href, state.panel, true);
  else if (dialog()?.querySelector("[data-left]")) dialog().close();
});

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  const opener = on("a[data-open]");
  if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    event.stopPropagation();
    openIn(opener.getAttribute("href"), opener.dataset.open || "#detail, #confirm");
  }
  if (on("a[data-key]")) awaitField();
  if (dialog()?.open && (on("[data-close-dialog]") || event.target === dialog())) {
    event.preventDefault();
    event.stopPropagation();
    dialog().close();
  }
}, true);

/* Keys: a palette, and single letters for whoever wants them (they can be switched off: WCAG 2.1.4) */

const PLACES = { h: "/", t: "/settings/manage-tokens/api", u: "/settings/manage-users", a: "/settings/audit-trail", s: "/settings" };
let going = 0; // when g was pressed

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
