// Products of rows that are sorted by expert with their expert's matrix, on tensor cores. Where an expert's rows end is read on the
// device, so nothing waits for the host. A block makes one tile of the result, ROWS by COLUMNS; the depth is read in slices of
// DEPTH, which are copied while earlier ones are multiplied. Widths are multiples of 8, and rows begin at 16 bytes.
//
// An operand is *deep* where its numbers lie along the depth, and *flat* where they lie across it.

#ifndef EMULATED_TENSOR_CORES
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
__device__ __forceinline__ unsigned shared_address(const void* p) { return (unsigned)__cvta_generic_to_shared(p); }

// 16 bytes from global to shared memory, zeros where there are none.
__device__ __forceinline__ void copy_ahead(bf16* to, const bf16* from, bool there) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from), "r"(there ? 16 : 0) : "memory");
}

__device__ __forceinline__ void close_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Until all but the last N closed groups of copies have come.
template <int N>
__device__ __forceinline__ void await_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

// Four matrices of 8 by 8; lane i gives the address of row i % 8 of matrix i / 8, and gets two neighbours of row lane / 4 of each.
__device__ __forceinline__ void load_four(unsigned* to, const bf16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3]) : "r"(shared_address(row)) : "memory");
}

// The same, of each matrix transposed.
__device__ __forceinline__ void load_four_turned(unsigned* to, const bf16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3]) : "r"(shared_address(row)) : "memory");
}

// sum += a b, 16 by 16 and 16 by 8.
__device__ __forceinline__ void multiply_add(float* sum, const unsigned* a, const unsigned* b) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#else
// GPUs before Ampere have no bf16 products; these kernels compile for them and are never started there.
__device__ __forceinline__ void copy_ahead(bf16*, const bf16*, bool) {}
__device__ __forceinline__ void close_copies() {}
template <int N>
__device__ __forceinline__ void await_copies() {}
__device__ __forceinline__ void load_four(unsigned*, const bf16*) {}
__device__ __forceinline__ void load_four_turned(unsigned*, const bf16*) {}
__device__ __forceinline__ void multiply_add(float*, const unsigned*, const unsigned*) {}
#endif
#endif

// Where 8 neighbouring numbers of a row lie in a tile of WIDTH numbers a row. They change places within a row, so that the same 8 of
// eight rows lie in different banks.
template <int WIDTH>
__device__ __forceinline__ int place(int row, int chunk) {
  constexpr int CHUNKS = WIDTH / 8;
  const int turn = CHUNKS >= 8 ? row & 7 : (row / (8 / CHUNKS)) & (CHUNKS - 1);
  return row * WIDTH + (chunk ^ turn) * 8;
}

// A tile of HEIGHT rows from global memory, of which the first `rows` and their first `width` numbers are there.
template <int HEIGHT, int WIDTH, int THREADS>
__device__ __forceinline__ void fetch(bf16* tile, const bf16* from, int stride, int rows, int width) {
#pragma unroll
  for (int i = 0; i < (HEIGHT * WIDTH / 8 + THREADS - 1) / THREADS; i++) {
    const int at = i * THREADS + (int)threadIdx.x, row = at / (WIDTH / 8), chunk = at % (WIDTH / 8);
    if (HEIGHT * WIDTH / 8 % THREADS != 0 && row >= HEIGHT) break;
    const bool there = row < rows && chunk * 8 < width;
    copy_ahead(tile + place<WIDTH>(row, chunk), there ? from + (long long)row * stride + chunk * 8 : from, there);
  }
}

template <int ROWS, int COLUMNS, int DEPTH, int WARPS_DOWN, int WARPS_ACROSS, int STAGES, bool LEFT_DEEP, bool RIGHT_DEEP>
struct Tile {
  static constexpr int HEIGHT = ROWS, WIDTH = COLUMNS;
  static constexpr bool DEEP = RIGHT_DEEP;
  static constexpr int THREADS = 32 * WARPS_DOWN * WARPS_ACROSS;
  static constexpr int HIGH = ROWS / WARPS_DOWN / 16, WIDE = COLUMNS / WARPS_ACROSS / 8;  // products of a warp
  static constexpr int LEFT = ROWS * DEPTH, RIGHT = COLUMNS * DEPTH, STAGE = LEFT + RIGHT;
  static constexpr int NUMBERS = STAGES * STAGE > ROWS * COLUMNS ? STAGES * STAGE : ROWS * COLUMNS;  // of shared memory
  static_assert(WIDE % 2 == 0 && DEPTH % 16 == 0 && NUMBERS * 2 <= 48 << 10, "no such tile");

