// The sheet of a role: found as one types, and what comes from above as one chooses. All of it is told without, too.
(() => {
  "use strict";

  const sheet = document.getElementById("sheet");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  // Lines that have the words; what they stand in goes if none of its lines is left.
  const find = (words) => {
    const wanted = plain(words).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const line of sheet.querySelectorAll(".sheet > .line")) {
      if (line.dataset.left === undefined) line.dataset.left = line.hidden ? "1" : "";
      line.text ??= plain(line.querySelector(".what").textContent);
      line.hidden = wanted.length ? !wanted.every((word) => line.text.includes(word)) : false;
      found += !line.hidden;
    }
    for (const part of [...sheet.querySelectorAll(".group"), ...sheet.querySelectorAll(".tab")]) {
      const lines = part.querySelectorAll(".sheet > .line");
      part.hidden = lines.length > 0 && [...lines].every((line) => line.hidden);
    }
    document.querySelector(".none-found").hidden = found > 0;
  };
  const box = document.querySelector("[data-tree] #q");
  if (box && sheet) {
    box.addEventListener("input", () => find(box.value));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && document.getElementById("editing")) event.preventDefault();
    });
  }

  const form = document.getElementById("editing");
  if (!form) return;
  const base = new Map(JSON.parse(form.elements.base.value).map(([node, effect, when, unless]) => [node, [effect, when || "", unless || ""].join("\n")]));
  const field = (name, node) => form.elements[`${name}:${node}`];
  const effect = (node) => field("node", node)?.value || "unset";
  const depends = (node) => Boolean(field("if", node)?.value || field("but", node)?.value);

  // The nodes above a line, as the page nests them.
  const above = (line) => {
    const nodes = [];
    const group = line.closest(".group");
    if (group && !line.matches(".group > .node")) nodes.push(group.querySelector(":scope > .node").dataset.node);
    const tab = line.closest(".tab[data-above]");
    if (tab && !line.matches(".tab > .node")) nodes.push(tab.querySelector(":scope > .node").dataset.node);
    if (line.dataset.node !== "*") nodes.push("*");
    return nodes;
  };
  const tell = (line) => {
    const place = line.querySelector("[data-above]");
    if (!place) return;
    const saying = ["deny", "allow"].map((one) => [one, above(line).filter((node) => effect(node) === one)]).find(([, nodes]) => nodes.length);
    if (!saying) {
      place.replaceChildren();
      return;
    }
    const outright = saying[1].filter((node) => !depends(node));
    const code = document.createElement("code");
    code.textContent = (outright.length ? outright : saying[1]).map((node) => (node === "*" ? node : `${node}.*`)).join(", ");
    place.replaceChildren(`${form.dataset[saying[0]]} `, code, outright.length ? "" : ` ${form.dataset.if}`);
  };
  const lines = [...form.querySelectorAll("[data-node]")];
  const look = (all) => {
    let changed = 0;
    for (const line of lines) {
      const node = line.dataset.node;
      const now = effect(node) === "unset" ? "unset\n\n" : [effect(node), field("if", node)?.value || "", effect(node) === "allow" ? field("but", node)?.value || "" : ""].join("\n");
      const is = now !== (base.get(node) || "unset\n\n");
      line.classList.toggle("touched", is);
      changed += is;
      if (all) tell(line);
    }
    form.querySelector("[data-count]").textContent = changed ? `${form.dataset.changes}: ${changed}` : "";
  };
  form.addEventListener("change", () => look(true));
  form.addEventListener("input", (event) => event.target.matches(".terms input") && look(false));
  look(false);
})();
