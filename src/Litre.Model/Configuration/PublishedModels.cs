using System.Text.RegularExpressions;

namespace Litre.Model.Configuration;

/// <summary>The sizes in which a family is published, so that a plan needs no download, and how their names are spelled.</summary>
public sealed class PublishedModels
{
    private readonly string _organization;
    private readonly string _prefix;
    private readonly IReadOnlyList<string> _variants;
    private readonly IReadOnlyList<(string Size, Func<ModelConfig> Config)> _sizes;
    private readonly Regex _name;

    /// <param name="organization">The hub organization that publishes them.</param>
    /// <param name="prefix">The part of every name before the size.</param>
    /// <param name="variants">The ends of names, such as <c>-Instruct</c>; the first one is implied if only the size is given.</param>
    /// <param name="sizes">For example <c>30B-A3B</c>, smallest first by the memory of their weights.</param>
    public PublishedModels(
        string organization,
        string prefix,
        IReadOnlyList<string> variants,
        IReadOnlyList<(string Size, Func<ModelConfig> Config)> sizes
    )
    {
        (_organization, _prefix, _variants, _sizes) = (organization, prefix, variants, sizes);
        _name = new Regex(
            $"^{Regex.Escape(prefix)}(?<size>{Any(sizes.Select(s => s.Size))})(?<variant>{Any(variants)})"
                + "(-(FP8|BF16|unsloth|bnb|MLX|4bit|8bit|AWQ|GPTQ|Int4|Int8|NVFP4|W4A16|W8A8))*$",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
        );

        static string Any(IEnumerable<string> texts) => string.Join('|', texts.Select(Regex.Escape));
    }

    /// <summary>Hub names without the organization, smallest first by the memory of their weights.</summary>
    public IReadOnlyList<string> Names => [.. _sizes.Select(s => Name(s.Size))];

    /// <summary>
    /// The configuration of a published size by its hub name, with or without the organization and the variant, or by the size alone.
    /// Null for any other name.
    /// </summary>
    public (string Name, ModelConfig Config)? Find(string name)
    {
        var known = name.StartsWith(_organization + "/", StringComparison.OrdinalIgnoreCase) ? name[(_organization.Length + 1)..] : name;
        foreach (var (size, config) in _sizes)
        {
            string[] names = [.. _variants.Select(v => _prefix + size + v), _prefix + size, size, size.Split('-')[0]];
            if (names.Contains(known, StringComparer.OrdinalIgnoreCase))
                return (Name(size), config());
        }
        return null;
    }

    /// <summary>
    /// The published model that a name represents, with its variant; null for any other. Copies under another owner's name and
    /// quantized copies count as the model that they were made from.
    /// </summary>
    /// <param name="name">The name without owner or folders.</param>
    public string? Recognize(string name)
    {
        if (_name.Match(name) is not { Success: true } match)
            return null;
        return _prefix + Known(_sizes.Select(s => s.Size), "size") + Known(_variants, "variant");

        string Known(IEnumerable<string> spellings, string group) =>
            spellings.First(s => s.Equals(match.Groups[group].Value, StringComparison.OrdinalIgnoreCase));
    }

    private string Name(string size) => _prefix + size + _variants[0];
}
