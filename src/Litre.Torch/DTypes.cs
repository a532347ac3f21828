namespace Litre.Torch;

/// <summary>Properties of element types: size, kind and names.</summary>
public static class DTypes
{
    /// <summary>Size of one element in bytes.</summary>
    public static int Bytes(this DType dtype) =>
        dtype switch
        {
            DType.UInt8 or DType.Int8 or DType.Bool => 1,
            DType.Int16 or DType.Float16 or DType.BFloat16 => 2,
            DType.Int32 or DType.Float32 => 4,
            DType.Int64 or DType.Float64 or DType.UInt64 => 8,
            _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "unknown element type"),
        };

    public static bool IsFloat(this DType dtype) => dtype is DType.Float16 or DType.BFloat16 or DType.Float32 or DType.Float64;

    /// <summary>The type in which sums over many elements are kept: float32, or float64 for float64.</summary>
    public static DType Accumulate(this DType dtype) => dtype == DType.Float64 ? DType.Float64 : DType.Float32;

    /// <summary>The name that Python frameworks use: <c>float32</c>, <c>bfloat16</c>, …</summary>
    public static string Name(this DType dtype) => dtype.ToString().ToLowerInvariant();
}

/// <summary>Element types. The values are libtorch's own scalar type codes (c10/core/ScalarType.h).</summary>
public enum DType
{
    UInt8 = 0,
    Int8 = 1,
    Int16 = 2,
    Int32 = 3,
    Int64 = 4,
    Float16 = 5,
    Float32 = 6,
    Float64 = 7,
    Bool = 11,
    BFloat16 = 15,

    /// <summary>Used only for the random state that attention kernels pass from forward to backward.</summary>
    UInt64 = 29,
}
