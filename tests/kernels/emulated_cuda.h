// Enough of CUDA to run the kernels of src/Litre.Kernels/Cuda on a CPU. The threads of a block are fibers that take
// turns: one runs until it waits for others, in a block's barrier or a warp's exchange. Blocks run one after the other.
// What a GPU would not forgive is an error: a barrier that a thread never reaches, a misaligned vector.
#pragma once
#include <math.h>
#include <setjmp.h>
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
  unsigned words[32][6];
};

// Its first turn begins in the context, each later one at the point where it yielded: swapcontext would ask the system for the signal
// mask every time, which is slower than what a thread does in its turn.
struct Fiber {
  ucontext_t context;
  jmp_buf point;
  bool started = false;
  std::unique_ptr<char[]> stack;
  bool done = false;
};

inline std::vector<Fiber> fibers;
inline std::vector<Warp> warps;
inline Barrier block;
inline jmp_buf scheduler;
inline unsigned current;   // fiber
inline uint64_t events;    // arrivals and ends: a round without any is a deadlock
inline std::string error;  // the first

inline unsigned threads() { return blockDim.x * blockDim.y; }

inline void yield() {
  if (_setjmp(fibers[current].point) == 0) _longjmp(scheduler, 1);
}

// Until the fiber yields.
inline void resume(Fiber& fiber) {
  if (_setjmp(scheduler) != 0) return;
  if (fiber.started) _longjmp(fiber.point, 1);
  fiber.started = true;
  setcontext(&fiber.context);
}

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

inline unsigned __ballot_sync(unsigned, int predicate) {
  unsigned votes = 0;
  for (int lane = 0; lane < 32; lane++) votes |= (unsigned)(__shfl_sync(0, predicate != 0, lane)) << lane;
  return votes;
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

// The tensor cores' instructions of grouped.cu. A copy comes when it is closed or, in an order of threads that runs backwards, when it is
// awaited: both are allowed, so a result that differs reads too early.
#define EMULATED_TENSOR_CORES

namespace emulation {

struct Copy {
  unsigned short* to;
  const unsigned short* from;  // null for zeros
};

inline bool late_copies;
inline std::vector<std::vector<std::vector<Copy>>> copies;  // of each thread: groups, the last of them open

inline void carry_out(const std::vector<Copy>& group) {
  for (const Copy& copy : group) {
    if (copy.from) memcpy(copy.to, copy.from, 16);
    else memset(copy.to, 0, 16);
  }
}

// Element `column` of the row whose address lane `lane` gave.
inline unsigned element(unsigned lane, unsigned column) { return ((const unsigned short*)warps[current / 32].values[lane])[column]; }

inline void publish_row(const unsigned short* row) {
  check_aligned(row, 16);
  warps[current / 32].values[current % 32] = (uint64_t)row;
  wait_for_warp();
}

inline float operand(unsigned lane, unsigned word, unsigned half) {
  const unsigned both = warps[current / 32].words[lane][word];
  return __uint_as_float(half ? both & 0xffff0000u : both << 16);
}

}  // namespace emulation

inline void copy_ahead(unsigned short* to, const unsigned short* from, bool there) {
  emulation::check_aligned(to, 16);
  if (there) emulation::check_aligned(from, 16);
  emulation::copies[emulation::current].back().push_back({to, there ? from : nullptr});
}

inline void close_copies() {
  auto& groups = emulation::copies[emulation::current];
  if (!emulation::late_copies) {
    emulation::carry_out(groups.back());
    groups.back().clear();
  }
  groups.emplace_back();
}

template <int N>
void await_copies() {
  auto& groups = emulation::copies[emulation::current];
  while (groups.size() > N + 1) {
    emulation::carry_out(groups.front());
    groups.erase(groups.begin());
  }
}

inline void load_four(unsigned* to, const unsigned short* row) {
  using namespace emulation;
  publish_row(row);
  const unsigned lane = current % 32;
  for (unsigned i = 0; i < 4; i++) to[i] = element(8 * i + lane / 4, lane % 4 * 2) | element(8 * i + lane / 4, lane % 4 * 2 + 1) << 16;
  wait_for_warp();
}

inline void load_four_turned(unsigned* to, const unsigned short* row) {
  using namespace emulation;
  publish_row(row);
  const unsigned lane = current % 32;
  for (unsigned i = 0; i < 4; i++) to[i] = element(8 * i + lane % 4 * 2, lane / 4) | element(8 * i + lane % 4 * 2 + 1, lane / 4) << 16;
  wait_for_warp();
}

inline void multiply_add(float* sum, const unsigned* a, const unsigned* b) {
  using namespace emulation;
  unsigned* words = warps[current / 32].words[current % 32];
  memcpy(words, a, 16);
  memcpy(words + 4, b, 8);
  wait_for_warp();
  const unsigned lane = current % 32;
  for (unsigned i = 0; i < 4; i++) {
    const unsigned row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
    for (unsigned k = 0; k < 16; k++) {
      sum[i] += operand(row % 8 * 4 + k % 8 / 2, row / 8 + k / 8 * 2, k % 2) * operand(column * 4 + k % 8 / 2, 4 + k / 8, k % 2);
    }
  }
  wait_for_warp();
}
