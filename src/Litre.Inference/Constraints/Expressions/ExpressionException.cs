namespace Litre.Inference.Constraints.Expressions;

/// <summary>A regular expression is damaged, or uses something that is not supported.</summary>
/// <param name="reason">What, and at which character.</param>
internal sealed class ExpressionException(string reason) : Exception(reason);
