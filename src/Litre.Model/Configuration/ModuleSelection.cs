using Litre.Core;

namespace Litre.Model.Configuration;

/// <summary>
/// Which modules an adapter includes or excludes, in PEFT's three forms: a list of names, one regular expression, or every linear layer
/// except the output head. Module names are those of the base model, such as <c>model.language_model.layers.0.self_attn.q_proj</c>.
/// </summary>
public sealed record ModuleSelection
{
    private const string AllLinearName = "all-linear";
    private const string OutputHead = "lm_head";

    private readonly PythonRegex? _regex;

    private ModuleSelection(IReadOnlyList<string> names, string? text, PythonRegex? regex)
    {
        Names = names;
        Text = text;
        _regex = regex;
    }

    /// <summary>The names of the list form; empty in the others.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The regular expression, or <c>all-linear</c>; null in the list form.</summary>
    public string? Text { get; }

    public bool IsAllLinear => Text is not null && _regex is null;

    /// <summary>Modules of exactly one of these names, or whose name ends with a dot and one of them.</summary>
    public static ModuleSelection Of(params IReadOnlyList<string> names) => new(names, null, null);

    /// <summary><c>all-linear</c> in any case, otherwise a Python regular expression for the whole name.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="where">File and field, for messages.</param>
    /// <exception cref="InputException">The expression is not valid.</exception>
    public static ModuleSelection Matching(string text, string where) =>
        text.Equals(AllLinearName, StringComparison.OrdinalIgnoreCase)
            ? new([], text, null)
            : new([], text, new PythonRegex($@"\A(?:{text})\z", text, where));

    /// <summary>Whether a linear module is selected.</summary>
    public bool Contains(string module)
    {
        if (_regex is not null)
            return _regex.IsMatch(module);
        if (IsAllLinear)
            return module != OutputHead && !module.EndsWith("." + OutputHead, StringComparison.Ordinal);
        return ContainsName(Names, module);
    }

    public bool Equals(ModuleSelection? other) => other is not null && Text == other.Text && Names.SequenceEqual(other.Names);

    public override int GetHashCode() => HashCode.Combine(Text, Names.Count);

    /// <summary>PEFT's rule for names in lists: the whole name, or its end after a dot.</summary>
    internal static bool ContainsName(IReadOnlyList<string> names, string module)
    {
        foreach (var name in names)
        {
            if (module == name || module.EndsWith("." + name, StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}
