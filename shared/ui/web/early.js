// What has to be known before anything is drawn: the language and the colours that were chosen last time.
(() => {
  const root = document.documentElement;
  try {
    const language = localStorage.getItem("cafeteria.language");
    if (language === "en" || language === "bn") root.lang = language;
    const theme = localStorage.getItem("cafeteria.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Without a memory, the page is in its first language and in the system's colours.
  }
})();
