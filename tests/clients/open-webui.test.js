// What Open WebUI sends when it connects and answers, as plain HTTP.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { imageUrl, startScripted } from "./server.js";

let server;

before(async () => {
  server = await startScripted();
});

after(() => server.stop());

const request = (path, body, key = server.key) =>
  fetch(`${server.url}${path}`, {
    method: body ? "POST" : "GET",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "accept-encoding": "gzip, deflate, br" },
    body: body && JSON.stringify(body),
  });

test("the connection is verified, with one slash or two", async () => {
  for (const path of ["/v1/models", "/v1//models"]) {
    const response = await request(path);
    assert.equal(response.status, 200);
    assert.deepEqual(
      (await response.json()).data.map((m) => m.id),
      ["nano", "drawings"],
    );
  }
  assert.equal((await request("/v1/models", undefined, "wrong")).status, 401);
});

test("chats are streamed without compression, next to requests for titles and tags", async () => {
  const chat = request("/v1/chat/completions", {
    model: "drawings",
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      { role: "system", content: "Answer in English." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: imageUrl() } },
        ],
      },
    ],
  });
  const tasks = Array.from({ length: 4 }, (_, i) =>
    request("/v1/chat/completions", {
      model: "nano",
      stream: false,
      max_completion_tokens: 1000,
      messages: [{ role: "user", content: `say {"title": "Drawing ${i}"}` }],
      metadata: { task: "title_generation" },
    }),
  );
  const response = await chat;
  assert.equal(response.headers.get("content-encoding"), null);
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  const lines = (await response.text()).split("\n").filter((l) => l.startsWith("data: "));
  assert.equal(lines.at(-1), "data: [DONE]");
  const chunks = lines.slice(0, -1).map((l) => JSON.parse(l.slice(6)));
  assert.equal(chunks.map((c) => c.choices[0]?.delta.content ?? "").join(""), "What is this? [1 image, drawings]");
  assert.deepEqual(chunks.at(-1).choices, []);
  assert.ok(chunks.at(-1).usage.total_tokens > 0);
  for (const [i, task] of tasks.entries()) {
    const answer = await (await task).json();
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { title: `Drawing ${i}` });
  }
});
