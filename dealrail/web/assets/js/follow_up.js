// The follow-up form: quick picks, texts, check-in, a draft that is kept, and saving that outlives a lost network.
// Without scripts the same form is sent as any other.
import { forgetDraft, keepDraft, readDraft } from "./drafts.js";
import { say, words } from "./notices.js";
import { dayOf, local } from "./picks.js";
import { bodyOf, drop, find, keep, newKey, post, sendAll } from "./unsent.js";

const KEPT = ["kind", "text", "place", "next_step", "next_step_at", "occurred_at", "contact"];
const REFUSED_PLACE = "place-refused";

function namePicks(form) {
  const picks = form.querySelector("[data-today]");
  if (picks.dataset.today === local(new Date()).slice(0, 10)) return;
  for (const label of picks.querySelectorAll("[data-day]")) {
    const key = label.querySelector("input").value;
    const { at, isLater } = dayOf(key, form);
    const weekday = at.toLocaleDateString(document.documentElement.lang, { weekday: "short" });
    label.querySelector("[data-weekday]").textContent = key === "next_monday" ? local(at).slice(5, 10) : weekday;
    if (key === "tomorrow") label.querySelector("[data-word]").textContent = isLater ? picks.dataset.nextWorking : picks.dataset.tomorrow;
  }
}

function begin(form) {
  if (form.dataset.begun) return;
  form.dataset.begun = "yes";
  // A page kept by the browser or by us may be filled in many times: each filling has a key of its own.
  form.elements.key.value = newKey();
  if (form.dataset.any) chooseByAddress(form);
  namePicks(form);
  form.addEventListener("input", () => remember(form));
  form.addEventListener("change", ({ target }) => {
    if (target.name === "deal") aim(form);
    if (target.name === "pick") pick(form, target);
    if (target.matches("[data-check-in]")) checkIn(form, target);
    if (target.matches("[data-files]")) tellFiles(form);
    remember(form);
  });
  form.addEventListener("click", (event) => {
    const text = event.target.closest("[data-text]");
    if (text) insert(event, form, text);
    if (event.target.closest("[data-forget]")) forget(form);
  });
  form.addEventListener("submit", (event) => save(event, form));
  restore(form);
}

// The form for any deal, shown in place of a deal's own that isn't kept here: then the address says which is meant.
function chooseByAddress(form) {
  const asked = location.pathname.match(/^\/deals\/(\d+)\/follow-up\/$/)?.[1];
  if (asked) form.elements.deal.value = asked;
  aim(form);
}

// It is sent to the chosen deal, and what is written kept for that one.
function aim(form) {
  const { value, selectedOptions } = form.elements.deal;
  if (form.dataset.followUp === "any") forgetDraft("any");
  form.action = value ? form.dataset.any.replace("/0/", `/${value}/`) : "/follow-up/any/";
  form.dataset.followUp = value ? `deal-${value}` : "any";
  form.dataset.name = value ? selectedOptions[0].textContent : "";
}

function pick(form, chosen) {
  form.elements.next_step_at.value = local(dayOf(chosen.value, form).at);
  if (!form.elements.next_step.value.trim()) form.elements.next_step.value = words().again;
}

function insert(event, form, text) {
  event.preventDefault();
  const area = form.elements.text;
  area.value = [area.value.trimEnd(), text.dataset.text].filter(Boolean).join("\n");
  if (text.dataset.for) form.querySelector(`[name=kind][value="${text.dataset.for}"]`).checked = true;
  area.focus();
  remember(form);
}

// Draft

const isEmpty = (form) => !["text", "next_step", "place"].some((name) => form.elements[name].value.trim());

function remember(form) {
  if (isEmpty(form)) forgetDraft(form.dataset.followUp);
  else keepDraft(form.dataset.followUp, Object.fromEntries(KEPT.map((name) => [name, form.elements[name].value])));
}

async function restore(form) {
  const key = new URLSearchParams(location.hash.slice(1)).get("unsent");
  if (key) return takeUp(form, key);
  const draft = isEmpty(form) && readDraft(form.dataset.followUp);
  if (!draft) return;
  fill(form, Object.entries(draft));
  form.querySelector("[data-restored]").hidden = false;
}

// What the server refused comes back into its form, its files as well; saved anew, the old one goes.
async function takeUp(form, key) {
  const entry = await find(key);
  if (!entry || form.dataset.followUp !== entry.about) return;
  form.dataset.replaces = key;
  fill(form, entry.fields);
  const given = new DataTransfer();
  for (const file of entry.files) given.items.add(file);
  form.querySelector("[data-files][multiple]").files = given.files;
  tellFiles(form);
}

function fill(form, fields) {
  for (const [name, value] of fields) {
    const field = form.elements[name];
    if (!field || name === "files" || name === "finishes" || name === "csrfmiddlewaretoken" || name === "key") continue;
    field.value = field.type === "datetime-local" && value.endsWith("Z") ? local(new Date(value)) : value;
    if (value && field.closest?.("details")) field.closest("details").open = true;
  }
}

