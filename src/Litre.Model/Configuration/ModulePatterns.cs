using System.Collections;

namespace Litre.Model.Configuration;

/// <summary>
/// Values for some modules, as PEFT's <c>rank_pattern</c> and <c>alpha_pattern</c> give them: each key is a regular
/// expression that must match a module's name, or its end after a dot; the first that matches decides.
/// </summary>
/// <typeparam name="T">The value's type.</typeparam>
public sealed class ModulePatterns<T> : IReadOnlyCollection<KeyValuePair<string, T>>
{
    private readonly List<(PythonRegex Regex, KeyValuePair<string, T> Item)> _patterns = [];

    /// <summary>Compiles the patterns, in their order.</summary>
    /// <exception cref="Core.InputException">A key is not a valid regular expression.</exception>
    public ModulePatterns(IEnumerable<KeyValuePair<string, T>> items, string where)
    {
        foreach (var item in items)
            _patterns.Add((new PythonRegex($@"\A(.*\.)?({item.Key})\z", item.Key, where), item));
    }

    public static ModulePatterns<T> None { get; } = new([], "");

    public int Count => _patterns.Count;

    /// <summary>Whether a pattern matches a module.</summary>
    public bool Matches(string module) => _patterns.Any(p => p.Regex.IsMatch(module) || p.Item.Key == module);

    /// <summary>The value for a module, or <paramref name="fallback"/> if no pattern matches.</summary>
    public T ValueOf(string module, T fallback)
    {
        foreach (var (regex, item) in _patterns)
        {
            if (regex.IsMatch(module))
                return item.Value;
        }
        // PEFT then looks up the module's own name, which finds a key that does not match itself as an expression.
        foreach (var (_, item) in _patterns)
        {
            if (item.Key == module)
                return item.Value;
        }
        return fallback;
    }

    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => _patterns.Select(p => p.Item).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
