// Runs before the first paint, so that a dark page never flashes light. It is a file of its own because the page's
// Content-Security-Policy may forbid scripts that stand in the page. Its choice is that of src/core/theme.tsx.
(() => {
  let chosen = null;
  try {
    const { APP_ID } = JSON.parse(document.getElementById("env").textContent);
    chosen = localStorage.getItem(`${APP_ID.startsWith("{{") ? "dev" : APP_ID}:theme`);
  } catch {
    // This browser keeps nothing: the system's choice is taken.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
})();
