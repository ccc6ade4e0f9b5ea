// Subsets the fonts of the kiosk's slips, as static TrueType fonts that are committed with the kiosk's core.
//   node slip-fonts.mjs ../../../kiosk-app/core/fonts
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import subsetFont from "subset-font";

const [folder] = process.argv.slice(2);
const source = (family, file) => fileURLToPath(new URL(`node_modules/@fontsource-variable/${family}/${file}`, import.meta.url));

const range = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)).join("");

// Basic Latin and Latin-1, typographic punctuation, minus and multiplication sign.
const LATIN = range(0x20, 0x7e) + range(0xa0, 0xff) + "–—‘’“”•…−×";
// The whole Bangla block, the joiners, the danda, spaces and punctuation.
const BANGLA = range(0x980, 0x9ff) + "\u200c\u200d\u25cc\u0964\u0965" + " -–—,.:;!?()/%+×‘’“”…";
// OpenType features that form conjuncts and vowel signs.
const SHAPING =
  "locl nukt akhn rphf blwf half pstf vatu cjct init pres abvs blws psts haln ccmp rlig kern dist abvm blwm mark mkmk";

// Thermal printers have no grey: one weight above regular keeps thin strokes whole.
const fonts = [
  { family: "figtree", file: "figtree-latin-wght-normal.woff2", text: LATIN, variationAxes: { wght: 600 } },
  {
    family: "anek-bangla",
    file: "anek-bangla-bengali-wght-normal.woff2",
    text: BANGLA,
    variationAxes: { wght: 550 },
    keepFeatures: SHAPING.split(" "),
  },
];

await mkdir(folder, { recursive: true });
await Promise.all(
  fonts.map(async ({ family, file, text, ...options }) => {
    const whole = await readFile(source(family, `files/${file}`));
    const small = await subsetFont(whole, text, { targetFormat: "truetype", noHinting: true, ...options });
    await writeFile(join(folder, `${family}.ttf`), small);
    await writeFile(join(folder, `${family}-OFL.txt`), await readFile(source(family, "LICENSE")));
  }),
);
