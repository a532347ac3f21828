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

// V neighbouring numbers of a row: one load of 16 bytes where V is 8, of 8 bytes where it is 4.
template <int V>
struct Values {
  float at[V];
};

template <int V>
__device__ __forceinline__ Values<V> load(const bf16* p) {
  Values<V> v;
  if constexpr (V == 8) {
    CHECK_ALIGNED(p, 16);
    const uint4 raw = *reinterpret_cast<const uint4*>(p);
    const unsigned words[4] = {raw.x, raw.y, raw.z, raw.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
      v.at[2 * i] = __uint_as_float(words[i] << 16);
      v.at[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
    }
  } else if constexpr (V == 4) {
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

template <int V>
__device__ __forceinline__ void store(bf16* p, const Values<V>& v) {
  if constexpr (V == 8) {
    CHECK_ALIGNED(p, 16);
    unsigned words[4];
#pragma unroll
    for (int i = 0; i < 4; i++) words[i] = (unsigned)narrow(v.at[2 * i]) | (unsigned)narrow(v.at[2 * i + 1]) << 16;
    *reinterpret_cast<uint4*>(p) = make_uint4(words[0], words[1], words[2], words[3]);
  } else if constexpr (V == 4) {
    CHECK_ALIGNED(p, 8);
    *reinterpret_cast<uint2*>(p) = make_uint2(
        (unsigned)narrow(v.at[0]) | (unsigned)narrow(v.at[1]) << 16, (unsigned)narrow(v.at[2]) | (unsigned)narrow(v.at[3]) << 16);
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
