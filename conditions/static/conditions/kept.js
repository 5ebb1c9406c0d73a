// Nothing typed is lost: what is typed is kept in this browser, for this person and page, until it is
// saved. A closed tab, a crash, an ended log-in, a failed save: it is offered back.
const form = document.getElementById("condition_form");
const { person, page, mine } = form.dataset;
const key = `countersign.typed.${person}.${page}`;
const offer = form.querySelector(".write-kept");
const state = form.querySelector("[data-state]");
const SHOWN = { hour: "numeric", minute: "2-digit" };
const WITHOUT = ["csrfmiddlewaretoken", "save_all_the_same"];

const snapshot = () =>
  Object.fromEntries(
    [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !WITHOUT.includes(name)),
  );
const read = (name) => {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
};
const differing = (one, other) =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (name) => (one[name] ?? "") !== (other[name] ?? "") && !/-(TOTAL|INITIAL)_FORMS$/.test(name) && name !== "opened",
  );

const opened = snapshot();
const kept = read(key);
let sending = false;
let leaving = false;
let timer = 0;

const isDirty = () => "unsaved" in form.dataset || differing(opened, snapshot()).length > 0;

const keep = (sent = false) => {
  clearTimeout(timer);
  timer = 0;
  // Who logs out leaves nothing behind (leaving.js).
  if (leaving) return;
  try {
    if (isDirty()) localStorage.setItem(key, JSON.stringify({ at: Date.now(), mine, sent, fields: snapshot() }));
    else localStorage.removeItem(key);
  } catch {
    state.textContent = "Not saved, and this browser has no room to keep what you type. Save soon";
  }
};

// A save that reached the server shows as a newer save of this person's, or as the same words.
const isSaved = (record) =>
  (record.sent && record.mine !== mine) || differing(record.fields, opened).length === 0;

const label = (name) => {
  const control = form.elements[name];
  const part = form.querySelector(`#part-${name.split("-")[0]}`);
  const where = part?.querySelector("h2").textContent ?? name;
  const row = /^\w+-(\d+)-/.exec(name);
  const own = control?.labels?.[0]?.textContent.trim().replace(/:$/, "");
  return row ? `${where} ${Number(row[1]) + 1}${own ? `, ${own}` : ""}` : where;
};
const words = (value = "") =>
  value.includes("<") ? new DOMParser().parseFromString(value.replaceAll("</p>", "</p>\n"), "text/html").body.textContent : value;

// What stands alike at both ends is left plain, what is between is marked.
const marked = (text, other, tag) => {
  let from = 0;
  while (from < text.length && from < other.length && text[from] === other[from]) from += 1;
  let end = 0;
  const most = Math.min(text.length, other.length) - from;
  while (end < most && text.at(-1 - end) === other.at(-1 - end)) end += 1;
  const box = document.createElement("p");
  const mark = document.createElement(tag);
  mark.textContent = text.slice(from, text.length - end);
  box.append(text.slice(0, from), mark, text.slice(text.length - end));
  return box;
};

const comparison = (fields) => {
  const list = document.createElement("dl");
  for (const name of differing(fields, opened)) {
    if (/-(id|condition|known_by)$/.test(name)) continue;
    const [now, then] = [words(opened[name]), words(fields[name])];
    const term = document.createElement("dt");
    const sides = document.createElement("dd");
    term.textContent = label(name);
    sides.append(marked(now, then, "del"), marked(then, now, "ins"));
    list.append(term, sides);
  }
  return list;
};

const put = (name, value) => {
  const control = form.elements[name];
  if (!control) return;
  if (control.type === "checkbox") {
    control.checked = Boolean(value);
    return;
  }
  control.value = value;
  control.editor?.commands.setContent(value, { emitUpdate: false });
};

