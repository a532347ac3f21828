namespace Litre.Model.Configuration;

/// <summary>The two orders in which checkpoints store expert weights. Hub checkpoints store the transposed matrices.</summary>
public enum ExpertLayout
{
    /// <summary><c>gate_up_proj</c> (E, 2I, H) and <c>down_proj</c> (E, H, I), as transformers 5 saves them.</summary>
    Transformers,

    /// <summary><c>gate_up_proj</c> (E, H, 2I) and <c>down_proj</c> (E, I, H), as the hub's checkpoints store them.</summary>
    Hub,
}
