// What stands beside the form: who else has it open, and the page as patients will see it.
const form = document.getElementById("condition_form");
const others = form.querySelector(".write-others");
const pane = form.querySelector(".write-pane");
const frame = pane.querySelector("iframe");
const toggle = form.querySelector("[data-pane]");
const preview = form.querySelector("button[formaction]");
const WIDE = matchMedia("(min-width: 75rem)");

// --- Who else

const ask = async () => {
  if (document.hidden) return;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  try {
    const answer = await fetch(form.dataset.open, { method: "POST", body });
    if (!answer.ok) return;
    const found = (await answer.json()).others;
    const now = [...others.children].map((one) => one.textContent);
    // Said again only when it changed.
    if (found.join() === now.join()) return;
    others.replaceChildren(
      ...found.map((words) => Object.assign(document.createElement("p"), { textContent: words })),
    );
  } catch {
    // Without an answer nothing is known of others; the next one asks again.
  }
};
if (form.dataset.open) {
  ask();
  setInterval(ask, 25_000);
}

// --- The page beside it

let timer = 0;
let place = "main";

const show = () => {
  clearTimeout(timer);
  if (pane.hidden) return;
  const sent = document.createElement("form");
  Object.assign(sent, { method: "post", action: preview.formAction, target: frame.name, hidden: true });
  for (const [name, value] of new FormData(form)) {
    sent.append(Object.assign(document.createElement("textarea"), { name, value }));
  }
  document.body.append(sent);
  sent.submit();
  sent.remove();
};

const follow = () => {
  const page = frame.contentDocument;
  (page?.getElementById(place) ?? page?.getElementById("main"))?.scrollIntoView();
};

const turn = (on) => {
  pane.hidden = !on;
  form.classList.toggle("with-pane", on);
  toggle.setAttribute("aria-pressed", String(on));
  show();
};

const fits = () => {
  toggle.hidden = !WIDE.matches;
  if (!WIDE.matches) turn(false);
};

toggle.addEventListener("click", () => turn(pane.hidden));
frame.addEventListener("load", follow);
WIDE.addEventListener("change", fits);
fits();
form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(show, 1200);
});
form.addEventListener("focusin", ({ target }) => {
  const anchor = target.closest("[data-anchor]")?.dataset.anchor;
  if (!anchor || anchor === place) return;
  place = anchor;
  if (!pane.hidden) follow();
});
