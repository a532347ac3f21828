// Attention of one new token of each sequence over the sequence's cache, into which the token's own key and value go first. A block
// takes `span` keys of one sequence and key head for G of the heads that share it, so that keys and values are read once for all of
// them and long sequences are many blocks' work; where there are several spans, a second kernel puts their parts together.
//
// S sequences, N heads, K key heads, D head width. Row r of a cache is (K, D); a sequence's rows begin at starts[s], and used[s] of
// them count, the last being the new token's.

#define ATTEND_THREADS 256
#define MOST_SPAN 512

// A span's part, of each head: D sums that are not yet divided, then the largest score, then the divisor.

template <int D, int G>
__device__ __forceinline__ void attend(
    const bf16* q, const bf16* k, const bf16* v, bf16* keys, bf16* values, const int* starts, const int* used, float* parts, bf16* y,
    int sequences, int keyHeads, int groups, int qStride, int kStride, int vStride, int splits, int span, float scale) {
  constexpr int CHUNKS = D / 8, LANES = CHUNKS < 4 ? CHUNKS : 4;
  __shared__ float queries[G * D];
  __shared__ float scores[G * MOST_SPAN];  // then what warps pass on to one another
  __shared__ float tops[G], sums[G];
  static_assert(4 * D <= MOST_SPAN, "no such head");
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const long long rowStride = (long long)keyHeads * D;
  for (int item = blockIdx.x; item < sequences * keyHeads * groups * splits; item += gridDim.x) {
    const int split = item % splits, group = item / splits % groups, keyHead = item / splits / groups % keyHeads;
    const int sequence = item / splits / groups / keyHeads;
    const int first = split * span, count = min(span, used[sequence] - first), head = (keyHead * groups + group) * G;
    if (count <= 0) continue;
    bf16* ownKeys = keys + (starts[sequence] + first) * rowStride + keyHead * D;
    bf16* ownValues = values + (starts[sequence] + first) * rowStride + keyHead * D;
    if (first + count == used[sequence]) {
      for (int c = threadIdx.x; c < 2 * CHUNKS; c += ATTEND_THREADS) {
        const int at = c % CHUNKS * 8;
        if (c < CHUNKS) store_words(ownKeys + (count - 1) * rowStride + at, load_words(k + (long long)sequence * kStride + keyHead * D + at));
        else store_words(ownValues + (count - 1) * rowStride + at, load_words(v + (long long)sequence * vStride + keyHead * D + at));
      }
    }
    for (int i = threadIdx.x; i < G * D; i += ATTEND_THREADS) queries[i] = widen(q[(long long)sequence * qStride + head * D + i]) * scale;
    __syncthreads();

    // LANES threads a key.
    for (int base = 0; base < count; base += ATTEND_THREADS / LANES) {
      const int key = base + (int)threadIdx.x / LANES, part = threadIdx.x % LANES;
      const bf16* row = ownKeys + min(key, count - 1) * rowStride;  // whole warps go on to the exchange
      float score[G];
#pragma unroll
      for (int g = 0; g < G; g++) score[g] = 0.0f;
#pragma unroll
      for (int c = part; c < CHUNKS; c += LANES) {
        const Values<8> numbers = load<8>(row + c * 8);
#pragma unroll
        for (int g = 0; g < G; g++) {
#pragma unroll
          for (int i = 0; i < 8; i++) score[g] += numbers.at[i] * queries[g * D + c * 8 + i];
        }
      }
#pragma unroll
      for (int g = 0; g < G; g++) {
        const float sum = lane_sum(score[g], LANES);
        if (part == 0 && key < count) scores[g * MOST_SPAN + key] = sum;
      }
    }
    __syncthreads();

    // A warp a head.
    for (int g = warp; g < G; g += ATTEND_THREADS / 32) {
      float top = __uint_as_float(0xff800000u), sum = 0.0f;
      for (int key = lane; key < count; key += 32) top = fmaxf(top, scores[g * MOST_SPAN + key]);
      top = lane_max(top);
      for (int key = lane; key < count; key += 32) {
        const float share = __expf(scores[g * MOST_SPAN + key] - top);
        scores[g * MOST_SPAN + key] = share;
        sum += share;
      }
      sum = lane_sum(sum, 32);
      if (lane == 0) {
        tops[g] = top;
        sums[g] = sum;
      }
    }
    __syncthreads();

    // CHUNKS threads a value, each with 8 of its numbers.
    const int chunk = threadIdx.x % CHUNKS;
    float total[G][8];
#pragma unroll
    for (int g = 0; g < G; g++) {
#pragma unroll
      for (int i = 0; i < 8; i++) total[g][i] = 0.0f;
    }
#pragma unroll 4
    for (int key = threadIdx.x / CHUNKS; key < count; key += ATTEND_THREADS / CHUNKS) {
      const Values<8> numbers = load<8>(ownValues + key * rowStride + chunk * 8);
#pragma unroll
      for (int g = 0; g < G; g++) {
        const float share = scores[g * MOST_SPAN + key];
#pragma unroll
        for (int i = 0; i < 8; i++) total[g][i] += share * numbers.at[i];
      }
    }
    // Within the warp, then the upper half of the warps to the lower one until one is left.
#pragma unroll
    for (int g = 0; g < G; g++) {
#pragma unroll
      for (int i = 0; i < 8; i++) {
        for (int offset = CHUNKS; offset < 32; offset *= 2) total[g][i] += __shfl_xor_sync(FULL_WARP, total[g][i], offset);
      }
    }
    for (int half = ATTEND_THREADS / 64; half > 0; half /= 2) {
      __syncthreads();
      if (warp >= half && warp < 2 * half && lane < CHUNKS) {
#pragma unroll
        for (int g = 0; g < G; g++) {
#pragma unroll
          for (int i = 0; i < 8; i++) scores[((warp - half) * G + g) * D + chunk * 8 + i] = total[g][i];
        }
      }
      __syncthreads();
      if (warp < half && lane < CHUNKS) {
#pragma unroll
        for (int g = 0; g < G; g++) {
#pragma unroll
          for (int i = 0; i < 8; i++) total[g][i] += scores[(warp * G + g) * D + chunk * 8 + i];
        }
      }
    }
    if (warp == 0 && lane < CHUNKS) {
#pragma unroll
      for (int g = 0; g < G; g++) {
        if (splits == 1) {
          Values<8> result;
#pragma unroll
          for (int i = 0; i < 8; i++) result.at[i] = total[g][i] / sums[g];
          store<8>(y + ((long long)sequence * keyHeads * groups * G + head + g) * D + chunk * 8, result);
        } else {
          float* part = parts + ((long long)item * G + g) * (D + 2);
#pragma unroll
          for (int i = 0; i < 8; i++) part[chunk * 8 + i] = total[g][i];
          if (chunk == 0) {
            part[D] = tops[g];
            part[D + 1] = sums[g];
          }
        }
      }
    }
    __syncthreads();  // before the next item's numbers
  }
}

