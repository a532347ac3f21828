#!/usr/bin/env python3
"""Measures the load of `litre bench --serve 64` with transformers' generate, for docs/serving.md.

    python3 benchmarks/peer_serve.py PEER.py [REQUESTS [NEW_TOKENS]]

PEER.py is the program that benchmarks/speed.sh runs as PEER: its model() is on the GPU, its batch(n) are n samples with an image each.
generate() starts a batch when all of its requests are there and returns it as a whole, so requests that arrive within a second either
wait for the last one, or are answered one after the other. Prints one JSON line for each.
"""
import importlib.util, json, statistics, sys, time
import torch

spec = importlib.util.spec_from_file_location("peer", sys.argv[1])
peer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(peer)
requests = int(sys.argv[2]) if len(sys.argv) > 2 else 64
tokens = int(sys.argv[3]) if len(sys.argv) > 3 else 128
model = peer.model().eval()
model.set_experts_implementation("grouped_mm")


def answer(data, tokens):
    torch.cuda.synchronize()
    start = time.time()
    with torch.no_grad():
        model.generate(**data, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, use_cache=True, pad_token_id=0)
    torch.cuda.synchronize()
    return time.time() - start


def inputs(count):
    data = peer.batch(count)
    data.pop("labels")
    return data


one = inputs(1)
answer(one, 4)
first = statistics.median(answer(one, 1) for _ in range(5))
alone = statistics.median(answer(one, tokens) for _ in range(2))
print(json.dumps(dict(peer="transformers", requests=1, new_tokens=tokens, first_token_s=round(first, 4), total_s=round(alone, 3))), flush=True)
print(json.dumps(dict(peer="transformers", how="one after the other", requests=requests, total_s=round(requests * alone, 2))), flush=True)
size = requests
while size >= 1:
    try:
        data = inputs(size)
        answer(data, 2)
        total = answer(data, tokens) * (requests // size)
        print(json.dumps(dict(peer="transformers", how=f"batches of {size} when all are there", requests=requests,
                              total_s=round(total, 2), with_arrival_s=round(total + 1, 2))), flush=True)
        break
    except torch.cuda.OutOfMemoryError:
        torch.cuda.empty_cache()
        size //= 2
