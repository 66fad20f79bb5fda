// What stands beside a button to copy is copied. Without this script it is selected by hand.
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.parentElement.querySelector("code");
    const label = button.textContent;
    let done = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      window.getSelection().selectAllChildren(code);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = label; }, 1600);
  });
}

// A link to what is folded unfolds it.
const unfold = () => {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
};
window.addEventListener("hashchange", unfold);
unfold();

// The style sheet shows folded parts where a screen is wide, and on paper; older browsers are told so here.
if (!CSS.supports("selector(::details-content)")) {
  const open = (selector) => { for (const part of document.querySelectorAll(selector)) part.open = true; };
  if (window.innerWidth > 760) open(".open-where-wide");
  window.addEventListener("beforeprint", () => open(".open-where-wide, .open-on-paper"));
}
