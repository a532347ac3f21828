import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, Output, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { idle, imageUrl, startScripted } from "./server.js";

const call = 'say <tool_call>\n{"name": "measure", "arguments": {"part": "shaft"}}\n</tool_call>';

let server;
let provider;

before(async () => {
  server = await startScripted();
  provider = createOpenAICompatible({
    name: "litre",
    baseURL: `${server.url}/v1`,
    apiKey: server.key,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
});

after(() => server.stop());

test("a question is answered", async () => {
  const { text, finishReason, usage } = await generateText({ model: provider("drawings"), prompt: "Hello" });
  assert.equal(text, "Hello [0 images, drawings]");
  assert.equal(finishReason, "stop");
  assert.ok(usage.outputTokens > 0);
});

test("an answer is streamed with its thought and usage", async () => {
  const result = streamText({ model: provider("nano"), prompt: "say <think>\nHm.\n</think>\n\nGreen" });
  let text = "";
  for await (const piece of result.textStream) text += piece;
  assert.equal(text, "Green");
  assert.equal(await result.reasoningText, "Hm.");
  assert.ok((await result.usage).outputTokens > 0);
});

test("images are seen", async () => {
  const content = [
    { type: "image", image: imageUrl() },
    { type: "image", image: imageUrl() },
    { type: "text", text: "Compare" },
  ];
  const { text } = await generateText({ model: provider("nano"), messages: [{ role: "user", content }] });
  assert.equal(text, "Compare [2 images, base]");
});

test("a function is run and its result returned, whole and as a stream", async () => {
  const tools = { measure: tool({ inputSchema: z.object({ part: z.string() }), execute: async ({ part }) => `${part}: 12 mm` }) };
  const whole = await generateText({ model: provider("nano"), prompt: call, tools, stopWhen: stepCountIs(2) });
  assert.match(whole.text, /shaft: 12 mm/);
  const streamed = streamText({ model: provider("nano"), prompt: call, tools, stopWhen: stepCountIs(2) });
  let text = "";
  for await (const piece of streamed.textStream) text += piece;
  assert.match(text, /shaft: 12 mm/);
});

test("an answer with a schema is parsed", async () => {
  const { output } = await generateText({
    model: provider("nano"),
    prompt: 'say {"part": "shaft", "length": 12.5}',
    output: Output.object({ schema: z.object({ part: z.string(), length: z.number() }) }),
  });
  assert.deepEqual(output, { part: "shaft", length: 12.5 });
});

test("errors are the client's own", async () => {
  await assert.rejects(generateText({ model: provider("unknown"), prompt: "Hello", maxRetries: 0 }), (error) => {
    assert.ok(APICallError.isInstance(error));
    assert.equal(error.statusCode, 404);
    assert.match(error.message, /unknown/);
    return true;
  });
});

test("an aborted stream frees its place", async () => {
  const abort = new AbortController();
  const result = streamText({ model: provider("nano"), prompt: "forever", maxOutputTokens: 4000, abortSignal: abort.signal });
  for await (const _ of result.textStream) abort.abort();
  await idle(server);
});
