// Follow-ups written without network: kept in this browser until the server has them, each sent once by its key.
// An entry is {key, person, about, name, address, fields: [[name, value]], files: [File], at, state, said}. Its state
// is "waiting", "login" (the session is over) "refused" (with what the server said) or
// "gone" (its record). Only its author sends it.
import { person } from "./drafts.js";

const STORE = "unsent";

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("dealrail", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function within(mode, work) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

const put = (entry) => within("readwrite", (store) => store.put(entry));
export const drop = (key) => within("readwrite", (store) => store.delete(key));
export const find = (key) => within("readonly", (store) => store.get(key));

// Mine, oldest first, and how many others wait for their own authors.
export async function kept() {
  const all = (await within("readonly", (store) => store.getAll())).sort((a, b) => a.at.localeCompare(b.at));
  const mine = all.filter((entry) => entry.person === person());
  return { mine, others: all.length - mine.length };
}

const changed = () => document.dispatchEvent(new CustomEvent("unsent-changed"));

export async function keep(entry) {
  watchLeaving();
  await put({ ...entry, person: person(), at: new Date().toISOString(), state: "waiting", said: "" });
  changed();
}

// Where what was sent in this turn has gone. What arrives while this tab is already asking for another page is left to
// that page, which the server may have made before.
const ARRIVED = "arrived";
const leftToMe = () => JSON.parse(sessionStorage.getItem(ARRIVED) ?? "[]");
const arrived = leftToMe();
sessionStorage.removeItem(ARRIVED);

let isLeaving = false;
const leave = () => (isLeaving = true);
// Only while something waits: in some browsers a page that listens can't be come back to at once.
const watchLeaving = () => window.addEventListener("beforeunload", leave);

function noteArrival(address) {
  arrived.push(address);
  if (isLeaving) sessionStorage.setItem(ARRIVED, JSON.stringify([...leftToMe(), address]));
}

// Sends what is mine, one after the other; a second tab waits for its turn and finds nothing left.
export async function sendAll({ again = false } = {}) {
  if (!person() || !navigator.onLine) return;
  const run = () => sendMine(again);
  await (navigator.locks ? navigator.locks.request("dealrail-unsent", run) : run());
  changed();
  if (arrived.length) document.dispatchEvent(new CustomEvent("unsent-sent", { detail: arrived.splice(0) }));
}

async function sendMine(again) {
  const { mine } = await kept();
  const due = mine.filter((entry) => again || !["refused", "gone"].includes(entry.state));
  if (!due.length) return;
  watchLeaving();
  const pass = await passFor().catch(() => null);
  if (!pass) return;
  for (const entry of due) {
    if (pass.user !== Number(entry.person)) await put({ ...entry, state: "login" });
    else if (!(await sendOne(entry, pass.token))) return;
  }
}

// Who is logged in and a fresh token; {user: null} when nobody is.
async function passFor() {
  const answer = await fetch(document.body.dataset.pass, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (answer.status === 401 || answer.ok) return answer.json();
  throw new Error(answer.statusText);
}

// Whether the next one may be sent: not when the network or the server is away.
async function sendOne(entry, token) {
  let answer;
  try {
    const body = bodyOf(entry);
    body.append("written_at", entry.at);
    answer = await post(entry.address, body, { "X-CSRFToken": token, "X-Sent-Later": "1" });
  } catch {
    return false;
  }
  if (answer.type === "opaqueredirect") await put({ ...entry, state: "login" });
  else if (answer.status === 201) {
    noteArrival(entry.address);
    await drop(entry.key);
  } else {
    // Only what the form itself said is a refusal; anything else, such as a stale token, passes.
    const refusal = answer.status < 500 && answer.status !== 429 && (await answer.json().catch(() => null));
    if (!refusal) return answer.status === 404 ? gone(entry) : false;
    await put({ ...entry, state: "refused", said: refusal.said });
  }
  return true;
}

// The record is no longer the author's to see, or there no more.
async function gone(entry) {
  await put({ ...entry, state: "gone" });
  return true;
}

// A key of its own for each thing to save, so that sending it twice saves it once.
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function bodyOf(entry) {
  const body = new FormData();
  for (const [name, value] of entry.fields) body.append(name, value);
  for (const file of entry.files) body.append("files", file, file.name);
  body.append("key", entry.key);
  return body;
}

export const post = (address, body, headers) =>
  fetch(address, { method: "POST", body, redirect: "manual", headers: { Accept: "application/json", ...headers } });