// Of each row of the record, the number that it has on the form now: it may have moved since, or be gone.
const numbers = (fields) => {
  const found = {};
  for (const name of Object.keys(fields).filter((one) => one.endsWith("-known_by"))) {
    const [, part, number] = /^(\w+)-(\d+)-/.exec(name);
    const rows = [...form.querySelectorAll(`[data-rows='${part}'] [name$='-known_by']`)];
    const same = fields[name] && rows.find((one) => one.value === fields[name]);
    const event = new CustomEvent("write:row", { bubbles: true, detail: { row: null } });
    if (!same) form.querySelector(`#part-${part}`).dispatchEvent(event);
    const control = same || event.detail.row?.querySelector("[name$='-known_by']");
    if (control) found[`${part}-${number}`] = /^\w+-(\d+)-/.exec(control.name)[1];
  }
  return found;
};

const bringBack = ({ fields }) => {
  const at = numbers(fields);
  for (const [name, value] of Object.entries(fields)) {
    const row = /^(\w+)-(\d+)-(.*)$/.exec(name);
    if (/_FORMS$/.test(name)) continue;
    // The row's own identity is that of the form now.
    if (!row) put(name, value);
    else if (`${row[1]}-${row[2]}` in at && !["id", "condition"].includes(row[3])) {
      put(`${row[1]}-${at[`${row[1]}-${row[2]}`]}-${row[3]}`, value);
    }
  }
  for (const list of form.querySelectorAll("[data-rows]")) list.dispatchEvent(new CustomEvent("write:order", { bubbles: true }));
};

const button = (text, act) => {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "button", textContent: text });
  made.addEventListener("click", act);
  return made;
};

// Until it is decided nothing else is typed or saved: neither could then be kept beside the other.
const waits = (on) => {
  for (const one of form.querySelectorAll(".write-parts, .write-bar")) one.inert = on;
};

const offered = (record) => {
  const when = new Date(record.at);
  const day = when.toDateString() === new Date().toDateString() ? "" : `${when.toLocaleDateString("en-US")}, `;
  const line = document.createElement("p");
  const strong = document.createElement("strong");
  strong.textContent = `Words typed here at ${day}${when.toLocaleTimeString("en-US", SHOWN)} were not saved. Decide first what becomes of them.`;
  line.append(strong);
  const shown = comparison(record.fields);
  shown.hidden = true;
  const actions = document.createElement("p");
  const decided = () => {
    offer.hidden = true;
    offer.replaceChildren();
    waits(false);
    tell();
    keep();
  };
  const show = button("Show", () => {
    shown.hidden = !shown.hidden;
    show.setAttribute("aria-expanded", String(!shown.hidden));
  });
  show.setAttribute("aria-expanded", "false");
  actions.append(
    show,
    button("Bring back", () => {
      bringBack(record);
      decided();
    }),
    button("Throw away", decided),
  );
  offer.replaceChildren(line, actions, shown);
  offer.hidden = false;
  waits(true);
};

const tell = () => {
  if (isDirty()) state.textContent = "Not saved yet; kept in this browser";
};

// A refused form holds what was typed.
if ("unsaved" in form.dataset) keep();
else if (kept && isSaved(kept)) localStorage.removeItem(key);
else if (kept) offered(kept);
// A page that was new when it was typed has an address of its own once it is saved.
const fresh = page === "new" ? null : read(`countersign.typed.${person}.new`);
if (fresh?.sent && fresh.fields.name === opened.name && mine) localStorage.removeItem(`countersign.typed.${person}.new`);

for (const name of ["input", "change"]) {
  form.addEventListener(name, () => {
    leaving = false;
    tell();
    timer ||= setTimeout(keep, 700);
  });
}
document.addEventListener("visibilitychange", () => timer && keep());
addEventListener("pagehide", () => timer && keep());
addEventListener("submit", (event) => {
  leaving = event.target.id === "logout-form";
  const away = event.target.id === "condition_form" && !event.submitter?.formTarget && !event.defaultPrevented;
  if (!away) return;
  keep(true);
  sending = true;
});
// Back on the page by the browser's history, after a save that failed.
addEventListener("pageshow", () => {
  sending = false;
});
addEventListener("beforeunload", (event) => {
  if (!sending && isDirty()) event.preventDefault();
});
