// What all kernels share. bf16 numbers are handled as their bits, so that no header of CUDA's is needed and every NVRTC
// from 11.8 on compiles this. Arithmetic is in float32; each result is rounded once, to the nearest, ties to even.

typedef unsigned short bf16;

#define FULL_WARP 0xffffffffu

// The emulator that runs this source on a CPU sees misaligned vectors; a GPU would fault.
#ifndef CHECK_ALIGNED
#define CHECK_ALIGNED(pointer, bytes)
#endif

__device__ __forceinline__ float widen(bf16 x) { return __uint_as_float((unsigned)x << 16); }

__device__ __forceinline__ bf16 narrow(float x) {
  const unsigned bits = __float_as_uint(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;  // NaN
  return (bf16)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// Two numbers as one word, the first in its lower half. One instruction since Ampere, with the same bits.
__device__ __forceinline__ unsigned narrow_pair(float low, float high) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  unsigned word;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
  return word;
#else
  return (unsigned)narrow(low) | (unsigned)narrow(high) << 16;
#endif
}

// V neighbouring numbers of a row: one load of 16 bytes where V is 8, of 8 bytes where it is 4.
template <int V>
struct Values {
  float at[V];
};

// Eight numbers as they lie in memory, in half the registers of their values.
__device__ __forceinline__ uint4 load_words(const bf16* p) {
  CHECK_ALIGNED(p, 16);
  return *reinterpret_cast<const uint4*>(p);
}

__device__ __forceinline__ void store_words(bf16* p, uint4 words) {
  CHECK_ALIGNED(p, 16);
  *reinterpret_cast<uint4*>(p) = words;
}

__device__ __forceinline__ Values<8> unpack(uint4 raw) {
  const unsigned words[4] = {raw.x, raw.y, raw.z, raw.w};
  Values<8> v;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    v.at[2 * i] = __uint_as_float(words[i] << 16);
    v.at[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
  }
  return v;
}

__device__ __forceinline__ uint4 pack(const Values<8>& v) {
  return make_uint4(narrow_pair(v.at[0], v.at[1]), narrow_pair(v.at[2], v.at[3]), narrow_pair(v.at[4], v.at[5]), narrow_pair(v.at[6], v.at[7]));
}

template <int V>
__device__ __forceinline__ Values<V> load(const bf16* p) {
  if constexpr (V == 8) {
    return unpack(load_words(p));
  } else {
    Values<V> v;
    if constexpr (V == 4) {
      CHECK_ALIGNED(p, 8);
      const uint2 raw = *reinterpret_cast<const uint2*>(p);
      v.at[0] = __uint_as_float(raw.x << 16);
      v.at[1] = __uint_as_float(raw.x & 0xffff0000u);
      v.at[2] = __uint_as_float(raw.y << 16);
      v.at[3] = __uint_as_float(raw.y & 0xffff0000u);
    } else {
#pragma unroll
      for (int i = 0; i < V; i++) v.at[i] = widen(p[i]);
    }
    return v;
  }
}

template <int V>
__device__ __forceinline__ void store(bf16* p, const Values<V>& v) {
  if constexpr (V == 8) {
    store_words(p, pack(v));
  } else if constexpr (V == 4) {
    CHECK_ALIGNED(p, 8);
    *reinterpret_cast<uint2*>(p) = make_uint2(narrow_pair(v.at[0], v.at[1]), narrow_pair(v.at[2], v.at[3]));
  } else {
#pragma unroll
    for (int i = 0; i < V; i++) p[i] = narrow(v.at[i]);
  }
}

// Sum over groups of neighbouring lanes, a power of two; every lane gets its group's.
__device__ __forceinline__ float lane_sum(float x, int lanes) {
  for (int offset = lanes / 2; offset > 0; offset /= 2) x += __shfl_xor_sync(FULL_WARP, x, offset);
  return x;
}

// The largest of a warp; every lane gets it.
__device__ __forceinline__ float lane_max(float x) {
  for (int offset = 16; offset > 0; offset /= 2) x = fmaxf(x, __shfl_xor_sync(FULL_WARP, x, offset));
  return x;
}

// Sum over a lane and all before it.
__device__ __forceinline__ int lane_prefix(int x) {
  const int lane = threadIdx.x % 32;
  for (int offset = 1; offset < 32; offset *= 2) {
    const int other = __shfl_up_sync(FULL_WARP, x, offset);
    if (lane >= offset) x += other;
  }
  return x;
}
