// On a phone the parts of a deal's page are tabs; without scripts, or on a desk, all of them are shown.
const tabs = document.querySelector(".deal-tabs");

function show(id) {
  document.body.dataset.part = id;
  for (const tab of tabs.children) {
    if (tab.hash === `#${id}`) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

if (tabs) {
  const known = [...tabs.children].map((tab) => tab.hash.slice(1));
  const asked = location.hash.slice(1);
  show(known.includes(asked) ? asked : known[0]);
  tabs.addEventListener("click", (event) => {
    const tab = event.target.closest("a");
    if (!tab) return;
    event.preventDefault();
    history.replaceState(null, "", tab.hash);
    show(tab.hash.slice(1));
  });
}
