// Applies the stored language and colour theme before the first paint.
(() => {
  const root = document.documentElement;
  try {
    const language = localStorage.getItem("cafeteria.language");
    if (language === "en" || language === "bn") root.lang = language;
    const theme = localStorage.getItem("cafeteria.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Without local storage, the page keeps its default language and the system's theme.
  }
})();
