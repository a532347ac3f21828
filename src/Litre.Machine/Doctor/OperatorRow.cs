using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>One operator in one element type, compared with float64 on the CPU.</summary>
/// <param name="Family">Operators that are reported together.</param>
/// <param name="Operator">Its name.</param>
/// <param name="DType">Type of its operands.</param>
/// <param name="Path">The implementation that ran.</param>
/// <param name="Error">‖found - exact‖ / ‖exact‖, the worst of its results; infinite for a NaN, NaN if it failed.</param>
/// <param name="Tolerance">The largest accepted error.</param>
/// <param name="Failure">Why it returned no result, in one line; null if it returned one.</param>
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
