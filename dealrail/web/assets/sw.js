// The service worker: keeps what the shell is made of, the pages one opened last from which a follow-up is written,
// and a page that says that the network is away. Always the network first; nothing is kept of what was refused.
const SHELL = "shell";
const PAGES = "pages";
const OFFLINE = { zh: "/offline/zh-hans/", en: "/offline/en/" };
const LANGUAGE = "/offline/language";
const PARTS = ["/static/dealrail/app.css", "/static/dealrail/app.js", "/static/dealrail/icons.svg"];
const KEPT = [/^\/$/, /^\/deals\/\d+\/$/, /^\/customers\/\d+\/$/, /^\/(deals|customers)\/\d+\/follow-up\/$/, /^\/follow-up\/$/];
const RECORD = /^\/(deals|customers)\/\d+\/$/;
const MOST_PAGES = 40;

self.addEventListener("install", (event) => {
  const wanted = [...PARTS, ...Object.values(OFFLINE)].map((path) => new Request(path, { cache: "reload" }));
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(wanted)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate" && request.method === "POST" && pathname === "/logout/") event.waitUntil(caches.delete(PAGES));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event, request, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(part(event, request));
});

async function page(event, request, pathname) {
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    return (await keptPage(pathname)) ?? (await offline());
  }
  if (isKept(answer, pathname)) event.waitUntil(keepPage(request, answer.clone(), pathname));
  return answer;
}

// A page of the one logged in: neither the login page it led to nor a refusal.
const isKept = (answer, pathname) =>
  answer.status === 200 && !answer.redirected && answer.headers.get("X-Person") && KEPT.some((kind) => kind.test(pathname));

async function keptPage(pathname) {
  return (await caches.open(PAGES)).match(pathname, { ignoreSearch: true, ignoreVary: true });
}

async function keepPage(request, answer, pathname) {
  const pages = await caches.open(PAGES);
  await pages.delete(pathname);
  await pages.put(pathname, answer);
  // From a record one may want to write about it, so its form comes along.
  const form = `${pathname}follow-up/`;
  if (RECORD.test(pathname) && !(await pages.match(form))) {
    const empty = await fetch(form, { credentials: "same-origin" });
    if (isKept(empty, form)) await pages.put(form, empty);
  }
  const all = await pages.keys();
  await Promise.all(all.slice(0, Math.max(0, all.length - MOST_PAGES)).map((old) => pages.delete(old)));
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
