// A paste goes through the same cleaning as a saved text, before a word of it enters the text: the
// editor itself would run the cells of a table together and bring deleted words back.
document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => {
  const box = editor.view.dom;
  const form = textarea.form;
  const notice = document.createElement("div");
  notice.className = "paste-notice";
  notice.setAttribute("role", "status");
  box.after(notice);
  let waiting = 0;

  const say = (sentences, refused = false) => {
    notice.replaceChildren(
      ...sentences.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence })),
    );
    notice.classList.toggle("refused", refused);
  };

  const ask = async (data) => {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.set("under", textarea.dataset.under);
    body.set("html", data.html);
    body.set("text", data.text);
    const answer = await fetch(textarea.dataset.paste, { method: "POST", body });
    if (answer.ok || answer.status === 422) return answer.json();
    throw new Error(String(answer.status));
  };

  // Words that go into a line keep the space at their ends.
  const asPasted = (html, text) => {
    if (!/^<p>(?:(?!<p>).)*<\/p>$/.test(html)) return html;
    const before = /^[ \u00a0]/.test(text) ? " " : "";
    const after = /[ \u00a0]$/.test(text) ? " " : "";
    return html.replace(/^<p>(.*)<\/p>$/, `<p data-pm-slice="1 1 []">${before}$1${after}</p>`);
  };

  const insert = async (data) => {
    let { from, to } = editor.state.selection;
    const follow = ({ transaction }) => {
      from = transaction.mapping.map(from);
      to = transaction.mapping.map(to);
    };
    editor.on("transaction", follow);
    waiting += 1;
    say(["Reading what you pasted …"]);
    try {
      const { html, said = [], refused } = await ask(data);
      if (refused) {
        say(["Not pasted.", ...refused], true);
        return;
      }
      if (editor.state.selection.from !== from || editor.state.selection.to !== to) {
        editor.commands.setTextSelection({ from, to });
      }
      if (html) editor.view.pasteHTML(asPasted(html, data.text));
      say(html || said.length ? said : ["Nothing was pasted: the clipboard holds no words."]);
    } catch {
      say(["Not pasted: the site did not answer. Save elsewhere what you typed, log in again, and try once more."], true);
    } finally {
      editor.off("transaction", follow);
      waiting -= 1;
    }
  };

  const take = (event, transfer) => {
    const data = { html: transfer.getData("text/html"), text: transfer.getData("text/plain") };
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!editor.isEditable) return;
    if (data.html || data.text) insert(data);
    else say(["Not pasted: only text can stand here, no picture or file."], true);
  };

  box.addEventListener("paste", (event) => take(event, event.clipboardData), { capture: true });
  box.addEventListener(
    "drop",
    (event) => {
      // What is dragged within the text itself was cleaned before.
      if (editor.view.dragging) return;
      const place = editor.view.posAtCoords({ left: event.clientX, top: event.clientY });
      if (place) editor.commands.setTextSelection(place.pos);
      take(event, event.dataTransfer);
    },
    { capture: true },
  );
  form.addEventListener("submit", (event) => {
    if (!waiting) return;
    event.preventDefault();
    say(["Not saved yet: what you pasted is still being read. Save again in a moment."], true);
  });
});
