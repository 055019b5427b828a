/* What goes on between parts, pages and the server: dialogs, keys, lists that others change, requests under way. */
"use strict";

const dialog = () => find("#dialog");

/* In the dialog: a question, or a panel, which has an address of its own. The page of another stays beneath. */

const PANEL = "#detail, #confirm";
const here = () => location.pathname + location.search;
let beneath = here(); // the address that the page was drawn for, without the dialog's

let opening = null; // what was asked for last: of several on their way, it is meant

function openIn(address, part, again = false) {
  if (opening?.address === address) return; // a double click
  opening = { address, part, again };
  late = false;
  // In the name of what sends nothing else: behind a list that is drawn anew it would have to wait.
  htmx.ajax("GET", address, { source: "#toasts", target: "#dialog", select: part, swap: "innerHTML" });
}

function opened({ address, part, again }) {
  opening = null;
  if (!dialog().querySelector("[data-has-address]")) return;
  if (again && location.href !== address) dialog().close(); // gone on while it came
  if (!again && here() !== address) history.pushState({ panel: part, beneath }, "", address);
}

addEventListener("popstate", (event) => {
  event.stopImmediatePropagation(); // htmx would load what is there
  if (shown) return void (shown = false);
  if (event.state?.panel && event.state.beneath === beneath) openIn(location.href, event.state.panel, true);
  else if (here() !== beneath) location.reload();
  else if (dialog()?.open) {
    dialog().replaceChildren(); // so that it puts no address back when it closes
    dialog().close();
  }
});

let shown = false;
let inDialog = false; // whose address is about to be told: the dialog's, or the page's

hear("htmx:beforeHistoryUpdate", ({ detail }) => { inDialog = detail.target.closest("#dialog"); });

for (const moved of ["pushedInto", "replacedIn"]) {
  hear(`htmx:${moved}History`, () => {
    if (inDialog) { // a form that is saved: what it was opened from is shown already
      history.replaceState({ panel: PANEL, beneath }, "");
      shown = true;
      history.back();
    } else beneath = here();
  });
}

