using System.Globalization;
using System.Text;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    /// <summary>A list, JSON or Python text of a list, or lines.</summary>
    private static List<string> Choices(object? value)
    {
        List<string> list = value switch
        {
            null => [],
            List<object?> items => [.. items.Select(i => Text(i) ?? "")],
            Dictionary<string, object?> map => [.. map.Values.Select(i => Text(i) ?? "")],
            string text when text.StartsWith('[') => JsonTree.Parse(Encoding.UTF8.GetBytes(text.Replace('\'', '"')), 0).Value is List<object?> items
                ? [.. items.Select(i => Text(i) ?? "")]
                : throw new RowException($"the choices '{PathResolver.Shorten(text)}' are not a list", "write [\"…\", \"…\"]"),
            string text => [.. text.Split(text.Contains('\n') ? '\n' : text.Contains(';') ? ';' : ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
            _ => throw new RowException("the choices are not a list", "write [\"…\", \"…\"]"),
        };
        if (list.Count > 26) throw new RowException($"there are {list.Count} choices, expected at most 26", "give fewer choices");
        return list;
    }

    // An index from 0 (as FoodieQA writes it, in a string), a letter, or the choice's own text.
    private static int ChoiceIndex(object answer, IReadOnlyList<string> choices)
    {
        var text = (answer is List<object?> { Count: > 0 } list ? Text(list[0]) : Text(answer))?.Trim() ?? "";
        for (var i = 0; i < choices.Count; i++)
            if (choices[i].Trim() == text) return i;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < choices.Count) return index;
        var bare = text.Trim('(', ')', '.', ' ', '（', '）');
        if (bare.Length == 1 && char.ToUpperInvariant(bare[0]) - 'A' is var letter && (uint)letter < (uint)choices.Count) return letter;
        throw new RowException($"the answer '{PathResolver.Shorten(text)}' is none of the {choices.Count} choices",
            "give the choice's index from 0, its letter or its text");
    }
}
