// A residual stream's addition together with the norm beside it, RMS or layer norm. One block a row; a thread keeps KEPT chunks of 8
// numbers, so a row is read once. Widths are multiples of 8 up to 8 * 4 * 256. Numbers are kept as they lie in memory, and every load
// of a row stands before its first sum, so that as many as possible are on their way at once.

#define MOST_WARPS 8

// One barrier a sum: two places take turns, and a place is written again only after everyone has come to the barrier of the other.
__device__ __forceinline__ float block_sum(float x, int& turn) {
  __shared__ float sums[2][MOST_WARPS];
  x = lane_sum(x, 32);
  if (threadIdx.x % 32 == 0) sums[turn][threadIdx.x / 32] = x;
  __syncthreads();
  const int warps = blockDim.x / 32;
  float sum = 0.0f;
#pragma unroll
  for (int i = 0; i < MOST_WARPS; i++) {
    if (i < warps) sum += sums[turn][i];
  }
  turn ^= 1;
  return sum;
}

// Adds to eight numbers of a residual stream, rounds and writes them.
__device__ __forceinline__ void add_chunk(uint4& kept, const uint4& added, bf16* h) {
  Values<8> sum = unpack(kept);
  const Values<8> d = unpack(added);
#pragma unroll
  for (int i = 0; i < 8; i++) sum.at[i] += d.at[i];
  kept = pack(sum);
  store_words(h, kept);
}

// h = x + delta, rounded; y = h * rstd * weight of the rounded h, rounded once. Without delta h is x and is not written; the other
// results have the same bits as for that sum.
template <int KEPT>
__device__ __forceinline__ void add_rms_norm(
    const bf16* x, const bf16* delta, const bf16* weight, bf16* h, bf16* y, float* rstd, int rows, int width, float eps) {
  const int chunks = width / 8;
  int turn = 0;
  for (int row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long start = (long long)row * width;
    uint4 kept[KEPT], added[KEPT], weights[KEPT];
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      kept[j] = load_words(x + start + c * 8);
      if (delta) added[j] = load_words(delta + start + c * 8);
      weights[j] = load_words(weight + c * 8);
    }
    float squares = 0.0f;
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      if (delta) add_chunk(kept[j], added[j], h + start + c * 8);
      const Values<8> v = unpack(kept[j]);
#pragma unroll
      for (int i = 0; i < 8; i++) squares += v.at[i] * v.at[i];
    }
    const float r = rsqrtf(block_sum(squares, turn) / width + eps);
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      Values<8> v = unpack(kept[j]);
      const Values<8> w = unpack(weights[j]);
#pragma unroll
      for (int i = 0; i < 8; i++) v.at[i] *= r * w.at[i];
      store<8>(y + start + c * 8, v);
    }
    if (threadIdx.x == 0) rstd[row] = r;
  }
}

// dX = residual + the gradient of the norm at x for dY: rstd * (dU - u * mean(dU * u)) with u = x * rstd and dU = dY * weight.
template <int KEPT>
__device__ __forceinline__ void rms_norm_backward_add(
    const bf16* dY, const bf16* x, const float* rstd, const bf16* weight, const bf16* residual, bf16* dX, int rows, int width) {
  const int chunks = width / 8;
  int turn = 0;
  for (int row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long start = (long long)row * width;
    const float r = rstd[row];
    uint4 kept[KEPT], slopes[KEPT], weights[KEPT], bases[KEPT];
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      kept[j] = load_words(x + start + c * 8);
      slopes[j] = load_words(dY + start + c * 8);
      weights[j] = load_words(weight + c * 8);
      bases[j] = load_words(residual + start + c * 8);
    }
    float sum = 0.0f;
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      if ((int)(threadIdx.x + j * blockDim.x) >= chunks) continue;
      const Values<8> v = unpack(kept[j]), d = unpack(slopes[j]), w = unpack(weights[j]);
#pragma unroll
      for (int i = 0; i < 8; i++) sum += v.at[i] * r * (d.at[i] * w.at[i]);
    }
    const float mean = block_sum(sum, turn) / width;
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      const Values<8> v = unpack(kept[j]), d = unpack(slopes[j]), w = unpack(weights[j]);
      Values<8> result = unpack(bases[j]);
