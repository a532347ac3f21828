// Starts a server for a test file. Each has its own, on a free port, with its own keys and audit log.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** An image as base64. */
export const imageBytes = () => readFileSync(join(root, "tests/reference/images/3_64x64.png")).toString("base64");

/** An image as a data URL. */
export const imageUrl = () => `data:image/png;base64,${imageBytes()}`;

/** A server with scripted answers, which it writes as one line with its address and a key. */
export async function startScripted() {
  const program = join(root, "tests/Litre.Server.ClientHost/bin/Debug/net10.0/Litre.Server.ClientHost.dll");
  const child = spawn("dotnet", [program], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise((resolve, reject) => {
    lines.once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}; build the solution first`)));
  });
  const { url, key } = JSON.parse(first);
  const stop = () =>
    new Promise((resolve) => {
      child.removeAllListeners("exit");
      child.once("exit", resolve);
      child.stdin.end();
    });
  return { url, key, stop };
}

/** litre-server with the small model, which needs no key. */
export async function startModel() {
  const program = join(root, "src/Litre.Server/bin/Debug/net10.0/litre-server.dll");
  const state = mkdtempSync(join(tmpdir(), "litre-clients-"));
  const settings = ["--model", join(root, "assets/litre-nano"), "--port", "0", "--device", "cpu", "--max-tokens", "1000"];
  const child = spawn("dotnet", [program, ...settings], {
    env: { ...process.env, LITRE_STATE: state },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (data) => (errors += data));
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = / at (http\S+)\/v1 /.exec(line);
      if (found) resolve(found[1]);
    });
    child.once("exit", (code) => reject(new Error(`litre-server ended with ${code}: ${errors}`)));
  });
  const stop = async () => {
    child.removeAllListeners("exit");
    const code = await new Promise((resolve) => {
      child.once("exit", resolve);
      child.kill("SIGTERM");
    });
    rmSync(state, { recursive: true });
    if (code !== 0) throw new Error(`litre-server ended with ${code}: ${errors}`);
  };
  return { url, key: "none", stop };
}

/** The number of answers that are being generated. */
export async function running(server) {
  const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.key}` } });
  const line = (await response.text()).split("\n").find((l) => l.startsWith("vllm:num_requests_running"));
  return Number(line.split(" ").at(-1));
}

/** Waits until nothing is generated any more. */
export async function idle(server) {
  for (let i = 0; i < 100; i++) {
    if ((await running(server)) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("an answer that was canceled is still generated after 10 seconds");
}
