// What the console does beyond forms and links. Everything works without it.
(() => {
  "use strict";

  // "/" leads to the search, as in other consoles; not while somebody types.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (field) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  });

  // A box that ticks all others of its form.
  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-ticks]");
    if (!all) return;
    for (const box of document.querySelectorAll(`input[name="${CSS.escape(all.dataset.ticks)}"]:not(:disabled)`)) box.checked = all.checked;
  });
})();
