namespace Litre.Training.Tuning;

/// <summary>What a run trains: adapters and their shape, or the model's own weights.</summary>
public sealed record TrainableSettings
{
    /// <summary>The adapter from which a new run starts; empty for a new one.</summary>
    public string Adapter { get; init; } = "";

    /// <summary>Whether all weights are trained instead of adapters.</summary>
    public bool Full { get; init; }

    /// <summary>Modules with adapters: presets or names.</summary>
    public IReadOnlyList<string> Targets { get; init; } = ["attention", "mlp"];

    /// <summary>Parts of the model that are not trained if all weights are.</summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    public int LoraRank { get; init; } = 16;

    /// <summary>Adapters are scaled by alpha / rank, or alpha / sqrt(rank) with <see cref="RsLora"/>.</summary>
    public double LoraAlpha { get; init; } = 32;

    /// <summary>Share of an adapter's inputs dropped in training.</summary>
    public double LoraDropout { get; init; }

    public bool RsLora { get; init; }
}
