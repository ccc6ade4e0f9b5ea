// Subsets the fonts to the characters that the pages show.
//   node fonts.mjs FOLDER
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import subsetFont from "subset-font";

const [folder] = process.argv.slice(2);
const source = (family, file) =>
  fileURLToPath(new URL(`node_modules/@fontsource-variable/${family}/files/${file}`, import.meta.url));

const range = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)).join("");

// Basic Latin and Latin-1, typographic punctuation, arrows, minus and multiplication sign.
const LATIN = range(0x20, 0x7e) + range(0xa0, 0xff) + "–—‘’“”•…‹›←↑→↓−×";
// The whole Bangla block, the joiners, the danda, spaces and punctuation.
const BANGLA = range(0x980, 0x9ff) + "\u200c\u200d\u25cc\u0964\u0965" + " -–—,.:;!?()/%+×‘’“”…";
const TAKA = "\u09f3";
// The name of the language, on the language switch of a page in English.
const NAME = "বাংলা";

const FIGTREE = source("figtree", "figtree-latin-wght-normal.woff2");
const ANEK = source("anek-bangla", "anek-bangla-bengali-wght-normal.woff2");
const WEIGHTS = { wght: { min: 400, max: 800 } };
// OpenType features that form conjuncts and vowel signs.
const SHAPING =
  "locl nukt akhn rphf blwf half pstf vatu cjct init pres abvs blws psts haln ccmp rlig kern dist abvm blwm mark mkmk";

const fonts = [
  { name: "figtree", from: FIGTREE, text: LATIN, variationAxes: WEIGHTS },
  // Two fixed weights take two thirds of the size of the variable font: variation data of the conjuncts dominates it.
  { name: "anek-bangla-regular", from: ANEK, text: BANGLA, variationAxes: { wght: 420 }, keepFeatures: SHAPING.split(" ") },
  { name: "anek-bangla-bold", from: ANEK, text: BANGLA, variationAxes: { wght: 650 }, keepFeatures: SHAPING.split(" ") },
  // The Bangla characters on pages in English: the name of the language and the taka sign.
  { name: "bangla-name", from: ANEK, text: NAME, variationAxes: { wght: 600 }, keepFeatures: SHAPING.split(" ") },
  { name: "taka", from: ANEK, text: TAKA, variationAxes: WEIGHTS, keepFeatures: [] },
];

await mkdir(folder, { recursive: true });
await Promise.all(
  fonts.map(async ({ name, from, text, ...options }) => {
    const small = await subsetFont(await readFile(from), text, { targetFormat: "woff2", noHinting: true, ...options });
    await writeFile(join(folder, `${name}.woff2`), small);
  }),
);
