using System.Text.Json.Serialization;
using Litre.Model.Configuration;

namespace Litre.Model.Identity;

/// <summary>Which base weights an adapter or a checkpoint of training belongs to.</summary>
public sealed record BaseIdentity
{
    /// <summary>For people: the hub's name where it is known, else the folder's.</summary>
    public required string Name { get; init; }

    /// <summary>The fingerprint of the weights in the base's files.</summary>
    public required WeightFingerprint Fingerprint { get; init; }

    /// <summary>The published model that the base is; null if that cannot be determined.</summary>
    [JsonIgnore]
    public string? Published { get; init; }

    /// <summary>Of weights that were read from a folder.</summary>
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
