addEventListener("beforeprint", () => {
  const day = new Date().toLocaleDateString("en-US", {year: "numeric", month: "long", day: "numeric"});
  document.getElementById("printed-on").textContent = ` · printed on ${day}`;
  for (const one of document.querySelectorAll("details")) one.open = true;
});
