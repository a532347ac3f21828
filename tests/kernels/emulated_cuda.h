// Enough of CUDA to run the kernels of src/Litre.Torch/Kernels/Cuda on a CPU. The threads of a block are fibers that take
// turns: one runs until it waits for others, in a block's barrier or a warp's exchange. Blocks run one after the other.
// What a GPU would not forgive is an error: a barrier that a thread never reaches, a misaligned vector.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#define __device__
#define __global__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static  // one block at a time

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};

struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

struct alignas(8) uint2 {
  unsigned x, y;
};

inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }

inline dim3 gridDim, blockDim, blockIdx, threadIdx;

namespace emulation {

constexpr size_t kStackBytes = 128 << 10;

struct Barrier {
  unsigned arrived = 0, passed = 0;
};

struct Warp {
  Barrier barrier;
  uint64_t values[32];
};

struct Fiber {
  ucontext_t context;
  std::unique_ptr<char[]> stack;
  bool done = false;
};

inline std::vector<Fiber> fibers;
inline std::vector<Warp> warps;
inline Barrier block;
inline ucontext_t scheduler;
inline unsigned current;   // fiber
inline uint64_t events;    // arrivals and ends: a round without any is a deadlock
inline std::string error;  // the first

inline unsigned threads() { return blockDim.x * blockDim.y; }

inline void yield() { swapcontext(&fibers[current].context, &scheduler); }

inline void wait(Barrier& barrier, unsigned expected) {
  events++;
  const unsigned passed = barrier.passed;
  if (++barrier.arrived == expected) {
    barrier.arrived = 0;
    barrier.passed++;
    return;
  }
  while (barrier.passed == passed) yield();
}

inline void wait_for_warp() {
  const unsigned first = current / 32 * 32;
  wait(warps[current / 32].barrier, std::min(32u, threads() - first));
}

// What lane `from` of this warp gave.
template <typename T, typename From>
T exchange(T value, From from) {
  static_assert(sizeof(T) <= 8);
  Warp& warp = warps[current / 32];
  warp.values[current % 32] = 0;
  memcpy(&warp.values[current % 32], &value, sizeof(T));
  wait_for_warp();
  T result;
  memcpy(&result, &warp.values[from(current % 32) % 32], sizeof(T));
  wait_for_warp();
  return result;
}

inline void check_aligned(const void* pointer, int bytes) {
  if ((uintptr_t)pointer % bytes != 0 && error.empty()) error = "a vector of " + std::to_string(bytes) + " bytes is not aligned";
}

}  // namespace emulation

#define CHECK_ALIGNED(pointer, bytes) emulation::check_aligned(pointer, bytes)

inline void __syncthreads() { emulation::wait(emulation::block, emulation::threads()); }
inline void __syncwarp() { emulation::wait_for_warp(); }

template <typename T>
T __shfl_sync(unsigned, T value, int lane) {
  return emulation::exchange(value, [=](unsigned) { return (unsigned)lane; });
}

template <typename T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  return emulation::exchange(value, [=](unsigned lane) { return lane ^ (unsigned)mask; });
}

template <typename T>
T __shfl_up_sync(unsigned, T value, unsigned by) {
  return emulation::exchange(value, [=](unsigned lane) { return lane >= by ? lane - by : lane; });
}

inline unsigned __match_any_sync(unsigned, int value) {
  unsigned same = 0;
  for (int lane = 0; lane < 32; lane++) same |= (unsigned)(__shfl_sync(0, value, lane) == value) << lane;
  return same;
}

inline int atomicAdd(int* target, int value) {  // fibers do not interrupt each other
  const int before = *target;
  *target += value;
  return before;
}

inline int __popc(unsigned x) { return __builtin_popcount(x); }

inline unsigned __float_as_uint(float x) {
  unsigned bits;
  memcpy(&bits, &x, 4);
  return bits;
}

inline float __uint_as_float(unsigned bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

inline float __expf(float x) { return expf(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }

using std::min;
