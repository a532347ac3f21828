// Routing of a mixture of experts: which k of E experts a token takes, with which weights, the backward of that, and the
// order of all rows by expert. E is at most 256 and k at most 16.
//
// Softmax over all experts, the k largest and renormalising them is softmax over the k largest logits alone: the sum over all
// experts cancels. So nothing of size (T, E) is written, and the backward needs the k weights only.

#define MOST_EXPERTS 256
#define LANE_EXPERTS (MOST_EXPERTS / 32)
#define TILE_WARPS 4  // of a block that counts or places
#define FEW_ROWS 256
#define AHEAD 8       // numbers that a lane reads before it uses the first

// Whole numbers in the order of floats, NaN above all; 0 stands for nothing.
__device__ __forceinline__ unsigned key_of(float x) {
  const unsigned bits = __float_as_uint(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0xffffffffu;
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

__device__ __forceinline__ int lane_total(int x) {
  for (int offset = 16; offset > 0; offset /= 2) x += __shfl_xor_sync(FULL_WARP, x, offset);
  return x;
}

// A warp a token. Of equal logits the smaller expert comes first. Where experts are pinned, (T, k), those are taken.
// weights (T, k) bf16 are for use, exact (T, k) float32 for the backward where it is wanted.
extern "C" __global__ void __launch_bounds__(256) route(
    const bf16* logits, const long long* pinned, long long* chosen, bf16* weights, float* exact, int tokens, int experts, int k) {
  const int lane = threadIdx.x % 32, warps = blockDim.x / 32;
  for (long long t = (long long)blockIdx.x * warps + threadIdx.x / 32; t < tokens; t += (long long)gridDim.x * warps) {
    const bf16* row = logits + t * experts;
    int mine = 0;
    if (pinned) {
      if (lane < k) mine = (int)pinned[t * k + lane];
    } else {
      unsigned keys[LANE_EXPERTS];
#pragma unroll
      for (int j = 0; j < LANE_EXPERTS; j++) keys[j] = lane + 32 * j < experts ? key_of(widen(row[lane + 32 * j])) : 0u;
      for (int place = 0; place < k; place++) {
        unsigned best = 0u;
        int expert = MOST_EXPERTS;
#pragma unroll
        for (int j = 0; j < LANE_EXPERTS; j++) {
          if (keys[j] > best) {
            best = keys[j];
            expert = lane + 32 * j;
          }
        }
        for (int offset = 16; offset > 0; offset /= 2) {
          const unsigned other = __shfl_xor_sync(FULL_WARP, best, offset);
          const int whose = __shfl_xor_sync(FULL_WARP, expert, offset);
          if (other > best || (other == best && whose < expert)) {
            best = other;
            expert = whose;
          }
        }
        if (lane == place) mine = expert;
#pragma unroll
        for (int j = 0; j < LANE_EXPERTS; j++) {
          if (lane + 32 * j == expert) keys[j] = 0u;
        }
      }
    }
    const float logit = lane < k ? widen(row[mine]) : __uint_as_float(0xff800000u);
    const float top = lane_max(logit);
    const float share = lane < k ? expf(logit - top) : 0.0f;
    const float weight = share / lane_sum(share, 32);
    if (lane < k) {
      chosen[t * k + lane] = mine;
      weights[t * k + lane] = narrow(weight);
      if (exact) exact[t * k + lane] = weight;
    }
  }
}

// A warp a token: the logits' gradient (T, E), which is weight * (dWeight - the weighted mean of all k) at chosen experts and
// nothing elsewhere. dWeights lie in the order of tokens, or sorted where inverse says which is whose.
extern "C" __global__ void __launch_bounds__(256) route_backward(
    const float* dWeights, const long long* inverse, const float* exact, const long long* chosen, bf16* dLogits, int tokens, int experts, int k) {
  const int lane = threadIdx.x % 32, warps = blockDim.x / 32;
  for (long long t = (long long)blockIdx.x * warps + threadIdx.x / 32; t < tokens; t += (long long)gridDim.x * warps) {
    const bool holds = lane < k;
    const float weight = holds ? exact[t * k + lane] : 0.0f, slope = holds ? dWeights[inverse ? inverse[t * k + lane] : t * k + lane] : 0.0f;
    const int expert = holds ? (int)chosen[t * k + lane] : -1;
    const float d = weight * (slope - lane_sum(weight * slope, 32));
    float found[LANE_EXPERTS];
#pragma unroll
    for (int j = 0; j < LANE_EXPERTS; j++) found[j] = 0.0f;
    for (int i = 0; i < k; i++) {
      const int whose = __shfl_sync(FULL_WARP, expert, i);
      const float value = __shfl_sync(FULL_WARP, d, i);
#pragma unroll
      for (int j = 0; j < LANE_EXPERTS; j++) {
        if (lane + 32 * j == whose) found[j] += value;
      }
    }
#pragma unroll
    for (int j = 0; j < LANE_EXPERTS; j++) {
      if (lane + 32 * j < experts) dLogits[t * experts + lane + 32 * j] = narrow(found[j]);
    }
  }
}

// For many rows a stable counting sort in three steps, the same in every run. The M = T k rows are cut into tiles, each one warp's.
// First: how many rows of each expert a tile has, counts (E, tiles).
extern "C" __global__ void __launch_bounds__(32 * TILE_WARPS) count_experts(
    const long long* chosen, int* counts, int rows, int experts, int tiles, int tileRows) {
  __shared__ int all[TILE_WARPS][MOST_EXPERTS];
  const int lane = threadIdx.x % 32;
  int* own = all[threadIdx.x / 32];
  const int tile = blockIdx.x * TILE_WARPS + threadIdx.x / 32;
  for (int e = lane; e < experts; e += 32) own[e] = 0;
  __syncwarp();
  if (tile >= tiles) return;
  const int start = tile * tileRows, end = min(start + tileRows, rows);
  for (int base = start + lane; base < end; base += 32 * AHEAD) {
    int found[AHEAD];
#pragma unroll
    for (int j = 0; j < AHEAD; j++) found[j] = base + 32 * j < end ? (int)chosen[base + 32 * j] : -1;
#pragma unroll
    for (int j = 0; j < AHEAD; j++) {
      if (found[j] >= 0) atomicAdd(&own[found[j]], 1);
    }
  }
  __syncwarp();
  for (int e = lane; e < experts; e += 32) counts[(long long)e * tiles + tile] = own[e];
}

// Second, one block: each count becomes the sum of all before it, and ends (E) where an expert's rows end. A warp takes counts that
// lie together: first their sum alone, then, knowing those of the warps before, each one's place.
extern "C" __global__ void __launch_bounds__(1024) scan_counts(int* counts, int* ends, int experts, int tiles) {
  __shared__ int sums[32];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32, size = experts * tiles;
  const int share = (size + 32 * warps - 1) / (32 * warps) * 32, start = warp * share, end = min(start + share, size);
  int own = 0;
#pragma unroll 8
  for (int i = start + lane; i < end; i += 32) own += counts[i];
  own = lane_total(own);
  if (lane == 0) sums[warp] = own;
  __syncthreads();
  int before = lane_total(lane < warp ? sums[lane] : 0);
  for (int base = start; base < end; base += 32 * AHEAD) {
    int found[AHEAD];
#pragma unroll
    for (int j = 0; j < AHEAD; j++) found[j] = base + 32 * j + lane < end ? counts[base + 32 * j + lane] : 0;
#pragma unroll
    for (int j = 0; j < AHEAD; j++) {
      if (base + 32 * j >= end) break;  // the whole warp
      const int i = base + 32 * j + lane;
      const int sum = before + lane_prefix(found[j]);
      before = __shfl_sync(FULL_WARP, sum, 31);
      if (i >= end) continue;
      counts[i] = sum - found[j];
      if (i % tiles == tiles - 1) ends[i / tiles] = sum;
    }
  }
}

// Third: every row goes to the next free place of its tile and expert, in the order of rows.
extern "C" __global__ void __launch_bounds__(32 * TILE_WARPS) place_rows(
    const long long* chosen, const bf16* weights, const int* counts, long long* tokens, long long* inverse, bf16* sorted,
    int rows, int k, int experts, int tiles, int tileRows) {
  __shared__ int all[TILE_WARPS][MOST_EXPERTS];
  const int lane = threadIdx.x % 32;
  int* next = all[threadIdx.x / 32];
  const int tile = blockIdx.x * TILE_WARPS + threadIdx.x / 32;
  if (tile >= tiles) return;
  for (int e = lane; e < experts; e += 32) next[e] = counts[(long long)e * tiles + tile];
  __syncwarp();
  const int start = tile * tileRows, end = min(start + tileRows, rows);
  for (int base = start; base < end; base += 32 * AHEAD) {
    int found[AHEAD];
    bf16 shares[AHEAD];
#pragma unroll
    for (int j = 0; j < AHEAD; j++) {
      const int p = base + 32 * j + lane;
      found[j] = p < end ? (int)chosen[p] : MOST_EXPERTS;
      shares[j] = p < end ? weights[p] : 0;
    }
#pragma unroll
    for (int j = 0; j < AHEAD; j++) {
      if (base + 32 * j >= end) break;  // the whole warp
      const int p = base + 32 * j + lane, expert = found[j];
      const bool active = expert < MOST_EXPERTS;
      const unsigned peers = __match_any_sync(FULL_WARP, expert);
      const int rank = __popc(peers & ((1u << lane) - 1u));
      const int place = active ? next[expert] + rank : 0;
      __syncwarp();
      if (active && rank == 0) next[expert] += __popc(peers);
      __syncwarp();
      if (!active) continue;
      tokens[place] = p / k;
      inverse[p] = place;
      sorted[place] = shares[j];
    }
  }
}

// All of it for few rows, such as those of tokens that are decoded, in one block: a row goes behind all rows of smaller experts and
// those of its own that come before it.
extern "C" __global__ void __launch_bounds__(FEW_ROWS) sort_few(
    const long long* chosen, const bf16* weights, long long* tokens, long long* inverse, bf16* sorted, int* ends, int rows, int k, int experts) {
  __shared__ int all[FEW_ROWS];
  for (int p = threadIdx.x; p < rows; p += blockDim.x) all[p] = (int)chosen[p];
  __syncthreads();
  for (int p = threadIdx.x; p < rows; p += blockDim.x) {
    const int expert = all[p];
    int place = 0;
    for (int other = 0; other < rows; other++) place += all[other] < expert || (all[other] == expert && other < p);
    tokens[place] = p / k;
    inverse[p] = place;
    sorted[place] = weights[p];
  }
  for (int e = threadIdx.x; e < experts; e += blockDim.x) {
    int end = 0;
    for (int p = 0; p < rows; p++) end += all[p] <= e;
    ends[e] = end;
  }
}
