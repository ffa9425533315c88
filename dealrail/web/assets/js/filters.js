// Filters above a board or a list take effect as soon as they are chosen; without scripts a button sends them.
document.querySelectorAll("[data-filters]").forEach((form) => {
  form.addEventListener("change", ({ target }) => target.matches("select") && form.requestSubmit());
  // Empty filters stay out of the address.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
});
