// The service worker: keeps what the shell is made of, the pages one opened last from which a follow-up is written,
// and a page that says that the network is away. Always the network first; nothing is kept of what was refused.
const SHELL = "shell";
const PAGES = "pages";
const OFFLINE = { zh: "/offline/zh-hans/", en: "/offline/en/" };
const LANGUAGE = "/offline/language";
const PARTS = ["/static/dealrail/app.css", "/static/dealrail/app.js", "/static/dealrail/icons.svg"];
// Kept from the first page on: which deal to write about, and a form for any of one's own.
const PICK = "/follow-up/";
const ANY = "/follow-up/any/";
const FIRST = ["/", PICK, ANY];
const KEPT = [/^\/$/, /^\/deals\/\d+\/$/, /^\/customers\/\d+\/$/, /^\/(deals|customers)\/\d+\/follow-up\/$/, /^\/follow-up\/(any\/)?$/];
const WRITING = /^\/deals\/\d+\/follow-up\/$/;
const FRESH_FOR = 5 * 60_000;
const RECORD = /^\/(deals|customers)\/\d+\/$/;
const MOST_PAGES = 40;

self.addEventListener("install", (event) => {
  const wanted = [...PARTS, ...Object.values(OFFLINE)].map((path) => new Request(path, { cache: "reload" }));
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(wanted)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate" && request.method === "POST" && pathname === "/logout/") event.waitUntil(caches.delete(PAGES));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event, request, pathname, search));
  else if (pathname.startsWith("/static/")) event.respondWith(part(event, request));
});

async function page(event, request, pathname, search) {
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    const instead = WRITING.test(pathname) ? ANY : pathname;
    return (await keptPage(pathname)) ?? (await keptPage(instead)) ?? (await offline());
  }
  // What was searched for is not the whole list.
  if (isKept(answer, pathname) && !(pathname === PICK && search)) event.waitUntil(keepPage(request, answer.clone(), pathname));
  return answer;
}

// A page of the one logged in: neither the login page it led to nor a refusal.
const isKept = (answer, pathname) =>
  answer.status === 200 && !answer.redirected && answer.headers.get("X-Person") && KEPT.some((kind) => kind.test(pathname));

async function keptPage(pathname) {
  return (await caches.open(PAGES)).match(pathname, { ignoreVary: true });
}

async function keepPage(request, answer, pathname) {
  const pages = await caches.open(PAGES);
  // The whole of it first: an answer that breaks off must not cost the page kept before.
  const whole = new Response(await answer.blob(), answer);
  await pages.delete(pathname);
  await pages.put(pathname, whole);
  // From a record one may want to write about it, so its form comes along; from the first page about any deal.
  const form = `${pathname}follow-up/`;
  if (RECORD.test(pathname) && !(await pages.match(form))) await bring(pages, form);
  if (pathname === "/") for (const one of [PICK, ANY]) if (!(await isFresh(pages, one))) await bring(pages, one);
  const others = (await pages.keys()).filter((old) => !FIRST.includes(new URL(old.url).pathname));
  await Promise.all(others.slice(0, Math.max(0, others.length - MOST_PAGES)).map((old) => pages.delete(old)));
}

async function bring(pages, path) {
  const answer = await fetch(path, { credentials: "same-origin" });
  if (isKept(answer, path)) await pages.put(path, answer);
}

async function isFresh(pages, path) {
  const kept = await pages.match(path);
  return kept && Date.now() - Date.parse(kept.headers.get("Date")) < FRESH_FOR;
}

async function offline() {
  const shell = await caches.open(SHELL);
  const said = await (await shell.match(LANGUAGE))?.text();
  const language = (said ?? navigator.language ?? "zh").startsWith("zh") ? "zh" : "en";
  return (await shell.match(OFFLINE[language])) ?? Response.error();
}

async function part(event, request) {
  const shell = await caches.open(SHELL);
  try {
    const answer = await fetch(request);
    if (answer.status === 200 && PARTS.includes(new URL(request.url).pathname)) event.waitUntil(shell.put(request, answer.clone()));
    return answer;
  } catch {
    return (await shell.match(request, { ignoreSearch: true, ignoreVary: true })) ?? Response.error();
  }
}
