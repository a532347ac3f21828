// Rows of the experts back in token order: y[t] = residual[t] + the sum of ys[inverse[t * k + j]] over a token's k rows, in
// float32. Plain operators gather all rows first, which writes and reads them once more.
//
// A block of (x, y) threads takes y tokens, x threads a token; V numbers at a time.

template <int V>
__device__ __forceinline__ void combine(
    const bf16* ys, const long long* inverse, const bf16* residual, bf16* y, long long tokens, int chosen, int width) {
  const int chunks = width / V;
  for (long long t = (long long)blockIdx.x * blockDim.y + threadIdx.y; t < tokens; t += (long long)gridDim.x * blockDim.y) {
    for (int c = threadIdx.x; c < chunks; c += blockDim.x) {
      Values<V> sum;
#pragma unroll
      for (int i = 0; i < V; i++) sum.at[i] = 0.0f;
#pragma unroll 4
      for (int j = 0; j < chosen; j++) {
        const Values<V> row = load<V>(ys + inverse[t * chosen + j] * width + (long long)c * V);
#pragma unroll
        for (int i = 0; i < V; i++) sum.at[i] += row.at[i];
      }
      if (residual) {
        const Values<V> base = load<V>(residual + t * width + (long long)c * V);
#pragma unroll
        for (int i = 0; i < V; i++) sum.at[i] += base.at[i];
      }
      store<V>(y + t * width + (long long)c * V, sum);
    }
  }
}

#define COMBINE(V)                                                                                                   \
  extern "C" __global__ void __launch_bounds__(256) combine_##V(                                                     \
      const bf16* ys, const long long* inverse, const bf16* residual, bf16* y, long long tokens, int chosen, int width) { \
    combine<V>(ys, inverse, residual, y, tokens, chosen, width);                                                     \
  }

COMBINE(8)
COMBINE(1)
