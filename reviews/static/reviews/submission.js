// A submission's page. Everything works without this script; with it the reader gets on faster.
const desk = document.querySelector(".submission");
const head = document.querySelector(".sub-head");
const frame = document.querySelector(".desk-preview");

// What is scrolled to stands below the header.
const measure = () => document.documentElement.style.setProperty("--sub-head", `${head.offsetHeight + 8}px`);
new ResizeObserver(measure).observe(head);

// A refused form: the focus goes to what is wrong, once the address has had its way.
const fault = desk.querySelector(".errorlist") || desk.querySelector(".errornote[role=alert]");
function point() {
  const field = fault.parentElement.querySelector("input:not([type=hidden]), textarea, select");
  const target = fault.matches(".errorlist") && field ? field : fault;
  if (target === fault) fault.tabIndex = -1;
  target.focus();
}
if (fault) addEventListener("load", () => setTimeout(point));

// Next change, by button and by Alt with an arrow.
const changes = [...desk.querySelectorAll(".sub-change[data-row]")];
function step(by) {
  const top = head.getBoundingClientRect().bottom + 12;
  const below = changes.filter((one) => one.getBoundingClientRect().top > top + 4);
  const above = changes.filter((one) => one.getBoundingClientRect().top < top - 12);
  const next = by > 0 ? below[0] || changes[0] : above[above.length - 1] || changes[changes.length - 1];
  if (!next) return;
  next.scrollIntoView({ block: "start" });
  next.focus({ preventScroll: true });
}
for (const button of desk.querySelectorAll("[data-next]")) button.addEventListener("click", () => step(1));
if (changes.length > 1) for (const hint of desk.querySelectorAll(".sub-next")) hint.hidden = false;
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || !changes.length) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  step(event.key === "ArrowDown" ? 1 : -1);
});

// What was in sight is remembered, for this reader alone: sent every few seconds at most.
const waiting = new Set();
const sent = new Set();
let timer = 0;
function send() {
  timer = 0;
  if (!waiting.size) return;
  const rows = [...waiting];
  waiting.clear();
  const token = desk.querySelector("[name=csrfmiddlewaretoken]");
  if (!token) return;
  fetch(desk.dataset.shown, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token.value },
    body: JSON.stringify(rows),
    keepalive: true,
  });
}
function shown(rows) {
  for (const row of rows) {
    if (sent.has(row)) continue;
    sent.add(row);
    waiting.add(row);
  }
  timer ||= setTimeout(send, 3000);
  const all = (listed) => listed.split(" ").every((row) => sent.has(row));
  for (const one of desk.querySelectorAll("[data-rows]")) {
    if (all(one.dataset.rows)) one.querySelector(".sub-seen").hidden = false;
  }
  // In any view: what was in sight a moment ago is no longer called not shown.
  for (const one of desk.querySelectorAll("[data-left-rows]")) if (all(one.dataset.leftRows)) one.remove();
  if (!desk.querySelector("[data-left-rows]")) desk.querySelector("[data-left]")?.remove();
}
document.addEventListener("visibilitychange", () => document.hidden && send());
// A signature brings with it what was not sent yet: two requests could overtake each other.
document.querySelector("form[action*='/sign/'], form[action*='/reaffirm/'], form[action*='/together/']")?.addEventListener("submit", (event) => {
  event.target.elements.shown.value = [...waiting].join(" ");
});

// Something was shown once its beginning and its end have been in sight.
function watch(element, rows) {
  const ends = [element.firstElementChild || element, element.lastElementChild || element];
  const left = new Set(ends);
  const eye = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) left.delete(entry.target);
    if (left.size) return;
    eye.disconnect();
    shown(rows);
  });
  for (const end of left) eye.observe(end);
}
for (const one of desk.querySelectorAll("[data-row]")) watch(one.querySelector(".diff-row") || one, [one.dataset.row]);

// The frame grows with its page, so that a phone has one thing to scroll.
function settle() {
  const inside = frame.contentDocument;
  if (!inside?.body || frame.dataset.settled) return;
  frame.dataset.settled = "yes";
  const grow = () => { frame.style.height = `${inside.documentElement.scrollHeight + 2}px`; };
  new ResizeObserver(grow).observe(inside.body);
  grow();
  for (const one of desk.querySelectorAll("[data-rows]")) {
    const place = inside.getElementById(one.dataset.anchor);
    if (!place) continue;
    watch(place, one.dataset.rows.split(" "));
    one.querySelector("a").addEventListener("click", (event) => {
      event.preventDefault();
      go(place);
    });
  }
  const asked = inside.getElementById(location.hash.replace(/^#at-/, ""));
  if (asked) go(asked);
}
function go(place) {
  const top = frame.getBoundingClientRect().top + place.getBoundingClientRect().top;
  window.scrollTo({ top: window.scrollY + top - head.offsetHeight - 12 });
}
if (frame) {
  frame.addEventListener("load", settle);
  if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.body?.childElementCount) settle();
}

// Words that are selected become the quote of a comment that is opened beside them.
let chosen = null;
function remember(selection) {
  if (!selection || selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  const words = range.cloneContents();
  for (const hidden of words.querySelectorAll(".diff-hidden")) hidden.remove();
  const text = words.textContent.replace(/\s+/g, " ").trim();
  if (text) chosen = { text: text.slice(0, 1000), at: range.commonAncestorContainer };
}
document.addEventListener("selectionchange", () => remember(document.getSelection()));
for (const details of desk.querySelectorAll(".sub-say")) {
  const quote = details.querySelector("[name=quote]");
  if (!quote) continue;
  details.addEventListener("toggle", () => {
    remember(frame?.contentDocument?.getSelection());
    const near = details.closest(".sub-change");
    const fits = chosen && (near ? near.contains(chosen.at) : chosen.at.ownerDocument !== document);
    if (!details.open || !fits) return;
    quote.value = chosen.text;
    const shownQuote = details.querySelector(".sub-quote");
    shownQuote.textContent = chosen.text;
    shownQuote.hidden = false;
    chosen = null;
  });
}
