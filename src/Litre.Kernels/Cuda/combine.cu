// Rows to the experts and back. Back in token order: y[t] = residual[t] + the sum of ys[inverse[t * k + j]] over a token's k rows, in
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

// The other way: every row of x to the k places that inverse names, ys[inverse[t * k + j]] = x[t]. A row is read once, where gathering
// by sorted row reads it k times. Every place is of one row, so all of ys is written.
template <typename Word>
__device__ __forceinline__ void spread(const bf16* x, const long long* inverse, bf16* ys, long long tokens, int chosen, int width) {
  const int words = width / (int)(sizeof(Word) / sizeof(bf16));
  const Word* from = reinterpret_cast<const Word*>(x);
  Word* to = reinterpret_cast<Word*>(ys);
  CHECK_ALIGNED(x, sizeof(Word));
  CHECK_ALIGNED(ys, sizeof(Word));
  for (long long t = (long long)blockIdx.x * blockDim.y + threadIdx.y; t < tokens; t += (long long)gridDim.x * blockDim.y) {
    const long long* places = inverse + t * chosen;
    for (int c = threadIdx.x; c < words; c += blockDim.x) {
      const Word word = from[t * words + c];
#pragma unroll 8
      for (int j = 0; j < chosen; j++) to[places[j] * words + c] = word;
    }
  }
}

#define SPREAD(V, WORD)                                                                                              \
  extern "C" __global__ void __launch_bounds__(256) spread_##V(                                                      \
      const bf16* x, const long long* inverse, bf16* ys, long long tokens, int chosen, int width) {                  \
    spread<WORD>(x, inverse, ys, tokens, chosen, width);                                                             \
  }

SPREAD(8, uint4)
SPREAD(1, bf16)
