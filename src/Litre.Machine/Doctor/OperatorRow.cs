using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>One operator in one element type, held against float64 on the CPU.</summary>
/// <param name="Family">Operators that are reported together.</param>
/// <param name="Operator">Which.</param>
/// <param name="DType">Type of its operands.</param>
/// <param name="Path">The way it took.</param>
/// <param name="Error">‖found - exact‖ / ‖exact‖, the worst of its results; infinite for a NaN, NaN where it failed.</param>
/// <param name="Tolerance">The largest error that passes.</param>
/// <param name="Failure">Why it gave no result, in one line; null where it gave one.</param>
public sealed record OperatorRow(
    string Family,
    string Operator,
    DType DType,
    OperatorPath Path,
    double Error,
    double Tolerance,
    string? Failure = null
)
{
    public bool Ok => Failure is null && Error <= Tolerance;
}
