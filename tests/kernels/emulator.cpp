// Runs one launch of a kernel on the CPU, with the arguments as cuLaunchKernel takes them.
// g++ -std=c++17 -O1 -U_FORTIFY_SOURCE -fno-strict-aliasing -shared -fPIC -I ../../src/Litre.Kernels/Cuda emulator.cpp
#include "emulated_cuda.h"

#include "common.cuh"

namespace swiglu_file {
#include "swiglu.cu"
}
namespace combine_file {
#include "combine.cu"
}
namespace heads_file {
#include "heads.cu"
}
namespace routing_file {
#include "routing.cu"
}
namespace norm_file {
#include "norm.cu"
}
namespace rotary_file {
#include "rotary.cu"
}
namespace grouped_file {
#include "grouped.cu"
}
namespace decode_file {
#include "decode.cu"
}
namespace lora_file {
#include "lora.cu"
}

namespace emulation {

template <typename... A, size_t... I>
void call(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
  kernel(*(A*)arguments[I]...);
}

template <typename... A>
void call(void (*kernel)(A...), void** arguments) {
  call(kernel, arguments, std::index_sequence_for<A...>());
}

struct Kernel {
  const char* name;
  void (*run)(void** arguments);
};

#define KERNEL(file, name) {#name, [](void** arguments) { call(file::name, arguments); }}

#define NORMS_OF(kept) \
  KERNEL(norm_file, add_rms_norm_##kept), KERNEL(norm_file, rms_norm_backward_add_##kept), KERNEL(norm_file, add_layer_norm_##kept)
#define ROWS_OF(tile) KERNEL(grouped_file, grouped_rows_deep_##tile), KERNEL(grouped_file, grouped_rows_flat_##tile)
#define ATTEND_OF(width)                                                                                                \
  KERNEL(decode_file, attend_##width##_1), KERNEL(decode_file, attend_##width##_2), KERNEL(decode_file, attend_##width##_4), \
      KERNEL(decode_file, attend_##width##_8), KERNEL(decode_file, attend_join_##width)
#define HEADS_OF(lanes) KERNEL(heads_file, heads_forward_##lanes), KERNEL(heads_file, heads_backward_##lanes)

const Kernel kernels[] = {
    KERNEL(swiglu_file, swiglu_forward_8),   KERNEL(swiglu_file, swiglu_forward_1),   KERNEL(swiglu_file, swiglu_backward_8),
    KERNEL(swiglu_file, swiglu_backward_1),  KERNEL(combine_file, combine_8),         KERNEL(combine_file, combine_1),
    KERNEL(combine_file, spread_8),          KERNEL(combine_file, spread_1),          KERNEL(routing_file, route),
    KERNEL(routing_file, route_backward),    KERNEL(routing_file, count_experts),     KERNEL(routing_file, scan_counts),
    KERNEL(routing_file, place_rows),        KERNEL(routing_file, sort_few),          KERNEL(rotary_file, rotary_forward_4),
    KERNEL(rotary_file, rotary_forward_1),   KERNEL(rotary_file, rotary_backward_4),  KERNEL(rotary_file, rotary_backward_1),
    NORMS_OF(1), NORMS_OF(2), NORMS_OF(4),
    ROWS_OF(128x128), ROWS_OF(64x128), ROWS_OF(128x32), ROWS_OF(16x64),
    KERNEL(grouped_file, grouped_outer_128x128), KERNEL(grouped_file, grouped_outer_32x128), KERNEL(grouped_file, grouped_outer_128x32),
    ATTEND_OF(16), ATTEND_OF(64), ATTEND_OF(128),
    KERNEL(lora_file, lora_shrink), KERNEL(lora_file, lora_expand),
    HEADS_OF(1), HEADS_OF(2), HEADS_OF(4), HEADS_OF(8), HEADS_OF(16), HEADS_OF(32),
};

const Kernel* kernel;
void** arguments_of_launch;

void fiber() {
  kernel->run(arguments_of_launch);
  fibers[current].done = true;
  events++;
  yield();
}

void run_block(int order) {
  const unsigned count = threads();
  block = Barrier();
  warps.assign((count + 31) / 32, Warp());
  copies.assign(count, {{}});
  late_copies = order != 0;
  for (unsigned i = 0; i < count; i++) {
    Fiber& f = fibers[i];
    f.done = f.started = false;
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack.get();
    f.context.uc_stack.ss_size = kStackBytes;
    f.context.uc_link = nullptr;
    makecontext(&f.context, fiber, 0);
  }
  unsigned left = count;
  const auto step = [&](unsigned i) {
    current = i;
    if (fibers[i].done) return;
    threadIdx = {i % blockDim.x, i / blockDim.x, 0};
    resume(fibers[i]);
    if (fibers[i].done) left--;
  };
  while (left > 0 && error.empty()) {
    const uint64_t before = events;
    if (order == 0) {
      for (unsigned i = 0; i < count; i++) step(i);
    } else {
      for (unsigned warp = warps.size(); warp-- > 0;) {
        uint64_t seen;
        do {
          seen = events;
          for (unsigned i = std::min(count, warp * 32 + 32); i-- > warp * 32;) step(i);
        } while (events != seen);
      }
    }
    if (events == before) error = "threads wait for others that never come";
  }
}

}  // namespace emulation

// Returns null, or why the launch is wrong. With order 0 all threads take turns. With order 1 blocks and threads run backwards, and
// each warp as far as it can before the next: a result that depends on the order is a race.
extern "C" const char* emulate(
    const char* name, unsigned grid, unsigned blockX, unsigned blockY, void** arguments, int order) {
  using namespace emulation;
  error.clear();
  kernel = nullptr;
  for (const Kernel& k : kernels) {
    if (strcmp(k.name, name) == 0) kernel = &k;
  }
  if (!kernel) return "no such kernel";
  if (grid == 0 || blockX * blockY == 0 || blockX * blockY > 1024 || blockX * blockY % 32 != 0) return "no such grid";
  arguments_of_launch = arguments;
  gridDim = {grid, 1, 1};
  blockDim = {blockX, blockY, 1};
  while (fibers.size() < threads()) {
    fibers.emplace_back();
    fibers.back().stack.reset(new char[kStackBytes]);
  }
  for (unsigned b = 0; b < grid && error.empty(); b++) {
    blockIdx = {order == 0 ? b : grid - 1 - b, 0, 0};
    run_block(order);
  }
  return error.empty() ? nullptr : error.c_str();
}
