namespace Litre.Model.Weights;

/// <summary>In which order a file holds the experts' dimensions.</summary>
public enum ExpertLayout
{
    /// <summary>(E, 2I, H) and (E, H, I), as transformers 5 saves them and as Litre keeps them.</summary>
    Transformers,

    /// <summary>(E, H, 2I) and (E, I, H), as checkpoints on the hub hold them.</summary>
    Hub,
}
