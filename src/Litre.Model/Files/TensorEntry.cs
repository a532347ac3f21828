using Litre.Torch;

namespace Litre.Model.Files;

/// <summary>One tensor of a safetensors file: what it is and where its bytes lie. Row-major, little-endian.</summary>
/// <param name="Name">The checkpoint key.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
/// <param name="File">Path of the file that holds it.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="Bytes">Length in bytes: the product of the sizes times the element's size.</param>
public sealed record TensorEntry(string Name, DType DType, long[] Shape, string File, long Offset, long Bytes);
