// The form as the page: rows are added, moved and titled by their words, and a link into a folded part
// unfolds it. Without this script rows are ordered by their numbers.
const form = document.getElementById("condition_form");
const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("role", "status");
form.append(said);

const titleOf = (row) => row.querySelector("[data-title]").textContent;
const placeOf = (row) => [...row.parentElement.children].indexOf(row);

// The neighbor is moved, not the row: what has the focus, or is dragged, stays where it is.
const step = (row, by) => {
  const neighbor = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!neighbor) return false;
  if (by < 0) row.after(neighbor);
  else row.before(neighbor);
  return true;
};

const numbered = (row) => {
  const rows = [...row.parentElement.children];
  rows.forEach((one, at) => {
    one.querySelector("[name$='-position']").value = at + 1;
  });
  said.textContent = `“${titleOf(row)}” is now ${placeOf(row) + 1} of ${rows.length}.`;
  row.dispatchEvent(new Event("input", { bubbles: true }));
};

const move = (row, by) => {
  if (step(row, by)) numbered(row);
  else said.textContent = by < 0 ? "It is the first one." : "It is the last one.";
};

const drag = (event, row) => {
  const grip = event.target;
  const from = placeOf(row);
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  row.classList.add("dragged");
  const follow = ({ clientY }) => {
    const rows = [...row.parentElement.children];
    const over = rows.find((one) => {
      const { top, bottom } = one.getBoundingClientRect();
      return one !== row && clientY > top && clientY < bottom;
    });
    if (!over) return;
    const { top, bottom } = over.getBoundingClientRect();
    const below = placeOf(over) > placeOf(row);
    // Past its middle, or rows of unlike heights would change places to and fro.
    if (below ? clientY < (top + bottom) / 2 : clientY > (top + bottom) / 2) return;
    while (placeOf(over) > placeOf(row) === below) step(row, below ? 1 : -1);
  };
  const drop = () => {
    grip.removeEventListener("pointermove", follow);
    row.classList.remove("dragged");
    if (placeOf(row) !== from) numbered(row);
  };
  grip.addEventListener("pointermove", follow);
  for (const name of ["pointerup", "pointercancel"]) grip.addEventListener(name, drop, { once: true });
};

const words = (value) =>
  value.includes("<")
    ? new DOMParser().parseFromString(value.replaceAll("<", " <"), "text/html").body.textContent
    : value;

// As the server titles them (conditions/studio/writing.py).
const titled = (row) => {
  const values = [...row.querySelectorAll(".write-field [name]")].map((one) => one.value ?? "");
  const isCode = row.parentElement.dataset.rows === "codes";
  const found = isCode
    ? values[1] && `${values[0]} ${values[1]}${values[2] ? `–${values[2]}` : ""}`
    : words(values[0]).split(/\s+/).filter(Boolean).join(" ");
  const title = found || "New, without words yet";
  row.querySelector("[data-title]").textContent = title.length > 90 ? `${title.slice(0, 90)}…` : title;
};

const add = (part) => {
  const list = part.querySelector("[data-rows]");
  const total = part.querySelector("[name$='-TOTAL_FORMS']");
  if (Number(total.value) >= Number(part.querySelector("[name$='-MAX_NUM_FORMS']").value)) {
    said.textContent = "There is no room for more.";
    return null;
  }
  const html = part.querySelector("template").innerHTML.replaceAll("__prefix__", total.value);
  list.insertAdjacentHTML("beforeend", html);
  total.value = Number(total.value) + 1;
  const row = list.lastElementChild;
  ready(row);
  row.dispatchEvent(new CustomEvent("formset:added", { bubbles: true }));
  return row;
};

const focus = (control) => {
  const box = control?.closest(".prose-editor")?.querySelector("[contenteditable]");
  (box ?? control)?.focus();
};

const ready = (row) => {
  row.querySelector(".write-moves").hidden = false;
};

const unfold = (target) => {
  for (let one = target; one && one !== form; one = one.parentElement) {
    if (one.tagName === "DETAILS") one.open = true;
  }
  const own = target.querySelector(":scope > details");
  if (own) own.open = true;
};

form.classList.add("scripted");
form.querySelectorAll(".write-row").forEach(ready);
form.querySelectorAll(".write-add").forEach((one) => {
  one.hidden = false;
});
if (matchMedia("(max-width: 64rem)").matches) form.querySelector(".write-contents details").open = false;

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const row = event.target.closest(".write-row");
  if (event.target.closest(".grip")) event.preventDefault();
  if (button?.dataset.move) {
    move(row, Number(button.dataset.move));
    button.focus();
  }
  if (button && "add" in button.dataset) {
    const added = add(button.closest(".write-part"));
    const first = added?.querySelector(".write-field [name]");
    // An editor that is still being made takes the focus once it is ready.
    first?.addEventListener("prose-editor:ready", () => focus(first), { once: true });
    focus(first);
  }
  const link = event.target.closest("a[href^='#']");
  const target = link && document.getElementById(link.hash.slice(1));
  if (target) {
    unfold(target);
    if (target.matches("input, select, textarea")) {
      event.preventDefault();
      (target.closest(".write-field") ?? target.closest(".write-part") ?? target).scrollIntoView();
      focus(target);
    }
  }
});
form.addEventListener("pointerdown", (event) => {
  if (event.target.matches(".grip")) drag(event, event.target.closest(".write-row"));
});
form.addEventListener("keydown", (event) => {
  const row = event.target.closest(".write-row");
  if (row && event.target.matches("summary") && event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    event.preventDefault();
    move(row, event.key === "ArrowUp" ? -1 : 1);
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    form.requestSubmit(form.elements._save);
  }
});
form.addEventListener("input", (event) => {
  const row = event.target.closest(".write-row");
  if (!row) return;
  if (event.target.closest(".write-field")) titled(row);
  row.classList.toggle("gone", row.querySelector("[name$='-DELETE']").checked);
});
form.addEventListener("focusin", (event) => {
  const part = event.target.closest(".write-part");
  if (!part) return;
  for (const link of form.querySelectorAll(".write-contents a")) {
    if (link.hash === `#${part.id}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
});
// What was brought back (conditions/kept.js) may have more rows, and another order.
form.addEventListener("write:row", (event) => {
  event.detail.row = add(event.target);
});
form.addEventListener("write:order", (event) => {
  const at = (row) => Number(row.querySelector("[name$='-position']").value || Infinity);
  event.target.append(...[...event.target.children].sort((one, other) => at(one) - at(other) || 0));
  for (const row of event.target.children) titled(row);
});
document.querySelector("#faults")?.focus();
