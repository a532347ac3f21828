// SwiGLU with an optional weight a row: h = silu(gate) * up * w, and its backward. inner (M, 2I) holds the gate in its left
// half and up in its right. Plain operators round silu, its product with up and the product with w to bf16 one after the
// other; here only the result is rounded.
//
// A block of (x, y) threads takes y rows, x threads a row. V numbers at a time: 8 where I is a multiple of 8, else 1.

template <int V>
__device__ __forceinline__ void forward(const bf16* inner, const bf16* weights, bf16* h, long long rows, int width) {
  const int chunks = width / V;
  for (long long row = (long long)blockIdx.x * blockDim.y + threadIdx.y; row < rows; row += (long long)gridDim.x * blockDim.y) {
    const bf16* gates = inner + row * 2 * width;
    const float w = weights ? widen(weights[row]) : 1.0f;
    for (int c = threadIdx.x; c < chunks; c += blockDim.x) {
      const Values<V> gate = load<V>(gates + (long long)c * V);
      Values<V> up = load<V>(gates + width + (long long)c * V);
#pragma unroll
      for (int i = 0; i < V; i++) up.at[i] *= w * __fdividef(gate.at[i], 1.0f + __expf(-gate.at[i]));
      store<V>(h + row * width + (long long)c * V, up);
    }
  }
}

// dH (M, I) is the gradient of the weighted h. dWeights (M) gets the sum of dH * silu(gate) * up; where there are weights, a
// row must be taken by exactly one warp.
template <int V>
__device__ __forceinline__ void backward(
    const bf16* dH, const bf16* inner, const bf16* weights, bf16* dInner, float* dWeights, long long rows, int width) {
  const int chunks = width / V;
  for (long long row = (long long)blockIdx.x * blockDim.y + threadIdx.y; row < rows; row += (long long)gridDim.x * blockDim.y) {
    const bf16* gates = inner + row * 2 * width;
    bf16* dGates = dInner + row * 2 * width;
    const float w = weights ? widen(weights[row]) : 1.0f;
    float sum = 0.0f;
    for (int c = threadIdx.x; c < chunks; c += blockDim.x) {
      Values<V> gate = load<V>(gates + (long long)c * V);
      Values<V> up = load<V>(gates + width + (long long)c * V);
      const Values<V> d = load<V>(dH + row * width + (long long)c * V);
#pragma unroll
      for (int i = 0; i < V; i++) {
        const float g = gate.at[i];
        const float sigmoid = __fdividef(1.0f, 1.0f + __expf(-g));
        const float silu = g * sigmoid;
        sum += d.at[i] * silu * up.at[i];
        const float scaled = d.at[i] * w;
        gate.at[i] = scaled * up.at[i] * sigmoid * (1.0f + g * (1.0f - sigmoid));
        up.at[i] = scaled * silu;
      }
      store<V>(dGates + (long long)c * V, gate);
      store<V>(dGates + width + (long long)c * V, up);
    }
    if (weights) {
      sum = lane_sum(sum, 32);
      if (threadIdx.x == 0) dWeights[row] = sum;
    }
  }
}

#define SWIGLU(V)                                                                                                     \
  extern "C" __global__ void __launch_bounds__(256)                                                                   \
      swiglu_forward_##V(const bf16* inner, const bf16* weights, bf16* h, long long rows, int width) {                \
    forward<V>(inner, weights, h, rows, width);                                                                       \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(256) swiglu_backward_##V(                                              \
      const bf16* dH, const bf16* inner, const bf16* weights, bf16* dInner, float* dWeights, long long rows, int width) { \
    backward<V>(dH, inner, weights, dInner, dWeights, rows, width);                                                   \
  }

SWIGLU(8)
SWIGLU(1)
