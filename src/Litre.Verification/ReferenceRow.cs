namespace Litre.Verification;

/// <summary>One compared quantity.</summary>
/// <param name="Quantity">What was compared.</param>
/// <param name="LargestAbsolute">Largest difference of two elements.</param>
/// <param name="LargestRelative">Largest difference by norm of one tensor, or of one number, divided by the expected.</param>
/// <param name="Bound">The tolerance in words, such as <c>abs 2E-04</c>.</param>
/// <param name="Passed">Whether it holds.</param>
/// <param name="Where">Which tensor differed most, where there are several.</param>
public sealed record ReferenceRow(
    string Quantity,
    double LargestAbsolute,
    double LargestRelative,
    string Bound,
    bool Passed,
    string Where = ""
);
