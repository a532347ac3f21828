import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { idle, imageUrl, running, startScripted } from "./server.js";

const call = 'say <tool_call>\n{"name": "measure", "arguments": {"part": "shaft", "times": [1, 2]}}\n</tool_call>';
const tools = [
  {
    type: "function",
    function: {
      name: "measure",
      description: "Measures a part.",
      parameters: { type: "object", properties: { part: { type: "string" } } },
    },
  },
];

let server;
let client;

before(async () => {
  server = await startScripted();
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, maxRetries: 0 });
});

after(() => server.stop());

const ask = (content, more = {}) => client.chat.completions.create({ model: "nano", messages: [{ role: "user", content }], ...more });

const image = () => ({ type: "image_url", image_url: { url: imageUrl() } });

test("models are listed, and adapters name their base", async () => {
  const models = [];
  for await (const model of client.models.list()) models.push(model);
  assert.deepEqual(
    models.map((m) => [m.id, m.parent]),
    [
      ["nano", null],
      ["drawings", "nano"],
    ],
  );
  assert.equal((await client.models.retrieve("drawings")).id, "drawings");
});

test("a question is answered", async () => {
  const completion = await ask("Hello");
  assert.equal(completion.choices[0].message.content, "Hello [0 images, base]");
  assert.equal(completion.choices[0].finish_reason, "stop");
  assert.equal(completion.usage.total_tokens, completion.usage.prompt_tokens + completion.usage.completion_tokens);
});

test("an adapter is chosen by its name", async () => {
  assert.equal((await ask("Hello", { model: "drawings" })).choices[0].message.content, "Hello [0 images, drawings]");
});

test("an answer is streamed, with its usage at the end", async () => {
  const stream = await ask("say Größe 12 µm", { stream: true, stream_options: { include_usage: true } });
  let text = "";
  let chunks = 0;
  let usage;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? "";
    usage = chunk.usage ?? usage;
    chunks++;
  }
  assert.equal(text, "Größe 12 µm");
  assert.ok(chunks > 4);
  assert.equal(usage.completion_tokens, 4);
});

test("several images are seen", async () => {
  const completion = await ask([image(), image(), { type: "text", text: "Compare" }]);
  assert.equal(completion.choices[0].message.content, "Compare [2 images, base]");
});

test("a call arrives whole, and as a stream", async () => {
  const completion = await ask(call, { tools });
  const [whole] = completion.choices[0].message.tool_calls;
  assert.equal(completion.choices[0].finish_reason, "tool_calls");
  assert.deepEqual(JSON.parse(whole.function.arguments), { part: "shaft", times: [1, 2] });
  const stream = client.chat.completions.stream({ model: "nano", messages: [{ role: "user", content: call }], tools });
  const { message, finish_reason } = (await stream.finalChatCompletion()).choices[0];
  assert.equal(finish_reason, "tool_calls");
  assert.equal(message.tool_calls[0].function.name, "measure");
  assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { part: "shaft", times: [1, 2] });
});

test("the client runs a function and returns its result", async () => {
  const seen = [];
  const runner = client.chat.completions.runTools({
    model: "nano",
    messages: [{ role: "user", content: call }],
    tools: [
      {
        type: "function",
        function: {
          name: "measure",
          parameters: { type: "object", properties: { part: { type: "string" } } },
          parse: JSON.parse,
          function: (given) => {
            seen.push(given.part);
            return "12 mm";
          },
        },
      },
    ],
  });
  assert.equal(await runner.finalContent(), "12 mm [0 images, base]");
  assert.deepEqual(seen, ["shaft"]);
});

test("an answer with a schema is parsed", async () => {
  const shape = z.object({ part: z.string(), length: z.number() });
  const completion = await client.chat.completions.parse({
    model: "nano",
    messages: [{ role: "user", content: 'say {"part": "shaft", "length": 12.5}' }],
    response_format: zodResponseFormat(shape, "measure"),
  });
  assert.deepEqual(completion.choices[0].message.parsed, { part: "shaft", length: 12.5 });
});

test("log-probabilities are returned", async () => {
  const completion = await ask("say abcdef", { logprobs: true, top_logprobs: 2 });
  const content = completion.choices[0].logprobs.content;
  assert.equal(content.length, 2);
  assert.equal(content[0].logprob, -0.25);
  assert.equal(content[0].top_logprobs.length, 2);
});

test("errors are the client's own", async () => {
  const wrong = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "wrong", maxRetries: 0 });
  await assert.rejects(wrong.models.list(), OpenAI.AuthenticationError);
  await assert.rejects(ask("Hello", { model: "unknown" }), OpenAI.NotFoundError);
  await assert.rejects(ask("full"), OpenAI.RateLimitError);
  await assert.rejects(ask("Hello", { temperature: -1 }), OpenAI.BadRequestError);
  const bad = (url) => ask([{ type: "image_url", image_url: { url } }, { type: "text", text: "What?" }]);
  await assert.rejects(bad("data:image/png;base64,AAAA"), OpenAI.BadRequestError);
  await assert.rejects(bad("https://example.com/a.png"), OpenAI.BadRequestError);
  await assert.rejects(bad("file:///etc/passwd"), OpenAI.BadRequestError);
  await assert.rejects(ask(Array(5).fill(image())), OpenAI.BadRequestError);
});

test("an aborted stream frees its place", async () => {
  const abort = new AbortController();
  const stream = await client.chat.completions.create(
    { model: "nano", messages: [{ role: "user", content: "forever" }], max_tokens: 4000, stream: true },
    { signal: abort.signal },
  );
  for await (const _ of stream) {
    if (abort.signal.aborted) continue;
    assert.equal(await running(server), 1);
    abort.abort();
  }
  await idle(server);
});
