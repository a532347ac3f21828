namespace Litre.Torch;

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

    /// <summary>Only as the random state that attention kernels hand from forward to backward.</summary>
    UInt64 = 29,
}
