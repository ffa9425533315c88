// Two people on one board: every few seconds, while somebody looks, the server is asked what others changed. Cards and
// heads are put in place without a reload; a card that is being dragged waits for the next time.
import htmx from "./htmx.js";

const EVERY = 12_000;
const board = document.querySelector("[data-board][data-news]");
let stamp = board?.dataset.stamp;
let asking = false;

const listOf = (stage) => [...board.querySelectorAll("[data-stage]")].find((list) => list.dataset.stage === stage);
const isBusy = () => asking || document.hidden || board.classList.contains("is-dragging") || board.querySelector(".is-moving");

// A card stands in the column that it says it is in, or nowhere.
export function place(card) {
  const list = listOf(card.dataset.in);
  if (!list) card.remove();
  else if (card.parentElement !== list) list.prepend(card);
}

export async function ask() {
  if (!board || isBusy()) return;
  asking = true;
  try {
    const answer = await fetch(`${board.dataset.news}&since=${stamp}`, { headers: { "HX-Request": "true" } });
    const told = answer.headers.get("X-Board-Stamp");
    if (told) stamp = told;
    if (told && answer.status === 200) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // Without network the next turn asks again.
  } finally {
    asking = false;
  }
}

function take(news) {
  const focused = document.activeElement?.closest(".deal-card")?.id;
  const gone = news.querySelector("[data-gone]").dataset.gone.split(" ").filter(Boolean);
  let changed = gone.filter((deal) => document.getElementById(`deal-${deal}`)).length;
  gone.forEach((deal) => document.getElementById(`deal-${deal}`)?.remove());
  news.querySelectorAll(".board-head").forEach(takeHead);
  news.querySelectorAll(".deal-card").forEach((card) => (changed += takeCard(card)));
  if (focused) document.getElementById(focused)?.querySelector("a")?.focus({ preventScroll: true });
  if (changed) document.querySelector("[data-news-said]").textContent = board.dataset.newsWords.replace("{n}", changed);
}

function takeHead(head) {
  const count = head.querySelector(".board-count").textContent;
  const tab = document.querySelector(`.stage-tabs a[href="#column-${head.id.replace("head-", "")}"] .tabular`);
  if (tab) tab.textContent = count;
  document.getElementById(head.id)?.replaceWith(head);
}

function takeCard(card) {
  const old = document.getElementById(card.id);
  const isSame = old?.dataset.version === card.dataset.version && old.dataset.in === card.dataset.in;
  if (isSame) return 0;
  if (old && old.dataset.in === card.dataset.in) old.replaceWith(card);
  else {
    old?.remove();
    place(card);
  }
  if (!card.isConnected) return 0;
  card.classList.add("is-news");
  htmx.process(card);
  return 1;
}

if (board) {
  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
}
