// A residual stream's addition together with the norm beside it, RMS or layer norm. One block a row; a thread keeps its numbers in registers
// between its sums and the result, so a row is read once. Widths are multiples of 8 up to 8 * KEPT * 256.

#define KEPT 4  // chunks of 8 a thread

__device__ __forceinline__ float block_sum(float x) {
  __shared__ float sums[32];
  x = lane_sum(x, 32);
  __syncthreads();  // those of the row before have been read
  if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = x;
  __syncthreads();
  float sum = 0.0f;
  for (int i = 0; i < (int)blockDim.x / 32; i++) sum += sums[i];
  return sum;
}

// h = x + delta, rounded; y = h * rstd * weight of the rounded h, rounded once.
extern "C" __global__ void __launch_bounds__(256) add_rms_norm(
    const bf16* x, const bf16* delta, const bf16* weight, bf16* h, bf16* y, float* rstd, int rows, int width, float eps) {
  const int chunks = width / 8;
  for (int row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long start = (long long)row * width;
    Values<8> kept[KEPT];
    float squares = 0.0f;
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      Values<8> v = load<8>(x + start + c * 8);
      const Values<8> d = load<8>(delta + start + c * 8);
#pragma unroll
      for (int i = 0; i < 8; i++) {
        v.at[i] = widen(narrow(v.at[i] + d.at[i]));
        squares += v.at[i] * v.at[i];
      }
      store<8>(h + start + c * 8, v);
      kept[j] = v;
    }
    const float r = rsqrtf(block_sum(squares) / width + eps);
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      const Values<8> w = load<8>(weight + c * 8);
#pragma unroll
      for (int i = 0; i < 8; i++) kept[j].at[i] *= r * w.at[i];
      store<8>(y + start + c * 8, kept[j]);
    }
    if (threadIdx.x == 0) rstd[row] = r;
  }
}

// dX = residual + the gradient of the norm at x for dY: rstd * (dU - u * mean(dU * u)) with u = x * rstd and dU = dY * weight.
extern "C" __global__ void __launch_bounds__(256) rms_norm_backward_add(
    const bf16* dY, const bf16* x, const float* rstd, const bf16* weight, const bf16* residual, bf16* dX, int rows, int width) {
  const int chunks = width / 8;
  for (int row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long start = (long long)row * width;
    const float r = rstd[row];
    Values<8> units[KEPT], slopes[KEPT];
    float sum = 0.0f;
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      units[j] = load<8>(x + start + c * 8);
      slopes[j] = load<8>(dY + start + c * 8);
      const Values<8> w = load<8>(weight + c * 8);
#pragma unroll
      for (int i = 0; i < 8; i++) {
        units[j].at[i] *= r;
        slopes[j].at[i] *= w.at[i];
        sum += units[j].at[i] * slopes[j].at[i];
      }
    }
    const float mean = block_sum(sum) / width;
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      Values<8> v = load<8>(residual + start + c * 8);
#pragma unroll
      for (int i = 0; i < 8; i++) v.at[i] += r * (slopes[j].at[i] - units[j].at[i] * mean);
      store<8>(dX + start + c * 8, v);
    }
  }
}

// h = x + delta, rounded; y = (h - mean) * rstd * weight + bias of the rounded h, rounded once. Deviations are taken from the mean itself, so
// that rows far from zero lose nothing. Without delta h is x and is not written; the other results have the same bits as for that sum.
extern "C" __global__ void __launch_bounds__(256) add_layer_norm(
    const bf16* x, const bf16* delta, const bf16* weight, const bf16* bias, bf16* h, bf16* y, float* mean, float* rstd, int rows, int width, float eps) {
  const int chunks = width / 8;
  for (int row = blockIdx.x; row < rows; row += gridDim.x) {
    const long long start = (long long)row * width;
    Values<8> kept[KEPT];
    float sum = 0.0f;
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      kept[j] = load<8>(x + start + c * 8);
      if (delta) {
        const Values<8> d = load<8>(delta + start + c * 8);
#pragma unroll
        for (int i = 0; i < 8; i++) kept[j].at[i] = widen(narrow(kept[j].at[i] + d.at[i]));
        store<8>(h + start + c * 8, kept[j]);
      }
#pragma unroll
      for (int i = 0; i < 8; i++) sum += kept[j].at[i];
    }
    const float m = block_sum(sum) / width;
    float squares = 0.0f;
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      if ((int)(threadIdx.x + j * blockDim.x) >= chunks) continue;
#pragma unroll
      for (int i = 0; i < 8; i++) {
        kept[j].at[i] -= m;
        squares += kept[j].at[i] * kept[j].at[i];
      }
    }
    const float r = rsqrtf(block_sum(squares) / width + eps);
#pragma unroll
    for (int j = 0; j < KEPT; j++) {
      const int c = threadIdx.x + j * blockDim.x;
      if (c >= chunks) continue;
      const Values<8> w = load<8>(weight + c * 8), b = load<8>(bias + c * 8);
#pragma unroll
      for (int i = 0; i < 8; i++) kept[j].at[i] = kept[j].at[i] * r * w.at[i] + b.at[i];
      store<8>(y + start + c * 8, kept[j]);
    }
    if (threadIdx.x == 0) {
      mean[row] = m;
      rstd[row] = r;
    }
  }
}
