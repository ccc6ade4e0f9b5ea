// Makes the fonts small: of each, only the characters that the pages show.
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

// Basic Latin and Latin-1, the punctuation of good texts, arrows, the minus and the product of a price.
const LATIN = range(0x20, 0x7e) + range(0xa0, 0xff) + "–—‘’“”•…‹›←↑→↓−×";
// The whole block, the joiners, the danda, and what stands between words.
const BANGLA = range(0x980, 0x9ff) + "\u200c\u200d\u25cc\u0964\u0965" + " -–—,.:;!?()/%+×‘’“”…";
const TAKA = "\u09f3";
// The name of the language, which leads there from a page in English.
const NAME = "বাংলা";

const FIGTREE = source("figtree", "figtree-latin-wght-normal.woff2");
const ANEK = source("anek-bangla", "anek-bangla-bengali-wght-normal.woff2");
const WEIGHTS = { wght: { min: 400, max: 800 } };
// What its conjuncts and vowel signs are made with.
const SHAPING =
  "locl nukt akhn rphf blwf half pstf vatu cjct init pres abvs blws psts haln ccmp rlig kern dist abvm blwm mark mkmk";

const fonts = [
  { name: "figtree", from: FIGTREE, text: LATIN, variationAxes: WEIGHTS },
  // Two weights take two thirds of what all of them do: of so many conjuncts, most of the file is how they vary.
  { name: "anek-bangla-regular", from: ANEK, text: BANGLA, variationAxes: { wght: 420 }, keepFeatures: SHAPING.split(" ") },
  { name: "anek-bangla-bold", from: ANEK, text: BANGLA, variationAxes: { wght: 650 }, keepFeatures: SHAPING.split(" ") },
  // What pages in English need of it: the name of the language, and the sign of the money.
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