// A warp a head: its spans' parts, weighted by how their largest scores compare. `group` heads lie together.
template <int D>
__device__ __forceinline__ void attend_join(const float* parts, const int* used, bf16* y, int sequences, int heads, int group, int splits, int span) {
  const int lane = threadIdx.x % 32, warps = blockDim.x / 32;
  for (int i = blockIdx.x * warps + threadIdx.x / 32; i < sequences * heads; i += gridDim.x * warps) {
    const int there = min(splits, (used[i / heads] + span - 1) / span);
    const float* part = parts + ((long long)(i / group) * splits * group + i % group) * (D + 2);
    const long long next = (long long)group * (D + 2);  // the same head's of the next span
    float top = __uint_as_float(0xff800000u), sum = 0.0f;
    for (int j = lane; j < there; j += 32) top = fmaxf(top, part[j * next + D]);
    top = lane_max(top);
    for (int j = lane; j < there; j += 32) sum += __expf(part[j * next + D] - top) * part[j * next + D + 1];
    sum = lane_sum(sum, 32);
    float total[(D + 31) / 32];
#pragma unroll
    for (int c = 0; c < (D + 31) / 32; c++) total[c] = 0.0f;
#pragma unroll 4
    for (int j = 0; j < there; j++) {
      const float share = __expf(part[j * next + D] - top);
#pragma unroll
      for (int c = 0; c < (D + 31) / 32; c++) {
        if (lane + 32 * c < D) total[c] += share * part[j * next + lane + 32 * c];
      }
    }
#pragma unroll
    for (int c = 0; c < (D + 31) / 32; c++) {
      if (lane + 32 * c < D) y[(long long)i * D + lane + 32 * c] = narrow(total[c] / sum);
    }
  }
}

#define ATTEND(D, G)                                                                                                              \
  extern "C" __global__ void __launch_bounds__(ATTEND_THREADS) attend_##D##_##G(                                                  \
      const bf16* q, const bf16* k, const bf16* v, bf16* keys, bf16* values, const int* starts, const int* used, float* parts,    \
      bf16* y, int sequences, int keyHeads, int groups, int qStride, int kStride, int vStride, int splits, int span, float scale) { \
    attend<D, G>(q, k, v, keys, values, starts, used, parts, y, sequences, keyHeads, groups, qStride, kStride, vStride, splits, span, scale); \
  }

#define ATTEND_HEADS(D)                                                                                                           \
  ATTEND(D, 1) ATTEND(D, 2) ATTEND(D, 4) ATTEND(D, 8)                                                                             \
  extern "C" __global__ void __launch_bounds__(ATTEND_THREADS) attend_join_##D(                                                   \
      const float* parts, const int* used, bf16* y, int sequences, int heads, int group, int splits, int span) {                  \
    attend_join<D>(parts, used, y, sequences, heads, group, splits, span);                                                        \
  }

ATTEND_HEADS(16)
ATTEND_HEADS(64)
ATTEND_HEADS(128)
