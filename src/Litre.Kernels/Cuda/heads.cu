// Per head: root-mean-square norm, weight, rotary embedding in the half-split form, and the backward of all three. qkv
// (T, (N + 2K) D) holds a token's N query heads, K key heads and K value heads side by side. Plain operators round after
// the norm, after its weight and after each product of the rotation; here only the result is rounded.
//
// LANES = D / 16 neighbouring lanes take a head, each 8 numbers of its left half and the 8 opposite, so a rotated pair never leaves
// its lane. D is 16 times a power of two up to 32, and a kernel's name ends in its lanes: with a width that is known the address
// of a number takes few instructions, which would else outweigh the memory. Every lane stays to the end, since sums need the whole
// warp; those behind the last head take it once more and write nothing. Every load stands before the first sum.

template <int LANES>
__device__ __forceinline__ void heads_forward(
    const bf16* qkv, const bf16* queryWeight, const bf16* keyWeight, const bf16* cosines, const bf16* sines,
    bf16* rotated, float* rstd, int tokens, int heads, int keyHeads, float eps) {
  constexpr int width = 16 * LANES, half = 8 * LANES;
  const unsigned normed = heads + keyHeads, all = normed + keyHeads;
  const unsigned items = tokens * normed;  // below 2^31
  const unsigned perBlock = blockDim.x / LANES, at = threadIdx.x % LANES * 8;
  for (unsigned base = blockIdx.x * perBlock; base < items; base += gridDim.x * perBlock) {
    const unsigned own = base + threadIdx.x / LANES, item = min(own, items - 1);
    const unsigned t = item / normed, head = item - t * normed;
    const bf16* x = qkv + ((long long)t * all + head) * width + at;
    const bf16* weight = ((int)head < heads ? queryWeight : keyWeight) + at;
    const long long turned = (long long)t * width + at;
    const uint4 xl = load_words(x), xr = load_words(x + half);
    const uint4 wl = load_words(weight), wr = load_words(weight + half);
    // The sines' left half is negated in the table.
    const uint4 cs = load_words(cosines + turned), ss = load_words(sines + turned + half);
    Values<8> left = unpack(xl), right = unpack(xr);
    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < 8; i++) squares += left.at[i] * left.at[i] + right.at[i] * right.at[i];
    const float r = rsqrtf(lane_sum(squares, LANES) * (1.0f / width) + eps);
    if (own >= items) continue;
    const Values<8> c = unpack(cs), s = unpack(ss), leftWeight = unpack(wl), rightWeight = unpack(wr);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      const float l = left.at[i] * r * leftWeight.at[i], u = right.at[i] * r * rightWeight.at[i];
      left.at[i] = l * c.at[i] - u * s.at[i];
      right.at[i] = u * c.at[i] + l * s.at[i];
    }
    bf16* y = rotated + (long long)item * width + at;
    store<8>(y, left);
    store<8>(y + half, right);
    if (at == 0) rstd[item] = r;
  }
}

// dQuery (T, N, D), dKey and dValue (T, K, D) into dQkv: the gradient through rotation, weight and norm of queries and keys,
// and the values' as it is.
template <int LANES>
__device__ __forceinline__ void heads_backward(
    const bf16* dQuery, const bf16* dKey, const bf16* dValue, const bf16* qkv, const float* rstd,
    const bf16* queryWeight, const bf16* keyWeight, const bf16* cosines, const bf16* sines,
    bf16* dQkv, int tokens, int heads, int keyHeads) {
  constexpr int width = 16 * LANES, half = 8 * LANES;
  const int normed = heads + keyHeads;
  const unsigned all = normed + keyHeads;
  const unsigned items = tokens * all;  // below 2^31
  const unsigned perBlock = blockDim.x / LANES, at = threadIdx.x % LANES * 8;
  for (unsigned base = blockIdx.x * perBlock; base < items; base += gridDim.x * perBlock) {
    const unsigned own = base + threadIdx.x / LANES, item = min(own, items - 1);
    const unsigned t = item / all;
    const int head = (int)(item - t * all);
    const bool turns = head < normed;
    const bf16* d = at + (head < heads ? dQuery + ((long long)t * heads + head) * width
                        : turns        ? dKey + ((long long)t * keyHeads + head - heads) * width
                                       : dValue + ((long long)t * keyHeads + head - normed) * width);
    const long long place = (long long)item * width + at;
    const uint4 dl = load_words(d), dr = load_words(d + half);
    uint4 xl, xr;
    float r = 0.0f, mean = 0.0f;
    Values<8> left, right;  // of the normalised head's gradient
    if (turns) {
      const bf16* weight = (head < heads ? queryWeight : keyWeight) + at;
      const long long turned = (long long)t * width + at;
      xl = load_words(qkv + place), xr = load_words(qkv + place + half);
      const uint4 cs = load_words(cosines + turned), ss = load_words(sines + turned + half);
      const uint4 wl = load_words(weight), wr = load_words(weight + half);
      r = rstd[(long long)t * normed + head];
      const Values<8> c = unpack(cs), s = unpack(ss), leftWeight = unpack(wl), rightWeight = unpack(wr);
      const Values<8> ul = unpack(xl), ur = unpack(xr);
      left = unpack(dl), right = unpack(dr);
#pragma unroll
      for (int i = 0; i < 8; i++) {
        const float l = left.at[i], u = right.at[i];
        left.at[i] = (l * c.at[i] + u * s.at[i]) * leftWeight.at[i];
        right.at[i] = (u * c.at[i] - l * s.at[i]) * rightWeight.at[i];
        mean += left.at[i] * ul.at[i] + right.at[i] * ur.at[i];
      }
    }
    // The unit is x * r, so that the mean's share of it is x times r squared.
    const float share = r * r * lane_sum(mean, LANES) * (1.0f / width);
    if (own >= items) continue;
    if (!turns) {
      store_words(dQkv + place, dl);
      store_words(dQkv + place + half, dr);
      continue;
    }
    const Values<8> ul = unpack(xl), ur = unpack(xr);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      left.at[i] = r * (left.at[i] - ul.at[i] * share);
      right.at[i] = r * (right.at[i] - ur.at[i] * share);
    }
    store<8>(dQkv + place, left);
    store<8>(dQkv + place + half, right);
  }
}

#define HEADS(LANES)                                                                                                       \
  extern "C" __global__ void __launch_bounds__(256, 6) heads_forward_##LANES(                                              \
      const bf16* qkv, const bf16* queryWeight, const bf16* keyWeight, const bf16* cosines, const bf16* sines,             \
      bf16* rotated, float* rstd, int tokens, int heads, int keyHeads, float eps) {                                        \
    heads_forward<LANES>(qkv, queryWeight, keyWeight, cosines, sines, rotated, rstd, tokens, heads, keyHeads, eps);        \
  }                                                                                                                        \
  extern "C" __global__ void __launch_bounds__(256, 4) heads_backward_##LANES(                                             \
      const bf16* dQuery, const bf16* dKey, const bf16* dValue, const bf16* qkv, const float* rstd,                        \
      const bf16* queryWeight, const bf16* keyWeight, const bf16* cosines, const bf16* sines,                              \
      bf16* dQkv, int tokens, int heads, int keyHeads) {                                                                   \
    heads_backward<LANES>(                                                                                                 \
        dQuery, dKey, dValue, qkv, rstd, queryWeight, keyWeight, cosines, sines, dQkv, tokens, heads, keyHeads);           \
  }

HEADS(1)
HEADS(2)
HEADS(4)
HEADS(8)
HEADS(16)
HEADS(32)
