namespace Litre.Model.Layers;

/// <summary>Strength of one low-rank update.</summary>
/// <param name="Rank">Inner size, at least 1.</param>
/// <param name="Alpha">Numerator of the scale.</param>
/// <param name="Dropout">Share of the input's elements that are zeroed while training, 0 ≤ p &lt; 1.</param>
/// <param name="RankStabilized">Divide by the rank's square root (Kalajdzievski 2023) instead of the rank.</param>
public sealed record LoraSettings(int Rank, double Alpha, double Dropout = 0, bool RankStabilized = false)
{
    public double Scale => Alpha / (RankStabilized ? Math.Sqrt(Rank) : Rank);
}
