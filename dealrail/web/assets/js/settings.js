// Narrows the settings while one types; without it the form asks the server.
const search = document.querySelector("[data-settings-search]");

search?.addEventListener("input", () => {
  const text = search.value.trim().toLowerCase();
  for (const setting of document.querySelectorAll("[data-setting]")) {
    setting.hidden = !setting.textContent.toLowerCase().includes(text);
  }
  for (const group of document.querySelectorAll("[data-settings-group]")) {
    group.hidden = !group.querySelector("[data-setting]:not([hidden])");
  }
});
