/* Light, dark, or as the system has it. Runs before the first paint (no flash), so it is a classic script. */
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // Storage is switched off: the toggle then lasts for this page.
    }
  };
  const current = () => root.dataset.theme ?? (system.matches ? "dark" : "light");
  const label = () => {
    const next = current() === "dark" ? "light" : "dark";
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-label", `Switch to the ${next} theme`);
    }
  };

  if (["light", "dark"].includes(chosen())) root.dataset.theme = chosen();
  system.addEventListener("change", label);
  addEventListener("storage", ({ key, newValue }) => {
    if (key !== "theme") return;
    root.dataset.theme = newValue;
    label();
  });
  addEventListener("DOMContentLoaded", () => {
    label();
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.addEventListener("click", () => {
        root.dataset.theme = current() === "dark" ? "light" : "dark";
        label();
        try {
          localStorage.setItem("theme", root.dataset.theme);
        } catch {
          return;
        }
      });
    }
  });
})();
