// The board: cards are dragged between stages, or moved with the key m. The server decides; a refused card goes back.
import Sortable from "sortablejs";
import htmx from "./htmx.js";
import { ask, place } from "./news.js";
import { say } from "./notices.js";

const board = document.querySelector("[data-board]");
const wide = matchMedia("(min-width: 768px)");
const targetsOf = (card) => card.dataset.targets.split(" ");
const lists = () => [...board.querySelectorAll("[data-stage]")];
const nameOf = (column) => column.querySelector(".board-name").textContent;
// Over which column the pointer is while a card is dragged: the one that is meant, whether it takes the card or not.
let meant = null;
const POINTING = ["dragover", "pointermove", "touchmove"];

function point(event) {
  const { clientX, clientY } = event.touches?.[0] ?? event;
  meant = document.elementFromPoint(clientX, clientY)?.closest(".board-column") ?? meant;
}

function mark(card, from) {
  meant = null;
  POINTING.forEach((kind) => document.addEventListener(kind, point, { passive: true }));
  board.classList.add("is-dragging");
  for (const list of lists()) {
    const column = list.closest(".board-column");
    column.classList.toggle("is-source", list === from);
    column.classList.toggle("is-target", list !== from && targetsOf(card).includes(list.dataset.stage));
  }
}

function unmark() {
  POINTING.forEach((kind) => document.removeEventListener(kind, point));
  board.classList.remove("is-dragging");
  board.querySelectorAll(".is-source, .is-target").forEach((column) => column.classList.remove("is-source", "is-target"));
}

async function dropped({ item: card, from, to, oldDraggableIndex }) {
  unmark();
  // The card waits where it came from until the server has let it through; deal-moved then puts it into its column.
  if (from !== to) from.insertBefore(card, from.querySelectorAll(".deal-card")[oldDraggableIndex] ?? from.querySelector(".board-more"));
  const column = meant ?? to.closest(".board-column");
  const stage = column.querySelector("[data-stage]").dataset.stage;
  if (stage === from.dataset.stage) return;
  if (!targetsOf(card).includes(stage)) return explain(card, from.closest(".board-column"), column);
  const values = { to: stage, seen: card.dataset.version, from: "board" };
  card.classList.add("is-moving");
  await htmx.ajax("POST", card.dataset.advance, { source: card, target: card, swap: "none", values });
  // Refused, or moved by somebody else meanwhile: the card goes where it really is.
  const now = document.getElementById(card.id);
  now?.classList.remove("is-moving");
  if (now) place(now);
  ask();
}

// Why a card went back: a stage ahead can't be reached by a jump, others not at all.
function explain(card, from, to) {
  const ahead = from.compareDocumentPosition(to) & Node.DOCUMENT_POSITION_FOLLOWING && card.dataset.next;
  const words = { from: nameOf(from), to: nameOf(to), next: card.dataset.next };
  say((ahead ? board.dataset.skip : board.dataset.noWay).replace(/\{(\w+)\}/g, (_, key) => words[key]), "warning");
}

function settle(event) {
  const { deal, to } = event.detail;
  const card = document.getElementById(`deal-${deal}`);
  const list = lists().find((one) => one.dataset.stage === to);
  if (!card) return;
  if (!list) card.remove();
  else if (card.parentElement !== list) list.prepend(card);
  card.querySelector("a")?.focus({ preventScroll: true });
}

function pressed(event) {
  const card = event.target.closest?.(".deal-card:not(.is-fixed)");
  if (event.key !== "m" || !card || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  htmx.ajax("GET", `${card.dataset.moves}?from=board`, { source: card, target: card, swap: "none" });
}

// A column loads more as its end comes into sight; without scripts a link does.
function loadOnScroll() {
  const watch = new IntersectionObserver((seen) => seen.filter((one) => one.isIntersecting).forEach(({ target }) => target.click()));
  const follow = () => board.querySelectorAll(".board-more").forEach((link) => watch.observe(link));
  document.addEventListener("htmx:after:swap", follow);
  follow();
}

function sortable(list) {
  Sortable.create(list, {
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
    disabled: !wide.matches,
    draggable: ".deal-card",
    filter: ".is-fixed",
    preventOnFilter: false,
    sort: false,
    group: { name: "stages", put: (to, _from, card) => targetsOf(card).includes(to.el.dataset.stage) },
    onStart: ({ item, from }) => mark(item, from),
    onEnd: dropped,
  });
}

function markTab(tab, isCurrent) {
  const strip = tab.parentElement;
  tab.toggleAttribute("aria-current", isCurrent);
  if (isCurrent) strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.clientWidth) / 2;
}

// On a phone the tab of the stage in sight is marked, and the address keeps it for the way back. The board opens there on
// the first stage that holds a deal.
function followTabs() {
  const remember = (hash) => !wide.matches && hash !== location.hash && history.replaceState(history.state, "", hash);
  const asked = location.hash && document.getElementById(location.hash.slice(1));
  const first = asked || board.querySelector(".deal-card")?.closest(".board-column");
  if (first && !wide.matches) first.scrollIntoView({ inline: "center", block: "nearest", behavior: "instant" });
  const tabs = document.querySelectorAll(".stage-tabs a");
  const watch = new IntersectionObserver(
    (seen) =>
      seen.filter((one) => one.isIntersecting).forEach(({ target }) => {
        tabs.forEach((tab) => markTab(tab, tab.hash === `#${target.id}`));
        remember(`#${target.id}`);
      }),
    { root: board, threshold: 0.6 },
  );
  board.querySelectorAll(".board-column").forEach((column) => watch.observe(column));
  tabs.forEach((tab) =>
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      document.querySelector(tab.hash)?.scrollIntoView({ inline: "center", block: "nearest" });
    }),
  );
}

if (board) {
  lists().forEach(sortable);
  followTabs();
  loadOnScroll();
  document.addEventListener("deal-moved", settle);
  document.addEventListener("keydown", pressed);
}
