using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Tokenization;

namespace Litre.Data.Families;

/// <summary>
/// A model family's formats of text and images: how its checkpoints lay out conversations, split text into tokens and images
/// into patches. Each family declares one; code that opens data is given that of the model in use.
/// </summary>
public sealed record FamilyFormat
{
    /// <summary>The family's name in messages.</summary>
    public required string Name { get; init; }

    /// <summary>Its publisher on the hubs: the part of a model's name before the slash.</summary>
    public required string Organization { get; init; }

    /// <summary>A published model of common size, without the organization, as an example in messages and help.</summary>
    public required string ExampleModel { get; init; }

    public required IChatFormat Chat { get; init; }

    public required TokenFormat Tokens { get; init; }

    /// <summary>How images and videos are prepared; null for a family that supports text only.</summary>
    public required ImageContract? Images { get; init; }

    /// <summary>Refuses settings of images if the family supports text only.</summary>
    /// <param name="settings">Names and values; a value is null if it is not given.</param>
    /// <exception cref="InputException">A setting is given, and the family supports text only.</exception>
    public void CheckImageSettings(params (string Name, object? Value)[] settings)
    {
        foreach (var (name, value) in Images is null ? settings : [])
        {
            if (value is not null)
                throw new InputException(name, value, $"{Name} models read text only", "omit it");
        }
    }

    /// <summary>A published model's name on the hubs.</summary>
    /// <param name="model">The name without the organization.</param>
    public string HubName(string model) => $"{Organization}/{model}";
}
