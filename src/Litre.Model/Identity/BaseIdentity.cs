using System.Text.Json.Serialization;
using Litre.Model.Configuration;

namespace Litre.Model.Identity;

/// <summary>Identifies the base weights of an adapter or a training checkpoint.</summary>
public sealed record BaseIdentity
{
    /// <summary>The readable name: the hub's if it is known, otherwise the folder's.</summary>
    public required string Name { get; init; }

    /// <summary>The fingerprint of the weights in the base's files.</summary>
    public required WeightFingerprint Fingerprint { get; init; }

    /// <summary>The published model that the base is; null if that cannot be determined.</summary>
    [JsonIgnore]
    public string? Published { get; init; }

    /// <summary>The identity of weights that were read from a folder.</summary>
    public static BaseIdentity Of(string folder, ModelConfig config, WeightFingerprint fingerprint)
    {
        var name = ModelName.Of(folder, config);
        return new BaseIdentity
        {
            Name = name.Name,
            Published = name.Published,
            Fingerprint = fingerprint,
        };
    }
}
