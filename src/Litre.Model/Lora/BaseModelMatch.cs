using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Identity;

namespace Litre.Model.Lora;

/// <summary>
/// Checks whether an adapter, or a training checkpoint, belongs to a base: by the fingerprint of the weights that it was trained on,
/// otherwise by the name in PEFT's configuration.
/// </summary>
public static class BaseModelMatch
{
    private const string Remedy = "use it with its own base, or add `other-base` to use it anyway";

    /// <summary>Compares a folder with the weights of a loaded model.</summary>
    /// <param name="model">The loaded model; weights that did not come from files are not checked.</param>
    /// <param name="folder">The folder of an adapter or a training checkpoint.</param>
    /// <param name="use">Whether another base is accepted, and where warnings are sent.</param>
    /// <exception cref="InputException">The folder belongs to another base.</exception>
    public static void Check(CausalModel model, string folder, AdapterLoadOptions use)
    {
        if (model.Base is not { } found)
            return;
        if (AdapterMetadata.Read(folder)?.Base is not { } trained)
        {
            CheckName(new ModelName(found.Name, found.Published), model.Config, folder, use);
            return;
        }
        if (found.Fingerprint.Matches(trained.Fingerprint))
            return;
        if (found.Fingerprint.IsOtherPrecisionOf(trained.Fingerprint))
        {
            use.Log?.Invoke(
                $"{folder}: was trained on {trained.Name} at another precision (fingerprint {trained.Fingerprint.Short}); this model has "
                    + $"the same weights {(found.Fingerprint.Rounded is null ? "rounded to" : "before they were rounded to")} bfloat16"
            );
            return;
        }
        var names = trained.Name == found.Name ? $"other weights with the name {trained.Name}" : $"{trained.Name}, not on {found.Name}";
        Differs(
            $"{folder}: was trained on {names} (fingerprint of its base: {trained.Fingerprint.Short}, of this model: "
                + $"{found.Fingerprint.Short})",
            use
        );
    }

    /// <summary>Checks only the names, before minutes of loading; folders with a fingerprint are not checked.</summary>
    /// <exception cref="InputException">The folder names a published model other than this one.</exception>
    public static void CheckName(string modelFolder, ModelConfig config, string folder, AdapterLoadOptions use)
    {
        if (AdapterMetadata.Read(folder)?.Base is null)
            CheckName(ModelName.Of(modelFolder, config), config, folder, use);
    }

    private static void CheckName(ModelName model, ModelConfig config, string folder, AdapterLoadOptions use)
    {
        var named = File.Exists(Path.Combine(folder, AdapterConfig.FileName)) ? AdapterConfig.Load(folder).BaseModel : null;
        if (string.IsNullOrWhiteSpace(named))
        {
            use.Log?.Invoke($"{folder}: does not name its base model, so whether it was trained on {model.Name} cannot be checked");
            return;
        }
        switch (Compare(named, model, config))
        {
            case true:
                return;
            case false when !use.AllowOtherBase && FindFamily(folder) is { } trained && trained.Format.Name != config.Family.Format.Name:
                throw new InputException(
                    $"{folder}: was trained on {named}, a {trained.Format.Name} model, but this is a {config.Family.Format.Name} model; "
                        + "use it with its own base"
                );
            case false:
                Differs($"{folder}: was trained on {named}, not on {model.Name}", use);
                return;
            default:
                use.Log?.Invoke(
                    $"{folder}: has no fingerprint of its base model, {named}, so whether that is {model.Name} cannot be checked"
                );
                return;
        }
    }

    /// <summary>The family of the model that an adapter's files name; null if they name none that is known.</summary>
    internal static IModelFamily? FindFamily(string folder)
    {
        var config = Path.Combine(folder, AdapterConfig.FileName);
        string?[] names = [AdapterMetadata.Read(folder)?.Base?.Name, File.Exists(config) ? AdapterConfig.Load(folder).BaseModel : null];
        foreach (var name in names.OfType<string>())
        {
            if (ModelFamilies.FindPublished(name) is var (_, known))
                return known.Family;
            if (File.Exists(Path.Combine(name, ModelConfig.FileName)) && TryRead(name) is { } family)
                return family;
        }
        return null;
    }

    private static IModelFamily? TryRead(string model)
    {
        try
        {
            return ModelConfigs.Load(model).Family;
        }
        catch (InputException)
        {
            return null; // it only improves a message
        }
    }

    /// <summary>Whether a name refers to a model; null if that is unknown.</summary>
    internal static bool? Compare(string named, ModelName model, ModelConfig config)
    {
        if (PublishedName.Find(named) is { } published)
        {
            if (!PublishedName.HasShape(published, config))
                return false;
            return model.Published is null ? null : model.Published == published;
        }
        var isHub = PublishedName.OfCacheFolder(named) is not null || PublishedName.IsHubName(named);
        if (isHub && PublishedName.Last(named).Equals(PublishedName.Last(model.Name), StringComparison.OrdinalIgnoreCase))
            return true;
        // A published model of another family, or another hub model than this published one.
        return PublishedName.IsWellKnown(named) || (isHub && model.Published is not null) ? false : null;
    }

    private static void Differs(string what, AdapterLoadOptions use)
    {
        if (!use.AllowOtherBase)
            throw new InputException($"{what}; {Remedy}");
        use.Log?.Invoke($"{what}; it is used anyway because `other-base` is set");
    }
}
