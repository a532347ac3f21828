using System.Text.RegularExpressions;

namespace Litre.Model.Configuration;

/// <summary>The sizes in which a family is published, so that a plan needs no download, and how their names are spelled.</summary>
public sealed class PublishedModels
{
    private readonly string _prefix;
    private readonly IReadOnlyList<string> _variants;
    private readonly IReadOnlyList<(string Size, Func<ModelConfig> Config)> _sizes;
    private readonly Regex _name;
    private readonly string _example;

    /// <param name="organization">The hub's name of who publishes them.</param>
    /// <param name="prefix">What every name begins with, up to the size.</param>
    /// <param name="variants">What names end with, such as <c>-Instruct</c>; the first is the one that is meant by the size alone.</param>
    /// <param name="example">The size that messages name.</param>
    /// <param name="sizes">Such as <c>30B-A3B</c>, smallest first by the memory of their weights.</param>
    public PublishedModels(
        string organization,
        string prefix,
        IReadOnlyList<string> variants,
        string example,
        IReadOnlyList<(string Size, Func<ModelConfig> Config)> sizes
    )
    {
        (Organization, _prefix, _variants, _example, _sizes) = (organization, prefix, variants, example, sizes);
        _name = new Regex(
            $"^{Regex.Escape(prefix)}(?<size>{Any(sizes.Select(s => s.Size))})(?<variant>{Any(variants)})"
                + "(-(FP8|BF16|unsloth|bnb|MLX|4bit|8bit|AWQ|GPTQ|Int4|Int8|NVFP4|W4A16|W8A8))*$",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
        );

        static string Any(IEnumerable<string> texts) => string.Join('|', texts.Select(Regex.Escape));
    }

    /// <summary>The hub's name of who publishes them.</summary>
    public string Organization { get; }

    /// <summary>Hub names without the organization, smallest first by the memory of their weights.</summary>
    public IReadOnlyList<string> Names => [.. _sizes.Select(s => Name(s.Size))];

    /// <summary>One of them, for messages that say what to give.</summary>
    public string Example => Name(_example);

    /// <summary>
    /// The configuration of a published size by its hub name, with or without what stands before and after it: with the organization,
    /// without the variant, or the size alone. Null for any other name.
    /// </summary>
    public (string Name, ModelConfig Config)? Find(string name)
    {
        var known = name.StartsWith(Organization + "/", StringComparison.OrdinalIgnoreCase) ? name[(Organization.Length + 1)..] : name;
        foreach (var (size, config) in _sizes)
        {
            string[] names = [.. _variants.Select(v => _prefix + size + v), _prefix + size, size, size.Split('-')[0]];
            if (names.Contains(known, StringComparer.OrdinalIgnoreCase))
                return (Name(size), config());
        }
        return null;
    }

    /// <summary>
    /// The published model that a name stands for, with its variant; null for any other. Copies under another owner's name and quantized
    /// copies count as the model that they were made from.
    /// </summary>
    /// <param name="name">Without owner or folders.</param>
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
