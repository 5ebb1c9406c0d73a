// Each password field can show what was typed. Without this script the field works as ever.
for (const field of document.querySelectorAll('input[type="password"]')) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "desk-show";
  button.setAttribute("aria-controls", field.id);
  const toggle = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide the password" : "Show the password";
  };
  toggle(false);
  button.addEventListener("click", () => toggle(field.type === "password"));
  // A password never stays readable in what is sent or kept.
  field.form?.addEventListener("submit", () => toggle(false));
  field.after(button);
}