function forget(form) {
  forgetDraft(form.dataset.followUp);
  for (const name of KEPT) if (name !== "kind") form.elements[name].value = "";
  form.querySelectorAll("[name=pick], [data-check-in]").forEach((one) => (one.checked = false));
  form.querySelector("[data-restored]").hidden = true;
  form.elements.text.focus();
}

// Check-in

function checkIn(form, box) {
  const where = form.querySelector("[data-where]");
  for (const name of ["latitude", "longitude", "accuracy"]) form.elements[name].value = "";
  form.elements.checked_in_at.value = box.checked ? new Date().toISOString() : "";
  where.textContent = "";
  if (!box.checked) return;
  if (!navigator.geolocation || localStorage.getItem(REFUSED_PLACE)) return void (where.textContent = words().noPlace);
  where.textContent = words().placing;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.latitude.value = coords.latitude.toFixed(6);
      form.elements.longitude.value = coords.longitude.toFixed(6);
      form.elements.accuracy.value = Math.round(coords.accuracy);
      where.textContent = `${words().placed} ${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)} (±${Math.round(coords.accuracy)} m)`;
    },
    (error) => {
      // Who said no once is not asked again; the place can be typed.
      if (error.code === error.PERMISSION_DENIED) localStorage.setItem(REFUSED_PLACE, "yes");
      where.textContent = words().noPlace;
    },
    { timeout: 10000, maximumAge: 60000, enableHighAccuracy: true },
  );
}

const filesOf = (form) => [...form.querySelectorAll("[data-files]")].flatMap((input) => [...input.files]);

function tellFiles(form) {
  form.querySelector("[data-chosen]").textContent = filesOf(form).map((file) => file.name).join(", ");
}

// Saving

function entryOf(form) {
  const fields = [...new FormData(form)].filter(([name]) => !["files", "csrfmiddlewaretoken", "key", "next"].includes(name));
  const now = new Date().toISOString();
  return {
    key: form.elements.key.value,
    about: form.dataset.followUp,
    name: form.dataset.name,
    address: new URL(form.action).pathname,
    // Sent tomorrow, it still happened now.
    fields: fields.map(([name, value]) => [name, name === "occurred_at" && !value ? now : value]),
    files: filesOf(form),
  };
}

async function save(event, form) {
  event.preventDefault();
  if (form.dataset.saving) return;
  form.dataset.saving = "yes";
  const entry = entryOf(form);
  try {
    if (form.dataset.any && !form.elements.deal.value) return refuse(form, { said: words().dealMissing, field: "deal" });
    if (!form.elements.text.value.trim()) return refuse(form, { said: words().textMissing, field: "text" });
    const body = bodyOf(entry);
    body.append("next", form.elements.next.value);
    const answer = await post(entry.address, body, { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value });
    await settle(form, entry, answer);
  } catch {
    await later(form, entry);
  } finally {
    delete form.dataset.saving;
  }
}

async function settle(form, entry, answer) {
  // The session is over, or its token is stale: the words are safe here, and go out after the login.
  if (answer.type === "opaqueredirect") return later(form, entry, { isOver: true });
  if (answer.status >= 500 || answer.status === 429) return later(form, entry);
  const said = await answer.json().catch(() => null);
  if (answer.status === 403 && !said) return later(form, entry, { isOver: true });
  if (answer.status !== 201) return refuse(form, said ?? { said: words().failed });
  await done(form);
  location.assign(said.address);
}

async function done(form) {
  forgetDraft(form.dataset.followUp);
  if (form.dataset.replaces) await drop(form.dataset.replaces);
}

async function later(form, entry, { isOver = false } = {}) {
  await keep(entry);
  await done(form);
  form.reset();
  if (form.dataset.any) chooseByAddress(form);
  form.elements.key.value = newKey();
  form.querySelector("[data-restored]").hidden = true;
  form.querySelector("[data-refusal]").hidden = true;
  tellFiles(form);
  const dialog = form.closest("dialog");
  if (dialog) {
    dialog.dataset.discarded = "yes";
    dialog.close();
  }
  if (isOver) say(words().keptLogin).append(logIn());
  else say(words().kept);
  await sendAll();
}

// The way to the login, as it stands beside what waits for one.
function logIn() {
  const link = document.querySelector("#unsent template").content.querySelector("[data-log-in]").cloneNode(true);
  link.classList.add("notice-undo");
  link.href += `?next=${encodeURIComponent(location.pathname)}`;
  return link;
}

function refuse(form, { said, field }) {
  const notice = form.querySelector("[data-refusal]");
  notice.hidden = false;
  notice.querySelector("[data-said]").textContent = said;
  form.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
  const input = form.querySelector(`#${form.id}-${field}`);
  input?.setAttribute("aria-invalid", "true");
  input?.closest("details")?.setAttribute("open", "");
  (input ?? notice).focus();
}

const beginAll = () => document.querySelectorAll("form[data-follow-up]").forEach(begin);
document.addEventListener("htmx:after:swap", beginAll);
window.addEventListener("hashchange", () => document.querySelectorAll("form[data-follow-up]").forEach(restore));
beginAll();