#pragma unroll
      for (int i = 0; i < 8; i++) result.at[i] += r * (d.at[i] * w.at[i] - v.at[i] * r * mean);
      store<8>(dX + start + c * 8, result);
    }
  }
}

// h = x + delta, rounded; y = (h - mean) * rstd * weight + bias of the rounded h, rounded once. Deviations are taken from the mean itself, so
// that rows far from zero lose nothing. Without delta h is x and is not written; the other results have the same bits as for that sum.
template <int KEPT>
__device__ __forceinline__ void add_layer_norm(
    const bf16* x, const bf16* delta, const bf16* weight, const bf16* bias, bf16* h, bf16* y, float* mean, float* rstd, int rows, int width, float eps) {
  const int chunks = width / 8;
  int turn = 0;
  for (int row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long start = (long long)row * width;
    uint4 kept[KEPT], added[KEPT], weights[KEPT], biases[KEPT];
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      kept[j] = load_words(x + start + c * 8);
      if (delta) added[j] = load_words(delta + start + c * 8);
      weights[j] = load_words(weight + c * 8);
      biases[j] = load_words(bias + c * 8);
    }
    float sum = 0.0f;
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      if (delta) add_chunk(kept[j], added[j], h + start + c * 8);
      const Values<8> v = unpack(kept[j]);
#pragma unroll
      for (int i = 0; i < 8; i++) sum += v.at[i];
    }
    const float m = block_sum(sum, turn) / width;
    float squares = 0.0f;
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      if ((int)(threadIdx.x + j * blockDim.x) >= chunks) continue;
      const Values<8> v = unpack(kept[j]);
#pragma unroll
      for (int i = 0; i < 8; i++) squares += (v.at[i] - m) * (v.at[i] - m);
    }
    const float r = rsqrtf(block_sum(squares, turn) / width + eps);
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      Values<8> v = unpack(kept[j]);
      const Values<8> w = unpack(weights[j]), b = unpack(biases[j]);
#pragma unroll
      for (int i = 0; i < 8; i++) v.at[i] = (v.at[i] - m) * r * w.at[i] + b.at[i];
      store<8>(y + start + c * 8, v);
    }
    if (threadIdx.x == 0) {
      mean[row] = m;
      rstd[row] = r;
    }
  }
}

// A name ends in the chunks of a thread. The more it keeps, the fewer blocks of 256 threads have registers on a multiprocessor.
#define NORMS(KEPT, BLOCKS)                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256, BLOCKS) add_rms_norm_##KEPT(                                                 \
      const bf16* x, const bf16* delta, const bf16* weight, bf16* h, bf16* y, float* rstd, int rows, int width, float eps) {     \
    add_rms_norm<KEPT>(x, delta, weight, h, y, rstd, rows, width, eps);                                                          \
  }                                                                                                                              \
  extern "C" __global__ void __launch_bounds__(256, BLOCKS) rms_norm_backward_add_##KEPT(                                        \
      const bf16* dY, const bf16* x, const float* rstd, const bf16* weight, const bf16* residual, bf16* dX, int rows, int width) { \
    rms_norm_backward_add<KEPT>(dY, x, rstd, weight, residual, dX, rows, width);                                                 \
  }                                                                                                                              \
  extern "C" __global__ void __launch_bounds__(256, BLOCKS) add_layer_norm_##KEPT(                                               \
      const bf16* x, const bf16* delta, const bf16* weight, const bf16* bias, bf16* h, bf16* y, float* mean, float* rstd,        \
      int rows, int width, float eps) {                                                                                          \
    add_layer_norm<KEPT>(x, delta, weight, bias, h, y, mean, rstd, rows, width, eps);                                            \
  }

NORMS(1, 8)
NORMS(2, 4)
NORMS(4, 2)
