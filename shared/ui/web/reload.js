// Only while the pages are being written (`cargo xtask web --watch`): shows the new ones as soon as they are built.
const build = async () => (await fetch("/build.txt", { cache: "no-store" })).text();
let shown;
setInterval(async () => {
  try {
    const built = await build();
    if (shown !== undefined && built !== shown) location.reload();
    shown = built;
  } catch {
    // The server is being started again.
  }
}, 500);
