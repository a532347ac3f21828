import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { idle, imageBytes, running, startScripted } from "./server.js";

const call = 'say I measure.\n<tool_call>\n{"name": "measure", "arguments": {"part": "shaft", "times": [1, 2]}}\n</tool_call>';
const tools = [
  { name: "measure", description: "Measures a part.", input_schema: { type: "object", properties: { part: { type: "string" } } } },
];

let server;
let client;

before(async () => {
  server = await startScripted();
  client = new Anthropic({ baseURL: server.url, apiKey: server.key, maxRetries: 0 });
});

after(() => server.stop());

const ask = (content, more = {}) =>
  client.messages.create({ model: "nano", max_tokens: 200, messages: [{ role: "user", content }], ...more });

const image = () => ({ type: "image", source: { type: "base64", media_type: "image/png", data: imageBytes() } });

test("models are listed", async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.deepEqual(ids, ["nano", "drawings"]);
});

test("a question is answered", async () => {
  const message = await ask("Hello");
  assert.equal(message.content[0].text, "Hello [0 images, base]");
  assert.equal(message.stop_reason, "end_turn");
  assert.ok(message.usage.output_tokens > 0);
});

test("an adapter is chosen by its name", async () => {
  const message = await ask("Hello", { model: "drawings" });
  assert.equal(message.content[0].text, "Hello [0 images, drawings]");
});

test("an answer is streamed", async () => {
  const stream = client.messages.stream({ model: "nano", max_tokens: 200, messages: [{ role: "user", content: "say Größe 12 µm" }] });
  const pieces = [];
  stream.on("text", (piece) => pieces.push(piece));
  const message = await stream.finalMessage();
  assert.ok(pieces.length > 2);
  assert.equal(pieces.join(""), "Größe 12 µm");
  assert.equal(message.content[0].text, "Größe 12 µm");
  assert.equal(message.usage.output_tokens, 4);
});

test("images are seen, in questions and in results of calls", async () => {
  const one = await ask([image(), image(), { type: "text", text: "Compare" }]);
  assert.equal(one.content[0].text, "Compare [2 images, base]");
  const result = await client.messages.create({
    model: "nano",
    max_tokens: 200,
    tools,
    messages: [
      { role: "user", content: [image(), { type: "text", text: "Measure" }] },
      { role: "assistant", content: [{ type: "tool_use", id: "a", name: "measure", input: { part: "shaft" } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "12" }, image()] }] },
    ],
  });
  assert.equal(result.content[0].text, "12 [2 images, base]");
});

test("a call arrives whole, and as a stream", async () => {
  const message = await ask(call, { tools });
  assert.deepEqual(
    message.content.map((block) => block.type),
    ["text", "tool_use"],
  );
  assert.deepEqual(message.content[1].input, { part: "shaft", times: [1, 2] });
  assert.equal(message.stop_reason, "tool_use");
  const stream = client.messages.stream({ model: "nano", max_tokens: 200, tools, messages: [{ role: "user", content: call }] });
  let partial = 0;
  stream.on("inputJson", () => partial++);
  const streamed = await stream.finalMessage();
  assert.ok(partial > 3);
  assert.equal(streamed.content[0].text, "I measure.");
  assert.deepEqual(streamed.content[1].input, { part: "shaft", times: [1, 2] });
  assert.equal(streamed.stop_reason, "tool_use");
});

test("a thought is a block of its own if it is asked for", async () => {
  const question = "say <think>\nHm.\n</think>\n\nGreen";
  const stream = client.messages.stream({
    model: "nano",
    max_tokens: 2000,
    thinking: { type: "enabled", budget_tokens: 1024 },
    messages: [{ role: "user", content: question }],
  });
  const message = await stream.finalMessage();
  assert.equal(message.content[0].thinking, "Hm.");
  assert.equal(message.content[1].text, "Green");
  assert.deepEqual(
    (await ask(question)).content.map((block) => block.text),
    ["Green"],
  );
});

test("stop sequences and the limit of tokens end an answer", async () => {
  const stopped = await ask("say one END two", { stop_sequences: ["END"] });
  assert.equal(stopped.stop_reason, "stop_sequence");
  assert.equal(stopped.stop_sequence, "END");
  assert.equal((await ask("say one two", { max_tokens: 1 })).stop_reason, "max_tokens");
});

test("tokens are counted", async () => {
  const count = (content) => client.messages.countTokens({ model: "nano", messages: [{ role: "user", content }] });
  const text = (await count("Hello")).input_tokens;
  assert.ok(text > 0);
  assert.ok((await count([image(), { type: "text", text: "Hello" }])).input_tokens > text);
});

test("errors are the client's own", async () => {
  const wrong = new Anthropic({ baseURL: server.url, apiKey: "wrong", maxRetries: 0 });
  const refused = wrong.messages.create({ model: "nano", max_tokens: 1, messages: [{ role: "user", content: "a" }] });
  await assert.rejects(refused, Anthropic.AuthenticationError);
  await assert.rejects(ask("Hello", { model: "claude-unknown" }), Anthropic.NotFoundError);
  await assert.rejects(ask("full"), Anthropic.RateLimitError);
  const bad = (source) => ask([{ type: "image", source }, { type: "text", text: "What?" }]);
  await assert.rejects(bad({ type: "base64", media_type: "image/png", data: "AAAA" }), Anthropic.BadRequestError);
  await assert.rejects(bad({ type: "url", url: "https://example.com/a.png" }), (error) => {
    assert.ok(error instanceof Anthropic.BadRequestError);
    assert.match(error.message, /opens no address/);
    assert.match(error.requestID ?? error.error.request_id, /^req_/);
    return true;
  });
});

test("a failure within a stream is an error", async () => {
  const stream = client.messages.stream({ model: "nano", max_tokens: 200, messages: [{ role: "user", content: "fail" }] });
  await assert.rejects(stream.finalMessage(), Anthropic.APIError);
});

test("an aborted stream frees its place", async () => {
  const stream = client.messages.stream({ model: "nano", max_tokens: 4000, messages: [{ role: "user", content: "forever" }] });
  await new Promise((resolve) => stream.once("text", resolve));
  assert.equal(await running(server), 1);
  stream.abort();
  await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
  await idle(server);
});
