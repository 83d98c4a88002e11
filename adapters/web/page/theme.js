// Light or dark, decided before the first paint; what the fan chose wins over the system.
(() => {
  const KEY = "tifo.theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const read = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off
    }
  };

  const apply = () => {
    const theme = read() ?? (system.matches ? "dark" : "light");
    root.dataset.theme = theme;
    const bar = document.querySelector('meta[name="theme-color"]');
    bar.content = theme === "dark" ? "#16201d" : "#ffffff";
  };

  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", () => {
      const next = root.dataset.theme === "dark" ? "light" : "dark";
      try {
        localStorage.setItem(KEY, next);
        apply();
      } catch {
        root.dataset.theme = next;
      }
    });
  });
})();
