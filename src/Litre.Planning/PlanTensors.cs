using Litre.Torch;

namespace Litre.Planning;

/// <summary>Tensors of one shape, type and purpose that one method created.</summary>
/// <param name="Shape">The shape of each.</param>
/// <param name="DType">The element type of each, in short: bf16, f32.</param>
/// <param name="Use">Their purpose.</param>
/// <param name="Origin">The method, if it was recorded.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Bytes">The total bytes.</param>
public sealed record PlanTensors(string Shape, string DType, MemoryUse Use, string? Origin, int Count, long Bytes)
{
    /// <summary>The tensors at the peak of a phase, the largest first.</summary>
    public static IReadOnlyList<PlanTensors> Group(PhaseMemory phase) =>
        [
            .. phase
                .Blocks.GroupBy(b => (Shape: Torch.Shape.Text([.. b.Sizes]), b.DType, b.Use, b.Origin))
                .Select(g => new PlanTensors(g.Key.Shape, Short(g.Key.DType), g.Key.Use, g.Key.Origin, g.Count(), g.Sum(b => b.Bytes)))
                .OrderByDescending(g => g.Bytes),
        ];

    private static string Short(DType dtype) =>
        dtype switch
        {
            Torch.DType.BFloat16 => "bf16",
            Torch.DType.Float32 => "f32",
            Torch.DType.Float64 => "f64",
            _ => dtype.Name(),
        };
}
