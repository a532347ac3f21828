using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>One row of the table of operators.</summary>
/// <param name="Family">Operators that are reported together.</param>
/// <param name="Name">The operator's usual name in libtorch.</param>
/// <param name="Covers">The methods of <see cref="Ops"/> that it runs.</param>
/// <param name="Run">Runs it on fresh operands and compares its results.</param>
internal sealed record OperatorCase(string Family, string Name, string[] Covers, Action<CaseRun> Run)
{
    private static readonly DType[] Floats = [DType.BFloat16, DType.Float32];

    /// <summary>Types in which the models use it.</summary>
    public DType[] Types { get; init; } = Floats;

    /// <summary>The devices and types in which the models use it.</summary>
    public Func<Device, DType, bool> Applies { get; init; } = (_, _) => true;

    /// <summary>The largest accepted error; null for that of the type.</summary>
    public double? Tolerance { get; init; }
}
