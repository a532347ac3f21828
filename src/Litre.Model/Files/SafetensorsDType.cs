using Litre.Torch;

namespace Litre.Model.Files;

/// <summary>The names of element types in safetensors headers.</summary>
public static class SafetensorsDType
{
    /// <summary>Every accepted name, for messages.</summary>
    public const string Accepted = "F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL";

    /// <summary>False for a type that Litre does not support, such as F8_E4M3 or U16.</summary>
    public static bool TryParse(string name, out DType dtype)
    {
        DType? found = name switch
        {
            "F64" => DType.Float64,
            "F32" => DType.Float32,
            "F16" => DType.Float16,
            "BF16" => DType.BFloat16,
            "I64" => DType.Int64,
            "I32" => DType.Int32,
            "I16" => DType.Int16,
            "I8" => DType.Int8,
            "U8" => DType.UInt8,
            "BOOL" => DType.Bool,
            _ => null,
        };
        dtype = found.GetValueOrDefault();
        return found is not null;
    }

    /// <summary>The header's name of an element type.</summary>
    public static string Name(DType dtype) =>
        dtype switch
        {
            DType.Float64 => "F64",
            DType.Float32 => "F32",
            DType.Float16 => "F16",
            DType.BFloat16 => "BF16",
            DType.Int64 => "I64",
            DType.Int32 => "I32",
            DType.Int16 => "I16",
            DType.Int8 => "I8",
            DType.UInt8 => "U8",
            DType.Bool => "BOOL",
            _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "safetensors does not have this element type"),
        };
}
