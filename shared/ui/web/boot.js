// Starts the program of a page. What the two imports are is said when the files are built.
import start from "surface";
import program from "surface.wasm";

start({ module_or_path: fetch(program, { credentials: "same-origin" }) }).catch((error) => {
  console.error(error);
  // Two sentences that are in the page already, in both languages; a page that is shown says so by itself.
  document.documentElement.classList.add("failed");
});
