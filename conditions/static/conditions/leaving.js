// Who logs out takes along what the browser kept of their typing (conditions/kept.js).
const { person } = document.querySelector("script[data-person]").dataset;
document.getElementById("logout-form")?.addEventListener("submit", () => {
  const own = `countersign.typed.${person}.`;
  for (const name of Object.keys(localStorage)) if (name.startsWith(own)) localStorage.removeItem(name);
});
