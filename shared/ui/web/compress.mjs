// Compresses each file of a folder at the highest level into .br and .gz files beside it.
//   node compress.mjs FOLDER
import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const KINDS = new Set([".css", ".html", ".js", ".svg", ".wasm", ".webmanifest"]);
const [folder] = process.argv.slice(2);
const [small, smaller] = [promisify(gzip), promisify(brotliCompress)];

const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile() && KINDS.has(extname(entry.name)));
await Promise.all(
  files.map(async (file) => {
    const path = join(file.parentPath, file.name);
    const content = await readFile(path);
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    };
    await writeFile(`${path}.gz`, await small(content, { level: 9 }));
    await writeFile(`${path}.br`, await smaller(content, { params }));
  }),
);
