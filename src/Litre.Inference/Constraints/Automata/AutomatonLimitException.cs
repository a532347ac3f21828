namespace Litre.Inference.Constraints.Automata;

/// <summary>An automaton needs more states than are built. Callers turn it into an error that names the schema or the expression.</summary>
/// <param name="reason">What is too large.</param>
internal sealed class AutomatonLimitException(string reason) : Exception(reason);