hear("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  const opener = on("a[data-open]");
  const isPage = opener?.closest("#content :is(#detail, #confirm)"); // and no dialog: it leads to pages
  if (opener && !isPage && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    take(event);
    openIn(opener.getAttribute("href"), opener.dataset.open || PANEL);
  }
  if (on("a[data-key]")) awaitField();
  if (!dialog()?.open) return;
  if (on("[data-back]")) {
    take(event);
    history.back();
  } else if (on("[data-close-dialog]") || (event.target === dialog() && !isTyped(dialog()))) {
    take(event);
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
  const key = event.key === "?" ? null : find(`[data-key="${CSS.escape(event.key)}"]`);
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
  (at < 0 ? find("#find") : links[Math.min(at, links.length - 1)]).focus();
}

hear("keydown", (event) => {
  if (!dialog() || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    find("[data-palette]").click();
  } else if (event.target.closest("#palette")) {
    if (event.key === "Enter" && event.target.id === "find") {
      event.preventDefault();
      find(".hits .hit")?.click();
    } else arrow(event);
  } else if (early !== null && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.target.matches("input, textarea")) {
    early += event.key;
    event.preventDefault();
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !dialog().open && !event.target.closest("input:not([type=checkbox]), select, textarea")) press(event);
});

hear("keydown", (event) => {
  if (event.key !== "Escape") return;
  const nowhere = event.target === document.body && !dialog()?.open;
  const open = nowhere ? find("[data-escape]") : event.target.closest("[data-escape]");
  if (open) open.querySelector("[data-cancel]").click();
  const menu = event.target.closest("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* What others do: the list is drawn anew, unless somebody is at work in it */

const ours = new Set(); // the requests of this page: what they did is drawn already
const done = new Set(); // of anybody: whose is known when none is under way
let stale = false;
let late = false; // the panel over the list
const OPEN = "dialog[open] > #detail";
let left; // the row that had the focus: its links may come anew
const FRESHENS = "X-Keyfob-Freshens"; // our own request, and how many others came before: after another its answer is dropped
let others = 0;
let underWay = 0; // of the others: what they find must find its place

function isTyped(part) {
  return [...part.querySelectorAll("input:not([type=checkbox], [type=radio], [type=search]), textarea")].some((field) => field.value !== field.defaultValue);
}

function busy(rows) {
  const opened = rows.querySelector("[data-escape], [data-value], .panel, details[open], :checked:not([data-tick-all], option)");
  return dialog()?.open || isTyped(rows) || opened || rows.contains(document.activeElement?.closest("select, input, textarea"));
}

function freshen() {
  if (underWay) return;
  if ([...done].some((id) => !ours.has(id))) stale = late = true;
  done.clear();
  const rows = find("[data-live]");
  if (late && find(OPEN)) {
    late = false;
    renew(location.href, "#detail");
  } else if (rows && stale && !busy(rows)) {
    stale = false;
    renew(beneath, "[data-live]"); // a dialog that closes has its address for a moment
  }
}

function renew(address, target) {
  htmx.ajax("GET", address, { target, select: target, swap: "outerHTML", headers: { [FRESHENS]: others } });
}

function listen() {
  let source = null;
  const open = () => {
    if (document.hidden || source || !find("[data-live]")) return;
    source = new EventSource(`/live?since=${document.body.dataset.drawn}`);
    let again = false; // what happened while it was cut off, nobody tells
    source.addEventListener("open", () => { stale ||= again; again = true; });
    source.addEventListener("done", (event) => {
      for (const id of event.data.split(" ")) done.add(id);
      freshen();
    });
  };
  // A browser has six connections to a server, and no more: a page that nobody sees needs none.
  hear("visibilitychange", () => {
    if (!document.hidden) { stale = true; freshen(); return open(); }
    source?.close();
    source = null;
  });
  open();
  setInterval(freshen, 1000);
}

hear("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") return;
  for (const [name, value] of [...detail.formData]) if (value === "") detail.formData.delete(name); // addresses stay short
});

hear("htmx:afterSwap", (event) => {
  tend();
  if (event.detail.target.id === "content" && dialog()?.open) dialog().close();
});

hear("htmx:afterSettle", (event) => {
  tend();
  if (event.detail.target === dialog() && !dialog().open) dialog().showModal(); // not before htmx knows its forms
  else if (dialog()?.open && !dialog().contains(document.activeElement)) dialog().querySelector("[data-close-dialog]")?.focus();
  if (document.activeElement === document.body) (find(`#${left} :is(.name, summary)`) ?? find("[data-focus-home]"))?.focus();
  if (event.detail.pathInfo?.requestPath.endsWith("/reveal")) find(".panel [data-focus-home]")?.focus();
  if (opening && event.detail.pathInfo?.requestPath === opening.address) opened(opening);
  giveLetters();
});

hear("htmx:beforeSwap", ({ detail }) => {
  left = document.activeElement.closest("tr[id]")?.id;
  for (const name of ["Request-Id", "Keyfob-Done-By"]) ours.add(detail.xhr.getResponseHeader(`X-${name}`));
  if (detail.requestConfig.verb === "post" && detail.target.closest("#dialog > *")) stale = true; // the list beneath shows it later
  if (detail.target.id === "toasts" && dialog().open && detail.requestConfig.verb === "post") { // a page behind a dialog cannot be read
    each(".toast", (old) => old.remove(), dialog());
    detail.target = dialog().firstElementChild;
    detail.swapOverride = "afterbegin";
  }
  const rows = find("[data-live]");
  const freshened = detail.requestConfig.headers[FRESHENS];
  const mayCome = detail.target.id === "detail" ? find(OPEN) : rows && !busy(rows);
  if (freshened === undefined || (mayCome && Number(freshened) === others)) return;
  detail.shouldSwap = false;
  stale = late = true;
});

const isOther = ({ detail }) => detail.requestConfig.headers[FRESHENS] === undefined;

hear("htmx:beforeRequest", (event) => {
  if (!isOther(event)) return;
  others += 1;
  underWay += 1;
});

hear("htmx:afterRequest", (event) => { if (isOther(event)) underWay -= 1; });

hear("htmx:sendError", () => {
  opening = null;
  toast("The server cannot be reached, so nothing was changed. Press again when it is back.", 6e4);
});

hear("DOMContentLoaded", () => {
  tend();
  listen();
  dialog()?.addEventListener("cancel", (event) => {
    const back = dialog().querySelector("[data-back]");
    if (!back) return;
    event.preventDefault();
    back.click();
  });
  dialog()?.addEventListener("close", () => {
    if (dialog().open) return; // again already
    if (dialog().querySelector("[data-has-address]") && here() !== beneath) history.replaceState(null, "", beneath);
    dialog().replaceChildren();
    freshen();
  });
  if (!find("[data-hide-query]")) return;
  history.replaceState(null, "", location.pathname);
  beneath = here();
});
