// On a phone the parts of a deal's page are tabs, chosen by the address alone; here they also say which one is shown.
const tabs = document.querySelector(".deal-tabs");

function tell() {
  const known = [...tabs.children];
  const shown = known.find((tab) => tab.hash === location.hash) ?? known[0];
  for (const tab of known) {
    if (tab === shown) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

if (tabs) {
  tell();
  window.addEventListener("hashchange", tell);
}

// Of tabs that don't fit beside each other the one that is open is shown, with its neighbours.
for (const current of document.querySelectorAll(".tabs > [aria-current]")) {
  const list = current.parentElement;
  list.scrollLeft = current.offsetLeft - (list.clientWidth - current.offsetWidth) / 2;
}
