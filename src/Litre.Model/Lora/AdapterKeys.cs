using System.Text.RegularExpressions;
using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Files;

namespace Litre.Model.Lora;

/// <summary>
/// Reads the keys of adapter files as other programs and other releases spell them: with PEFT's prefix, another or none, with the
/// adapter's name inside (<c>lora_A.default.weight</c>), and with the module names of text models and of older releases of
/// transformers. A key that does not belong to the model is refused, never ignored.
/// </summary>
internal static partial class AdapterKeys
{
    // Wrappers around a model that add to its modules' names.
    private static readonly string[] Wrappers = ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."];
    private const int Shown = 3;
    private static readonly string[] Containers = ["base_model.", "model.", "module.", "language_model."];

    /// <summary>
    /// A key without the parts that differ between releases and tools: the containers around a module, and the adapter's name.
    /// </summary>
    internal static string Core(string key)
    {
        var name = AdapterName().Replace(key, "$1.weight");
        foreach (var wrapper in Wrappers)
            name = name.Replace(wrapper, "", StringComparison.Ordinal);
        while (Containers.FirstOrDefault(c => name.StartsWith(c, StringComparison.Ordinal)) is { } container)
            name = name[container.Length..];
        return name;
    }

    /// <summary>The file's tensors by the model's keys.</summary>
    /// <param name="file">An adapter's weights.</param>
    /// <param name="expected">Keys and shapes as the model needs them.</param>
    /// <param name="family">The model's family, for messages; null if it is unknown.</param>
    /// <exception cref="InputException">A key is unknown, duplicate or missing, or a shape differs.</exception>
    internal static IReadOnlyDictionary<string, TensorEntry> Match(
        SafetensorsFile file,
        IReadOnlyDictionary<string, long[]> expected,
        IModelFamily? family
    )
    {
        var cores = expected.Keys.ToDictionary(Core, StringComparer.Ordinal);
        var found = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var entry in file.Tensors.Values.OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            // An unknown key keeps its name, with which it is refused below.
            var key = expected.ContainsKey(entry.Name) ? entry.Name : cores.GetValueOrDefault(Core(entry.Name), entry.Name);
            if (!found.TryAdd(key, entry))
                throw new InputException(
                    $"{file.Path}: {found[key].Name} and {entry.Name} belong to the same module; keep one adapter in the file"
                );
        }
        return KeyList.Describe(found, expected, null, Shown) is { } difference
            ? throw new InputException(Explain(file.Path, difference, family))
            : found;
    }

    private static string Explain(string path, string difference, IModelFamily? family) =>
        family is not null
        && BaseModelMatch.FindFamily(Path.GetDirectoryName(path)!) is { } trained
        && trained.Format.Name != family.Format.Name
            ? $"{path}: the adapter was trained on a {trained.Format.Name} model, but this is a {family.Format.Name} "
                + "model; use it with a "
                + $"{trained.Format.Name} model"
            : $"{path}: the adapter does not fit this model: {difference}; use it with the model that it was trained on";

    [GeneratedRegex(@"(\.lora_[AB])\.[^.]+\.weight$", RegexOptions.CultureInvariant)]
    private static partial Regex AdapterName();
}
