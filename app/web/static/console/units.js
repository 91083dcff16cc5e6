// The tree of units as a tree view: arrows, opening and closing, and a unit dragged onto another one.
(() => {
  "use strict";

  const tree = document.getElementById("units");
  if (!tree) return;
  const items = [...tree.querySelectorAll(".unit")];
  const below = (item) => item.parentElement.querySelector(":scope > ul");
  const above = (item) => item.closest("ul").closest("li")?.querySelector(":scope > .unit");
  const shown = () => items.filter((item) => item.offsetParent !== null);

  tree.setAttribute("role", "tree");
  for (const item of items) {
    item.parentElement.setAttribute("role", "none");
    item.setAttribute("role", "treeitem");
    item.tabIndex = item === items[0] ? 0 : -1;
    const list = below(item);
    if (list) {
      list.setAttribute("role", "group");
      item.setAttribute("aria-expanded", "true");
    }
  }
  const go = (item) => {
    if (!item) return;
    for (const one of items) one.tabIndex = one === item ? 0 : -1;
    item.focus();
  };
  const open = (item, is) => item.hasAttribute("aria-expanded") && item.setAttribute("aria-expanded", String(is));
  const isOpen = (item) => item.getAttribute("aria-expanded") === "true";

  tree.addEventListener("keydown", (event) => {
    const item = event.target.closest(".unit");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = shown(), place = all.indexOf(item);
    const acts = {
      ArrowDown: () => go(all[place + 1]),
      ArrowUp: () => go(all[place - 1]),
      Home: () => go(all[0]),
      End: () => go(all.at(-1)),
      ArrowRight: () => (below(item) && !isOpen(item) ? open(item, true) : go(below(item)?.querySelector(".unit"))),
      ArrowLeft: () => (isOpen(item) ? open(item, false) : go(above(item))),
      " ": () => item.click(),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
  tree.addEventListener("click", (event) => {
    const caret = event.target.closest(".caret");
    const item = caret?.closest("[aria-expanded]");
    if (!item) return;
    event.preventDefault();
    open(item, !isOpen(item));
  });

  // Dragged onto another one, it leads to the page that says what moving it would mean.
  let dragged = null;
  for (const item of items) {
    item.draggable = item.dataset.movable !== undefined;
    item.addEventListener("dragstart", (event) => {
      dragged = item;
      event.dataTransfer.setData("text/plain", item.dataset.unit);
    });
    const fits = () => dragged && dragged !== item && !dragged.parentElement.contains(item) && above(dragged) !== item;
    item.addEventListener("dragover", (event) => {
      if (!fits()) return;
      event.preventDefault();
      item.classList.add("over");
    });
    item.addEventListener("dragleave", () => item.classList.remove("over"));
    item.addEventListener("drop", (event) => {
      event.preventDefault();
      if (fits()) location.assign(`${dragged.href}/move?parent=${encodeURIComponent(item.dataset.unit)}`);
    });
    item.addEventListener("dragend", () => {
      dragged = null;
      for (const one of items) one.classList.remove("over");
    });
  }
})();
