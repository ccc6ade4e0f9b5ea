// Starts the program of a page. The bundler resolves the two imports.
import start from "surface";
import program from "surface.wasm";

start({ module_or_path: fetch(program, { credentials: "same-origin" }) }).catch((error) => {
  console.error(error);
  // Shows the two sentences that the HTML page contains, one in each language.
  document.documentElement.classList.add("failed");
});
