namespace Litre.Kernels;

/// <summary>Attention over sequences of equal length, as cuDNN plans for it.</summary>
/// <param name="Sequences">How many.</param>
/// <param name="Length">Tokens of each.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="Width">Of a head.</param>
/// <param name="Causal">Whether a token sees those before it alone.</param>
public readonly record struct AttentionShape(int Sequences, int Length, long Heads, long Width, bool Causal)
{
    /// <summary>Floating-point operations of one forward.</summary>
    public double Operations => 4.0 * Sequences * Length * Heads * Width * Length / (Causal ? 2 : 1);
}

/// <summary>A shape and the operations that it has had.</summary>
public readonly record struct AttentionCount(AttentionShape Shape, double Operations);
