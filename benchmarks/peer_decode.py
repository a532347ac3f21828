#!/usr/bin/env python3
"""Measures decoding by transformers for docs/performance.md: tokens per second of one answer after its second token.

    python3 benchmarks/peer_decode.py PEER.py

PEER.py is the program that benchmarks/speed.sh runs as PEER: its model() is on the GPU, its batch(1) is one sample with an image.
Prints one JSON line for each way to run the experts.
"""
import importlib.util, json, sys, time
import torch

spec = importlib.util.spec_from_file_location("peer", sys.argv[1])
peer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(peer)
model = peer.model().eval()
data = peer.batch(1)
data.pop("labels")


def answer(tokens):
    torch.cuda.synchronize()
    start = time.time()
    with torch.no_grad():
        ids = model.generate(**data, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, use_cache=True, pad_token_id=0)
    torch.cuda.synchronize()
    return time.time() - start, ids.shape[1] - data["input_ids"].shape[1]


for experts in ("grouped_mm", "eager"):
    model.set_experts_implementation(experts)
    answer(4)
    (short, few), (long, many) = answer(2), answer(34)
    print(json.dumps(dict(peer="transformers", experts=experts, decode_tokens_per_s=round((many - few) / (long - short), 2))), flush=True)
