// The small model behind litre-server: real answers, constrained where a client asks for a form.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Output, generateText } from "ai";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { idle, imageBytes, imageUrl, running, startModel } from "./server.js";

const parameters = {
  type: "object",
  properties: { part: { type: "string", enum: ["shaft", "hole"] }, length: { type: "integer", minimum: 0, maximum: 999 } },
  required: ["part", "length"],
  additionalProperties: false,
};

const tools = [
  { type: "function", function: { name: "measure", parameters } },
  { type: "function", function: { name: "stop", parameters: { type: "object", properties: {}, additionalProperties: false } } },
];

const question = [
  { type: "image_url", image_url: { url: imageUrl() } },
  { type: "text", text: "What is the diameter?" },
];

let server;
let openai;
let anthropic;

before(async () => {
  server = await startModel();
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: server.url, apiKey: server.key, maxRetries: 0 });
});

after(() => server.stop());

const ask = (content, more = {}) =>
  openai.chat.completions.create({ model: "litre-nano", messages: [{ role: "user", content }], max_tokens: 200, temperature: 0, ...more });

const assertMeasure = (call) => {
  assert.ok(["shaft", "hole"].includes(call.part));
  assert.ok(Number.isInteger(call.length) && call.length >= 0 && call.length <= 999);
};

test("both protocols give the same answer, whole and as a stream", async () => {
  const whole = (await ask(question)).choices[0].message.content;
  let streamed = "";
  for await (const chunk of await ask(question, { stream: true })) streamed += chunk.choices[0]?.delta?.content ?? "";
  assert.equal(streamed, whole);
  const messages = [
    {
      role: "user",
      content: [
        { type: "image", source: { type: "base64", media_type: "image/png", data: imageBytes() } },
        { type: "text", text: "What is the diameter?" },
      ],
    },
  ];
  const message = await anthropic.messages.create({ model: "litre-nano", max_tokens: 60, temperature: 0, messages });
  assert.equal(message.content[0].text, whole);
  const counted = await anthropic.messages.countTokens({ model: "litre-nano", messages });
  assert.equal(counted.input_tokens, message.usage.input_tokens + message.usage.cache_read_input_tokens);
});

test("a call that is required has arguments of its schema", async () => {
  const required = await ask("Measure the shaft.", { tools, tool_choice: "required" });
  const { name, arguments: given } = required.choices[0].message.tool_calls[0].function;
  assert.ok(["measure", "stop"].includes(name));
  if (name === "measure") assertMeasure(JSON.parse(given));
  const named = openai.chat.completions.stream({
    model: "litre-nano",
    messages: [{ role: "user", content: "Measure the shaft." }],
    max_tokens: 200,
    tools,
    tool_choice: { type: "function", function: { name: "measure" } },
  });
  const choice = (await named.finalChatCompletion()).choices[0];
  assert.equal(choice.finish_reason, "tool_calls");
  assertMeasure(JSON.parse(choice.message.tool_calls[0].function.arguments));
  const message = await anthropic.messages.create({
    model: "litre-nano",
    max_tokens: 200,
    messages: [{ role: "user", content: "Measure the shaft." }],
    tools: [{ name: "measure", input_schema: parameters }],
    tool_choice: { type: "tool", name: "measure" },
  });
  assert.equal(message.stop_reason, "tool_use");
  assertMeasure(message.content[0].input);
});

test("answers with a schema are parsed by each client", async () => {
  const shape = z.object({ part: z.enum(["shaft", "hole"]), length: z.number(), through: z.boolean() });
  const { choices } = await openai.chat.completions.parse({
    model: "litre-nano",
    messages: [{ role: "user", content: question }],
    max_tokens: 200,
    response_format: zodResponseFormat(shape, "measure"),
  });
  assert.ok(shape.safeParse(choices[0].message.parsed).success);
  const provider = createOpenAICompatible({
    name: "litre",
    baseURL: `${server.url}/v1`,
    apiKey: server.key,
    supportsStructuredOutputs: true,
  });
  const { output } = await generateText({ model: provider("litre-nano"), prompt: "Measure.", output: Output.object({ schema: shape }) });
  assert.ok(shape.safeParse(output).success);
});

test("log-probabilities belong to the tokens of the answer", async () => {
  const [choice] = (await ask(question, { logprobs: true, top_logprobs: 3 })).choices;
  const tokens = choice.logprobs.content;
  const text = Buffer.from(tokens.flatMap((t) => t.bytes)).toString();
  assert.ok(text.startsWith(choice.message.content));
  for (const token of tokens) {
    assert.equal(token.top_logprobs.length, 3);
    // Greedy: the token is the most likely one.
    assert.ok(Math.abs(token.logprob - token.top_logprobs[0].logprob) < 1e-6);
  }
});

test("an aborted stream frees its place", async () => {
  const abort = new AbortController();
  const stream = await openai.chat.completions.create(
    {
      model: "litre-nano",
      messages: [{ role: "user", content: "Count." }],
      max_tokens: 900,
      stream: true,
      structured_outputs: { regex: "[ab]{900}" },
    },
    { signal: abort.signal },
  );
  for await (const _ of stream) {
    if (abort.signal.aborted) continue;
    assert.equal(await running(server), 1);
    abort.abort();
  }
  await idle(server);
});
