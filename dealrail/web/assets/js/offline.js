// The service worker, what waits to be sent, and whose device this is: pages and drafts of one who left don't stay.
import { forgetAllDrafts, person } from "./drafts.js";
import { say, words } from "./notices.js";
import { drop, kept, sendAll } from "./unsent.js";

const PAGES = "pages";
const dialog = document.getElementById("unsent");

if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register("/sw.js").catch(() => {});
}

// Nobody is logged in, or somebody else than the last time: the pages kept for the one before go.
function guard() {
  if (!("person" in document.body.dataset)) return; // a page that doesn't know: offline, or an error
  const before = localStorage.getItem("person") ?? "";
  if (before && before !== person()) globalThis.caches?.delete(PAGES);
  if (person()) localStorage.setItem("person", person());
  else localStorage.removeItem("person");
}

document.addEventListener("submit", (event) => {
  const { target } = event;
  if (target.matches("form[action$='/logout/']")) {
    forgetAllDrafts();
    globalThis.caches?.delete(PAGES);
  }
  // A form sent without network would end on the browser's error page, and what was typed with it. Follow-ups are kept.
  if (navigator.onLine || target.method !== "post" || target.matches("[data-follow-up]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  say(words().offline, "error");
}, true);

// A link that brings a part of the page can't without network; the page itself may be kept.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href][hx-get]");
  if (!link || navigator.onLine || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  location.assign(link.href);
}, true);

document.addEventListener("htmx:error", ({ detail }) => {
  const source = detail?.ctx?.sourceElement;
  const link = source?.closest?.("a[href]");
  if (link && detail.error?.name === "TypeError") location.assign(link.href);
  else if (source?.matches?.("form")) say(words().failed, "error");
});

// What waits

async function show() {
  if (!dialog || !globalThis.indexedDB) return;
  const { mine, others } = await kept();
  for (const badge of document.querySelectorAll("[data-unsent]")) {
    badge.hidden = !mine.length;
    badge.classList.toggle("is-refused", mine.some((entry) => entry.state !== "waiting"));
    badge.querySelector("[data-count]").textContent = dialog.dataset.count.replace("{n}", mine.length);
  }
  dialog.querySelector("[data-list]").replaceChildren(...mine.map(row));
  const rest = dialog.querySelector("[data-rest]");
  rest.hidden = !others;
  rest.textContent = dialog.dataset.others.replace("{n}", others);
}

function row(entry) {
  const line = dialog.querySelector("template").content.firstElementChild.cloneNode(true);
  line.dataset.state = entry.state;
  line.querySelector("[data-name]").textContent = entry.name;
  line.querySelector("[data-words]").textContent = new Map(entry.fields).get("text");
  line.querySelector("[data-when]").textContent = new Date(entry.at).toLocaleString(document.documentElement.lang);
  line.querySelector("[data-why]").textContent = { waiting: dialog.dataset.waiting, login: dialog.dataset.login, gone: dialog.dataset.gone }[entry.state] ?? `${dialog.dataset.refused} ${entry.said}`;
  const change = line.querySelector("[data-change]");
  change.href = `${entry.address}#unsent=${entry.key}`;
  change.addEventListener("click", () => dialog.close());
  change.hidden = entry.state !== "refused";
  line.querySelector("[data-log-in]").hidden = entry.state !== "login";
  line.querySelector("[data-remove]").addEventListener("click", ({ currentTarget }) => remove(entry, currentTarget));
  return line;
}

// Thrown away only by its author, and only when asked twice.
async function remove(entry, button) {
  if (!button.dataset.sure) {
    button.dataset.sure = "yes";
    button.textContent = dialog.dataset.sure;
    return;
  }
  await drop(entry.key);
  await show();
}

// What was sent shows on the first page and on its record; not under the hands of somebody who is writing.
document.addEventListener("unsent-sent", ({ detail }) => {
  const shows = location.pathname === "/" || detail.includes(`${location.pathname}follow-up/`);
  const isBusy = document.querySelector("dialog[open]") || document.activeElement?.matches("input, textarea, select");
  if (shows && !isBusy) location.reload();
});

dialog?.querySelector("[data-send]").addEventListener("click", () => sendAll({ again: true }));
document.addEventListener("unsent-changed", show);
window.addEventListener("online", () => sendAll());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sendAll());
// Which language to say it in when the network is away.
globalThis.caches?.open("shell").then((shell) => shell.put("/offline/language", new Response(document.documentElement.lang)));

// The page that says so also leads to the pages that are kept.
async function listKept() {
  const list = document.querySelector("[data-kept-pages]");
  if (!list || !globalThis.caches) return;
  const pages = await caches.open(PAGES);
  for (const request of (await pages.keys()).reverse()) {
    // A form to be shown in place of others is no page to go to.
    if (new URL(request.url).pathname === "/follow-up/any/") continue;
    const title = (await (await pages.match(request)).text()).match(/<title>([^<]*)<\/title>/)?.[1] ?? request.url;
    const link = document.createElement("a");
    link.href = new URL(request.url).pathname;
    link.textContent = new DOMParser().parseFromString(title, "text/html").body.textContent;
    const line = document.createElement("li");
    line.className = "row-line";
    line.append(link);
    list.append(line);
  }
  list.closest("section").hidden = !list.children.length;
}

const EVERY = 60_000;
setInterval(() => sendAll(), EVERY);
guard();
listKept();
show().then(() => sendAll());
