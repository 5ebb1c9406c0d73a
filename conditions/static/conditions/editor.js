// The prose editor replaces a labelled textarea by a box that has no name for a screen reader: give it
// the textarea's label and help text.
document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => {
  // For what fills the box by itself (kept.js); before this, the textarea's own words are read.
  textarea.editor = editor;
  const label = textarea.labels[0];
  if (!label) return;
  label.id ||= `${textarea.id}_label`;
  const attributes = { "aria-labelledby": label.id, "aria-multiline": "true" };
  const help = document.getElementById(`${textarea.id}_helptext`);
  if (help) attributes["aria-describedby"] = help.id;
  editor.setOptions({ editorProps: { ...editor.options.editorProps, attributes } });
  label.addEventListener("click", () => editor.commands.focus());
});
