// The rotary embedding of the vision tower's heads, with tables in float32, and its backward. qkv (P, 3N D) holds a patch's N
// query heads, N key heads and N value heads side by side. Plain operators widen all heads to float32 and go through memory six times.
//
// A thread takes V numbers of a head's left half and the V opposite; D is a multiple of 2 V.

struct Place {
  long long patch;
  unsigned head, at;
};

// Items run over patches, then heads, then chunks of the left half.
template <int V>
__device__ __forceinline__ Place place(unsigned item, unsigned heads, unsigned chunks) {
  const unsigned row = item / chunks;
  return {row / heads, row % heads, (item % chunks) * V};
}

template <int V>
__device__ __forceinline__ void rotary_forward(
    const bf16* qkv, const float* cosines, const float* sines, bf16* rotated, unsigned items, int heads, int width) {
  const int half = width / 2;
  for (unsigned item = blockIdx.x * blockDim.x + threadIdx.x; item < items; item += gridDim.x * blockDim.x) {
    const Place p = place<V>(item, 2 * heads, half / V);
    const bf16* x = qkv + (p.patch * 3 * heads + p.head) * width + p.at;
    // The sines' left half is negated in the table.
    const float* c = cosines + p.patch * width + half + p.at;
    const float* s = sines + p.patch * width + half + p.at;
    const Values<V> left = load<V>(x), right = load<V>(x + half);
    Values<V> yl, yr;
#pragma unroll
    for (int i = 0; i < V; i++) {
      yl.at[i] = left.at[i] * c[i] - right.at[i] * s[i];
      yr.at[i] = right.at[i] * c[i] + left.at[i] * s[i];
    }
    bf16* y = rotated + (p.patch * 2 * heads + p.head) * width + p.at;
    store<V>(y, yl);
    store<V>(y + half, yr);
  }
}

// dQuery, dKey and dValue (P, N, D) into dQkv: queries and keys turned back, values as they are.
template <int V>
__device__ __forceinline__ void rotary_backward(
    const bf16* dQuery, const bf16* dKey, const bf16* dValue, const float* cosines, const float* sines, bf16* dQkv, unsigned items, int heads, int width) {
  const int half = width / 2;
  for (unsigned item = blockIdx.x * blockDim.x + threadIdx.x; item < items; item += gridDim.x * blockDim.x) {
    const Place p = place<V>(item, 3 * heads, half / V);
    const unsigned part = p.head / heads;
    const bf16* d = (part == 0 ? dQuery : part == 1 ? dKey : dValue) + (p.patch * heads + p.head % heads) * width + p.at;
    Values<V> left = load<V>(d), right = load<V>(d + half);
    if (part < 2) {
      const float* c = cosines + p.patch * width + half + p.at;
      const float* s = sines + p.patch * width + half + p.at;
#pragma unroll
      for (int i = 0; i < V; i++) {
        const float l = left.at[i], r = right.at[i];
        left.at[i] = l * c[i] + r * s[i];
        right.at[i] = r * c[i] - l * s[i];
      }
    }
    bf16* y = dQkv + (p.patch * 3 * heads + p.head) * width + p.at;
    store<V>(y, left);
    store<V>(y + half, right);
  }
}

#define ROTARY(V)                                                                                                          \
  extern "C" __global__ void __launch_bounds__(256) rotary_forward_##V(                                                    \
      const bf16* qkv, const float* cosines, const float* sines, bf16* rotated, unsigned items, int heads, int width) {    \
    rotary_forward<V>(qkv, cosines, sines, rotated, items, heads, width);                                                  \
  }                                                                                                                        \
  extern "C" __global__ void __launch_bounds__(256) rotary_backward_##V(                                                   \
      const bf16* dQuery, const bf16* dKey, const bf16* dValue, const float* cosines, const float* sines, bf16* dQkv,      \
      unsigned items, int heads, int width) {                                                                              \
    rotary_backward<V>(dQuery, dKey, dValue, cosines, sines, dQkv, items, heads, width);                                   \
  }

ROTARY(4)
ROTARY(1)