  // left by right over the depth, times scale, of which `rows` and `columns` are written to `to`, or added to what is there.
  static __device__ __forceinline__ void make(
      bf16* shared, const bf16* left, int leftStride, const bf16* right, int rightStride, int depth, bf16* to, int toStride, int rows, int columns,
      float scale, bool add) {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int down = warp / WARPS_ACROSS * (ROWS / WARPS_DOWN), across = warp % WARPS_ACROSS * (COLUMNS / WARPS_ACROSS);
    const int slices = (depth + DEPTH - 1) / DEPTH;
    const auto fetch_slice = [&](int slice) {
      if (slice < slices) {
        bf16* tile = shared + slice % STAGES * STAGE;
        const int first = slice * DEPTH;
        if constexpr (LEFT_DEEP) fetch<ROWS, DEPTH, THREADS>(tile, left + first, leftStride, rows, depth - first);
        else fetch<DEPTH, ROWS, THREADS>(tile, left + (long long)first * leftStride, leftStride, depth - first, rows);
        if constexpr (RIGHT_DEEP) fetch<COLUMNS, DEPTH, THREADS>(tile + LEFT, right + first, rightStride, columns, depth - first);
        else fetch<DEPTH, COLUMNS, THREADS>(tile + LEFT, right + (long long)first * rightStride, rightStride, depth - first, columns);
      }
      close_copies();  // an empty group keeps the count
    };

    float sums[HIGH][WIDE][4];
#pragma unroll
    for (int i = 0; i < HIGH; i++) {
#pragma unroll
      for (int j = 0; j < WIDE; j++) sums[i][j][0] = sums[i][j][1] = sums[i][j][2] = sums[i][j][3] = 0.0f;
    }

#pragma unroll
    for (int slice = 0; slice < STAGES - 1; slice++) fetch_slice(slice);
    for (int slice = 0; slice < slices; slice++) {
      await_copies<STAGES - 2>();
      __syncthreads();  // this slice has come, and nobody reads the one that is overwritten next
      fetch_slice(slice + STAGES - 1);
      const bf16* tile = shared + slice % STAGES * STAGE;
#pragma unroll
      for (int inner = 0; inner < DEPTH; inner += 16) {
        unsigned a[HIGH][4], b[WIDE][2];
#pragma unroll
        for (int i = 0; i < HIGH; i++) {
          const int row = down + 16 * i;
          if constexpr (LEFT_DEEP) load_four(a[i], tile + place<DEPTH>(row + lane % 16, inner / 8 + lane / 16));
          else load_four_turned(a[i], tile + place<ROWS>(inner + lane % 8 + lane / 16 * 8, row / 8 + lane / 8 % 2));
        }
#pragma unroll
        for (int j = 0; j < WIDE; j += 2) {
          const int column = across + 8 * j;
          unsigned four[4];
          if constexpr (RIGHT_DEEP) load_four(four, tile + LEFT + place<DEPTH>(column + lane % 8 + lane / 16 * 8, inner / 8 + lane / 8 % 2));
          else load_four_turned(four, tile + LEFT + place<COLUMNS>(inner + lane % 16, column / 8 + lane / 16));
          b[j][0] = four[0];
          b[j][1] = four[1];
          b[j + 1][0] = four[2];
          b[j + 1][1] = four[3];
        }
#pragma unroll
        for (int i = 0; i < HIGH; i++) {
#pragma unroll
          for (int j = 0; j < WIDE; j++) multiply_add(sums[i][j], a[i], b[j]);
        }
      }
    }

    // Through shared memory, so that rows are written as vectors.
    await_copies<0>();
    __syncthreads();
#pragma unroll
    for (int i = 0; i < HIGH; i++) {
#pragma unroll
      for (int j = 0; j < WIDE; j++) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
          const int row = down + 16 * i + lane / 4 + 8 * half;
          *reinterpret_cast<unsigned*>(shared + place<COLUMNS>(row, across / 8 + j) + lane % 4 * 2) =
              narrow_pair(scale * sums[i][j][2 * half], scale * sums[i][j][2 * half + 1]);
        }
      }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < ROWS * COLUMNS / 8; i += THREADS) {
      const int row = i / (COLUMNS / 8), chunk = i % (COLUMNS / 8);
      if (row >= rows || chunk * 8 >= columns) continue;
      uint4 words = load_words(shared + place<COLUMNS>(row, chunk));
      bf16* there = to + (long long)row * toStride + chunk * 8;
      if (add) {
        Values<8> sum = unpack(words);
        const Values<8> before = load<8>(there);
#pragma unroll
        for (int k = 0; k < 8; k++) sum.at[k] += before.at[k];
        words = pack(sum);
      }
      store_words(there, words);
    }
    __syncthreads();  // before the next tile's copies
  }
};

struct Rows {
  int expert, first, count;
};

// Which rows the tile of that number is for, each expert's beginning with a tile of its own; none beyond the last. Every warp asks.
template <int HEIGHT>
__device__ __forceinline__ Rows rows_of_tile(const int* ends, int experts, int number) {
  const int lane = threadIdx.x % 32;
  int tilesBefore = 0, endBefore = 0;
  for (int base = 0; base < experts; base += 32) {
    const int end = base + lane < experts ? ends[base + lane] : 0;
    int start = __shfl_up_sync(FULL_WARP, end, 1);
    if (lane == 0) start = endBefore;
    const int tiles = base + lane < experts ? (end - start + HEIGHT - 1) / HEIGHT : 0;
    const int sum = lane_prefix(tiles);
    const int own = number - tilesBefore - (sum - tiles);  // among this expert's tiles
    const unsigned found = __ballot_sync(FULL_WARP, own >= 0 && own < tiles);
    if (found) {
      const int who = __popc((found & (0u - found)) - 1u), first = __shfl_sync(FULL_WARP, start + own * HEIGHT, who);
      return {base + who, first, min(HEIGHT, __shfl_sync(FULL_WARP, end, who) - first)};
    }
    tilesBefore += __shfl_sync(FULL_WARP, sum, 31);
    endBefore = __shfl_sync(FULL_WARP, end, 31);
  }
  return {0, 0, 0};
}

