#!/usr/bin/env python3
"""Makes reference directories of other sizes than tests/reference/{dense,moe}, with that directory's own generator.

    python3 tests/peers/generate_variants.py OUT

Needs torch, transformers and peft. `tests/reference/mixed` is the variant of that name.
"""

import pathlib
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1] / "reference" / "generate.py"
ALL_TEXT = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
VISION = r".*(language_model.*\.(q_proj|v_proj)|visual.*\.(qkv|linear_fc1|linear_fc2))"


def main(out):
    # Only the generator's functions: its last part makes the two standard directories.
    text = SOURCE.read_text()
    functions = text[: text.index("attn=r")]
    sys.argv = [str(SOURCE), out]
    names = {}
    exec(compile(functions, str(SOURCE), "exec"), names)
    dump = names["dump"]
    experts = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"]
    dump("moe", "mixed", 300, dict(target_modules=ALL_TEXT, target_parameters=experts), hidden=32, heads=4, kv=1, hd=8, inter=40,
         layers=4, sect=(2, 1, 1), vh=24, vheads=3, vinter=40, vdepth=4, deep=(0, 2), npos=36, tie=True, E=6, K=3, moei=24, dense_layers=(1,))
    dump("dense", "tied", 400, dict(target_modules=VISION, use_rslora=True), hidden=48, heads=6, kv=3, hd=16, inter=64, layers=3,
         vh=32, vheads=4, vinter=40, vdepth=3, deep=(1,), npos=25, tie=True)
    dump("moe", "down-only", 500, dict(target_modules=["o_proj"], target_parameters=["mlp.experts.down_proj"], rank_pattern={"o_proj": 2}),
         hidden=32, heads=2, kv=2, hd=16, inter=40, layers=3, vh=32, vheads=2, vinter=40, vdepth=4, deep=(0, 1, 2), E=4, K=1, moei=16,
         dense_layers=(0,))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
