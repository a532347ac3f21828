// Low-rank updates of few rows, each by the adapter in its slot, whose number is on the device: y += scale * (x Aᵀ) Bᵀ. A table has
// one entry for each slot and part of a fused weight, so that a recorded step serves any choice of adapters, also of those that come
// later.
//
// S rows, P parts of the weight, each with a run of the outputs, r rank of an adapter's part. Rows of experts are sorted by expert:
// `tokens` has each row's token, whose slot counts, and `ends` the end of each expert's rows; an entry's factors are then those of the
// first expert, and the other experts' follow. Else both are 0.

#define LORA_THREADS 256
#define LORA_MAX_RANK 256

// An entry of the table: addresses of A (r, in), dense, and of B (rows of the part, r), whose rows are `stride` apart. Without an
// adapter `a` is 0.
struct LoraEntry {
  const bf16* a;
  const bf16* b;
  int rank, stride;
  float scale;
  int unused;
};

__device__ __forceinline__ long long slot_of(const long long* slots, const long long* tokens, long long row) {
  return slots[tokens != 0 ? tokens[row] : row];
}

// The first expert whose rows end after this one.
__device__ __forceinline__ long long expert_of(const int* ends, int experts, long long row) {
  int low = 0, high = experts - 1;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (ends[middle] > row) high = middle;
    else low = middle + 1;
  }
  return low;
}

// A warp a rank: u[s, p, r] = round(sum over the inputs), as the product of the plain operators rounds it.
extern "C" __global__ void __launch_bounds__(LORA_THREADS) lora_shrink(
    const bf16* x, const LoraEntry* table, const long long* slots, const long long* tokens, const int* ends, float* u, int rows,
    int parts, int inputs, int experts) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  for (int item = blockIdx.x; item < rows * parts; item += gridDim.x) {
    const long long row = item / parts, slot = slot_of(slots, tokens, row);
    if (slot < 0) continue;
    const LoraEntry entry = table[slot * parts + item % parts];
    if (entry.a == 0) continue;
    const bf16* first = entry.a + (ends != 0 ? expert_of(ends, experts, row) * entry.rank * inputs : 0);
    for (int r = warp; r < entry.rank; r += LORA_THREADS / 32) {
      const bf16* a = first + (long long)r * inputs;
      float sum = 0.0f;
      for (int i = lane * 8; i < inputs; i += 256) {
        const Values<8> left = load<8>(x + row * inputs + i), right = load<8>(a + i);
#pragma unroll
        for (int j = 0; j < 8; j++) sum += left.at[j] * right.at[j];
      }
      sum = lane_sum(sum, 32);
      if (lane == 0) u[(long long)item * LORA_MAX_RANK + r] = widen(narrow(sum));
    }
  }
}

// A thread an output of one row.
extern "C" __global__ void __launch_bounds__(LORA_THREADS) lora_expand(
    const float* u, const LoraEntry* table, const int* bounds, const long long* slots, const long long* tokens, const int* ends,
    bf16* y, int rows, int parts, int outputs, int experts) {
  __shared__ float inner[LORA_MAX_RANK];
  const int tiles = (outputs + LORA_THREADS - 1) / LORA_THREADS;
  for (int item = blockIdx.x; item < rows * tiles * parts; item += gridDim.x) {
    const int part = item % parts, tile = item / parts % tiles;
    const long long row = item / parts / tiles, slot = slot_of(slots, tokens, row);
    if (slot < 0) continue;
    const int begin = tile * LORA_THREADS, first = bounds[part] > begin ? bounds[part] : begin;
    const int end = min(bounds[part + 1], begin + LORA_THREADS);
    if (first >= end) continue;
    const LoraEntry entry = table[slot * parts + part];
    if (entry.a == 0) continue;
    __syncthreads();  // the item before has read its numbers
    for (int r = threadIdx.x; r < entry.rank; r += LORA_THREADS) inner[r] = u[(row * parts + part) * LORA_MAX_RANK + r];
    __syncthreads();
    const int output = begin + (int)threadIdx.x;
    if (output < first || output >= end) continue;
    const bf16* b = entry.b + (long long)(output - bounds[part]) * entry.stride;
    if (ends != 0) b += expert_of(ends, experts, row) * outputs * entry.stride;
    float sum = 0.0f;
    int r = 0;
    if (entry.rank % 8 == 0 && entry.stride % 8 == 0 && (unsigned long long)b % 16 == 0) {
      for (; r < entry.rank; r += 8) {
        const Values<8> values = load<8>(b + r);
#pragma unroll
        for (int j = 0; j < 8; j++) sum += values.at[j] * inner[r + j];
      }
    } else {
      for (; r < entry.rank; r++) sum += widen(b[r]) * inner[r];
    }
    bf16* place = y + row * outputs + output;
    *place = narrow(widen(*place) + entry.scale * sum);
  }
}
