#!/usr/bin/env python3
"""Loads adapters that Litre wrote with PEFT itself and compares the logits.

    litre verify adapters tests/reference/moe --output out/moe
    python3 tests/peers/check_adapters.py tests/reference/moe out/moe

Needs torch, transformers and peft. Exits with 1 where any logit differs by more than 2e-4.
"""

import pathlib
import sys

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText

TOLERANCE = 2e-4  # float32, as in `litre verify reference`


def inputs_of(expected, name):
    prefix = name + "."
    keys = ("input_ids", "mm_token_type_ids", "pixel_values", "image_grid_thw", "pixel_values_videos", "video_grid_thw")
    inputs = {key: expected[prefix + key] for key in keys if prefix + key in expected}
    for key in ("input_ids", "mm_token_type_ids"):
        if inputs[key].dim() == 1:
            inputs[key] = inputs[key][None]
    return inputs


def main(reference, written):
    reference, written = pathlib.Path(reference), pathlib.Path(written)
    expected = load_file(reference / "expected.safetensors")
    failed = 0
    for folder in sorted(path for path in written.iterdir() if path.is_dir()):
        model = AutoModelForImageTextToText.from_pretrained(reference / "model", dtype=torch.float32, attn_implementation="eager")
        base = {}
        logits = load_file(folder / "logits.safetensors")
        with torch.no_grad():
            for name in logits:
                base[name] = model(**inputs_of(expected, name)).logits[0]
        tuned = PeftModel.from_pretrained(model, folder).eval()
        for name, ours in sorted(logits.items()):
            with torch.no_grad():
                theirs = tuned(**inputs_of(expected, name)).logits[0]
            difference = (ours - theirs).abs().max().item()
            effect = (theirs - base[name]).abs().max().item()
            # An adapter that PEFT silently ignores would leave the base model's logits.
            good = difference <= TOLERANCE < effect
            failed += not good
            print(f"{'ok  ' if good else 'FAIL'} {folder.name:20} {name:12} largest difference {difference:.2e}, effect of the adapter {effect:.2e}")
    print("all adapters load in PEFT with the same logits" if not failed else f"{failed} comparisons failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
