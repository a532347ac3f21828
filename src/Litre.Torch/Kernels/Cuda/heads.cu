// Per head: root-mean-square norm, weight, rotary embedding in the half-split form, and the backward of all three. qkv
// (T, (N + 2K) D) holds a token's N query heads, K key heads and K value heads side by side. Plain operators round after
// the norm, after its weight and after each product of the rotation; here only the result is rounded.
//
// D / 16 neighbouring lanes take a head, each 8 numbers of its left half and the 8 opposite, so a rotated pair never leaves
// its lane. D is 16 times a power of two up to 32. Every lane stays to the end, since sums need the whole warp.

extern "C" __global__ void __launch_bounds__(256) heads_forward(
    const bf16* qkv, const bf16* queryWeight, const bf16* keyWeight, const bf16* cosines, const bf16* sines,
    bf16* rotated, float* rstd, int tokens, int heads, int keyHeads, int width, float eps) {
  const int lanes = width / 16, half = width / 2, normed = heads + keyHeads, all = heads + 2 * keyHeads;
  const unsigned items = (unsigned)tokens * normed;  // below 2^31
  const unsigned perBlock = blockDim.x / lanes, at = threadIdx.x % lanes * 8;
  for (unsigned base = blockIdx.x * perBlock; base < items; base += gridDim.x * perBlock) {
    const unsigned item = base + threadIdx.x / lanes;
    const bool active = item < items;
    const int t = active ? (int)(item / (unsigned)normed) : 0, head = active ? (int)(item % (unsigned)normed) : 0;
    const bf16* x = qkv + ((long long)t * all + head) * width + at;
    const Values<8> left = load<8>(x), right = load<8>(x + half);
    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < 8; i++) squares += left.at[i] * left.at[i] + right.at[i] * right.at[i];
    const float r = rsqrtf(lane_sum(squares, lanes) / width + eps);
    if (!active) continue;
    const bf16* weight = (head < heads ? queryWeight : keyWeight) + at;
    const Values<8> wl = load<8>(weight), wr = load<8>(weight + half);
    // The sines' left half is negated in the table.
    const Values<8> c = load<8>(cosines + (long long)t * width + at), s = load<8>(sines + (long long)t * width + half + at);
    Values<8> yl, yr;
#pragma unroll
    for (int i = 0; i < 8; i++) {
      const float l = left.at[i] * r * wl.at[i], u = right.at[i] * r * wr.at[i];
      yl.at[i] = l * c.at[i] - u * s.at[i];
      yr.at[i] = u * c.at[i] + l * s.at[i];
    }
    bf16* y = rotated + (long long)item * width + at;
    store<8>(y, yl);
    store<8>(y + half, yr);
    if (at == 0) rstd[item] = r;
  }
}

// dQuery (T, N, D), dKey and dValue (T, K, D) into dQkv: the gradient through rotation, weight and norm of queries and keys,
// and the values' as it is.
extern "C" __global__ void __launch_bounds__(256) heads_backward(
    const bf16* dQuery, const bf16* dKey, const bf16* dValue, const bf16* qkv, const float* rstd,
    const bf16* queryWeight, const bf16* keyWeight, const bf16* cosines, const bf16* sines,
    bf16* dQkv, int tokens, int heads, int keyHeads, int width) {
  const int lanes = width / 16, half = width / 2, normed = heads + keyHeads, all = heads + 2 * keyHeads;
  const unsigned items = (unsigned)tokens * all;  // below 2^31
  const unsigned perBlock = blockDim.x / lanes, at = threadIdx.x % lanes * 8;
  for (unsigned base = blockIdx.x * perBlock; base < items; base += gridDim.x * perBlock) {
    const unsigned item = base + threadIdx.x / lanes;
    const bool active = item < items;
    const int t = active ? (int)(item / (unsigned)all) : 0, head = active ? (int)(item % (unsigned)all) : 0;
    const bf16* d = at + (head < heads ? dQuery + ((long long)t * heads + head) * width
                        : head < normed ? dKey + ((long long)t * keyHeads + head - heads) * width
                                        : dValue + ((long long)t * keyHeads + head - normed) * width);
    Values<8> dl = load<8>(d), dr = load<8>(d + half);
    Values<8> ul, ur;  // the normalised head
    float mean = 0.0f, r = 0.0f;
    if (head < normed) {
      const bf16* x = qkv + ((long long)t * all + head) * width + at;
      r = rstd[(long long)t * normed + head];
      ul = load<8>(x), ur = load<8>(x + half);
      const bf16* weight = (head < heads ? queryWeight : keyWeight) + at;
      const Values<8> wl = load<8>(weight), wr = load<8>(weight + half);
      const Values<8> c = load<8>(cosines + (long long)t * width + at), s = load<8>(sines + (long long)t * width + half + at);
#pragma unroll
      for (int i = 0; i < 8; i++) {
        const float l = dl.at[i], u = dr.at[i];
        dl.at[i] = (l * c.at[i] + u * s.at[i]) * wl.at[i];
        dr.at[i] = (u * c.at[i] - l * s.at[i]) * wr.at[i];
        ul.at[i] *= r;
        ur.at[i] *= r;
        mean += dl.at[i] * ul.at[i] + dr.at[i] * ur.at[i];
      }
    }
    mean = lane_sum(mean, lanes) / width;
    if (!active) continue;
    if (head < normed) {
#pragma unroll
      for (int i = 0; i < 8; i++) {
        dl.at[i] = r * (dl.at[i] - ul.at[i] * mean);
        dr.at[i] = r * (dr.at[i] - ur.at[i] * mean);
      }
    }
    bf16* y = dQkv + (long long)item * width + at;
    store<8>(y, dl);
    store<8>(y + half, dr);
  }
}
