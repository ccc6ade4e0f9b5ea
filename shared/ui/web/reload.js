// Development only (`cargo xtask web --watch`): reloads the page after each build.
const build = async () => (await fetch("/build.txt", { cache: "no-store" })).text();
let shown;
setInterval(async () => {
  try {
    const built = await build();
    if (shown !== undefined && built !== shown) location.reload();
    shown = built;
  } catch {
    // The server is restarting.
  }
}, 500);
