// A button beside each value that is to be copied.
(() => {
  "use strict";
  const words = document.documentElement.lang === "es" ? ["Copiar", "Copiado"] : ["Copy", "Copied"];
  const furnish = (root) => {
    for (const box of root.querySelectorAll(".copied:not([data-ready])")) {
      box.dataset.ready = "";
      const field = box.querySelector("input");
      field.addEventListener("focus", () => field.select());
      if (!navigator.clipboard) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button plain small";
      button.textContent = words[0];
      const label = document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
      button.setAttribute("aria-label", `${words[0]}: ${label ? label.textContent.trim() : ""}`);
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(field.value);
        button.textContent = words[1];
        setTimeout(() => { button.textContent = words[0]; }, 2000);
      });
      box.append(button);
    }
  };
  furnish(document);
  document.addEventListener("htmx:after:swap", () => furnish(document));
})();
