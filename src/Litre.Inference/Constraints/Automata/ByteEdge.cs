namespace Litre.Inference.Constraints.Automata;

/// <summary>A transition on bytes from <paramref name="Low"/> to <paramref name="High"/>, both included.</summary>
/// <param name="Low">The smallest byte.</param>
/// <param name="High">The largest byte.</param>
/// <param name="Target">The state after it.</param>
internal readonly record struct ByteEdge(byte Low, byte High, int Target);