// y (M, n): row m of x (M, k) by its expert's matrix, which lies as (E, n, k) where it is deep and as (E, k, n) where it is flat, times
// scale; or that added to y.
template <typename T>
__device__ __forceinline__ void grouped_rows(
    bf16* shared, const bf16* x, const bf16* matrices, const int* ends, bf16* y, int experts, int n, int k, long long tiles, float scale, bool add) {
  const int across = (n + T::WIDTH - 1) / T::WIDTH;
  for (long long i = blockIdx.x; i < tiles * across; i += gridDim.x) {
    const Rows rows = rows_of_tile<T::HEIGHT>(ends, experts, (int)(i / across));
    if (rows.count == 0) return;  // and none after it
    const int column = (int)(i % across) * T::WIDTH;
    const bf16* matrix = matrices + (long long)rows.expert * n * k;
    T::make(shared, x + (long long)rows.first * k, k, T::DEEP ? matrix + (long long)column * k : matrix + column, T::DEEP ? k : n, k,
            y + (long long)rows.first * n + column, n, rows.count, min(T::WIDTH, n - column), scale, add);
  }
}

// sums (E, n, k): of each expert's rows of a (M, n), transposed, by those of b (M, k); zeros where it has none.
template <typename T>
__device__ __forceinline__ void grouped_outer(bf16* shared, const bf16* a, const bf16* b, const int* ends, bf16* sums, int experts, int n, int k) {
  const int down = (n + T::HEIGHT - 1) / T::HEIGHT, across = (k + T::WIDTH - 1) / T::WIDTH;
  for (long long i = blockIdx.x; i < (long long)experts * down * across; i += gridDim.x) {
    const int expert = (int)(i / (down * across)), rest = (int)(i % (down * across));
    const int row = rest / across * T::HEIGHT, column = rest % across * T::WIDTH;
    const int start = expert == 0 ? 0 : ends[expert - 1];
    T::make(shared, a + (long long)start * n + row, n, b + (long long)start * k + column, k, ends[expert] - start,
            sums + ((long long)expert * n + row) * k + column, k, min(T::HEIGHT, n - row), min(T::WIDTH, k - column), 1.0f, false);
  }
}

#define ROWS_KERNEL(name, rows, columns, depth, down, across, stages, deep, blocks)                                            \
  extern "C" __global__ void __launch_bounds__(32 * down * across, blocks) grouped_rows_##name(                                \
      const bf16* x, const bf16* matrices, const int* ends, bf16* y, int experts, int n, int k, long long tiles, float scale, int add) { \
    using Shape = Tile<rows, columns, depth, down, across, stages, true, deep>;                                                \
    __shared__ uint4 shared[Shape::NUMBERS / 8];                                                                               \
    grouped_rows<Shape>(reinterpret_cast<bf16*>(shared), x, matrices, ends, y, experts, n, k, tiles, scale, add != 0); \
  }

#define OUTER_KERNEL(name, rows, columns, down, across)                                                                        \
  extern "C" __global__ void __launch_bounds__(32 * down * across, 2) grouped_outer_##name(                                    \
      const bf16* a, const bf16* b, const int* ends, bf16* sums, int experts, int n, int k) {                                   \
    using Shape = Tile<rows, columns, 32, down, across, 3, false, false>;                                                      \
    __shared__ uint4 shared[Shape::NUMBERS / 8];                                                                               \
    grouped_outer<Shape>(reinterpret_cast<bf16*>(shared), a, b, ends, sums, experts, n, k);                      \
  }

// Names: rows and columns of a tile.
ROWS_KERNEL(deep_128x128, 128, 128, 32, 2, 4, 3, true, 2)
ROWS_KERNEL(flat_128x128, 128, 128, 32, 2, 4, 3, false, 2)
ROWS_KERNEL(deep_64x128, 64, 128, 32, 2, 4, 4, true, 2)
ROWS_KERNEL(flat_64x128, 64, 128, 32, 2, 4, 4, false, 2)
ROWS_KERNEL(deep_128x32, 128, 32, 32, 8, 1, 4, true, 2)
ROWS_KERNEL(flat_128x32, 128, 32, 32, 8, 1, 4, false, 2)
ROWS_KERNEL(deep_16x64, 16, 64, 64, 1, 4, 4, true, 4)
ROWS_KERNEL(flat_16x64, 16, 64, 64, 1, 4, 4, false, 4)
OUTER_KERNEL(128x128, 128, 128, 2, 4)
OUTER_KERNEL(32x128, 32, 128, 1, 8)
OUTER_KERNEL(128x32, 128, 32, 8, 1)
