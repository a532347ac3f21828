using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Hub;

namespace Litre.Cli.Errors;

/// <summary>Refuses options about images where <c>--model</c> names a text-only model, before anything is loaded.</summary>
internal static class TextModelArgument
{
    /// <summary>Options that have no effect, or cannot be followed, without images.</summary>
    private static readonly string[] ImageOptions =
    [
        "--image",
        "--video",
        "--images",
        "--min-pixels",
        "--max-pixels",
        "--tile",
        "--tile-answers",
        "--boxes",
    ];

    /// <summary>Does nothing for a model that reads images, and for one that only the command itself can judge.</summary>
    /// <param name="model">The value of <c>--model</c>; null if it is not given.</param>
    /// <param name="given">Returns the value of an option on the command line; null if it is not given.</param>
    /// <exception cref="InputException">The model is text-only, and an option about images is given.</exception>
    public static void Check(string? model, Func<string, string?> given)
    {
        if (model is not { Length: > 0 } || ImageOptions.FirstOrDefault(o => given(o) is not null and not "off") is not { } option)
            return;
        if (Find(model) is not { Vision: null } config)
            return;
        throw new InputException(
            $"{option} {given(option)}: {config.Family.Format.Name} models read text only; use a vision-language model, or "
                + (option == "--images" ? "litre ask without an image" : "omit the option")
        );
    }

    // What cannot be read is refused by the command, which knows what it needs the model for.
    private static ModelConfig? Find(string model)
    {
        if (!Path.Exists(model))
            return ModelFamilies.FindPublished(model)?.Config;
        try
        {
            return ModelConfigs.Load(ModelFolder.Resolve(model));
        }
        catch (InputException)
        {
            return null;
        }
    }
}
