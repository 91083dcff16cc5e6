// What the pages on role mapping do beyond forms and links. Everything works without it.
(() => {
  "use strict";

  // What is of use with scripts only.
  for (const one of document.querySelectorAll(".scripted")) one.hidden = false;

  // Another line of the same kind, empty.
  document.addEventListener("click", (event) => {
    const adds = event.target.closest("[data-adds]");
    if (!adds) return;
    const lines = document.querySelector(`[data-lines="${CSS.escape(adds.dataset.adds)}"]`);
    const line = lines.lastElementChild.cloneNode(true);
    for (const field of line.querySelectorAll("select")) field.selectedIndex = 0;
    lines.append(line);
    line.querySelector("select").focus();
  });

  // What takes its time says so, and is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-waits]");
    if (!form || event.defaultPrevented) return;
    const button = form.querySelector("button:not([type=button])");
    const words = document.createElement("p");
    words.className = "computing";
    words.setAttribute("role", "status");
    const spinner = document.createElement("span");
    spinner.className = "spinner";
    spinner.setAttribute("aria-hidden", "true");
    words.append(spinner, form.dataset.waits);
    button.after(words);
    setTimeout(() => { button.disabled = true; });
  });
  // Whoever comes back finds the form as it was.
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const one of document.querySelectorAll("form[data-waits] .computing")) one.remove();
    for (const one of document.querySelectorAll("form[data-waits] button:disabled")) one.disabled = false;
  });
})();
