using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Tokenization;

namespace Litre.Data.Families;

/// <summary>
/// What a model family says about text and images: how its checkpoints lay out conversations, split text into tokens and cut images
/// into patches. Each family declares one; whoever opens data is given that of the model in use.
/// </summary>
public sealed record FamilyFormat
{
    /// <summary>What messages call the family.</summary>
    public required string Name { get; init; }

    /// <summary>Who publishes it on the hubs: the part of a model's name before the slash.</summary>
    public required string Organization { get; init; }

    /// <summary>A published model of common size, without the organization, as an example in messages and help.</summary>
    public required string ExampleModel { get; init; }

    public required IChatFormat Chat { get; init; }

    public required TokenFormat Tokens { get; init; }

    /// <summary>How images and videos are prepared; null for a family that reads text alone.</summary>
    public required ImageContract? Images { get; init; }

    /// <summary>Passes over settings of images, given or not, where the family reads images.</summary>
    /// <param name="settings">Names and values; null where one is not given.</param>
    /// <exception cref="InputException">One is given, and the family reads text alone.</exception>
    public void CheckImageSettings(params (string Name, object? Value)[] settings)
    {
        foreach (var (name, value) in Images is null ? settings : [])
        {
            if (value is not null)
                throw new InputException(name, value, $"{Name} models read text alone", "omit it");
        }
    }

    /// <summary>A published model's name as the hubs know it.</summary>
    /// <param name="model">Without the organization.</param>
    public string HubName(string model) => $"{Organization}/{model}";
}
