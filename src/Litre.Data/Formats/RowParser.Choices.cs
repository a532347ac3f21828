using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    private const int MaxChoices = 26;

    // Columns with one choice each; MMBench names them by capital letters.
    private static readonly string[] ChoiceColumns = ["option_{0}", "option{0}", "option {0}", "choice_{0}", "choice{0}", "choice {0}"];

    [GeneratedRegex(@"\A\s*[\(（]?([A-Z])(?:[\)）.:：、．]\s*)(?=\S)", RegexOptions.CultureInvariant)]
    private static partial Regex OwnLetter { get; }

    private static List<string> ReadChoices(RowFields row)
    {
        var key = row.First(ChoiceKeys);
        var list = key != null ? row.ReadValue(key, () => Choices(row.Use(key, "choices"))) : ColumnChoices(row);
        if (list.Count > MaxChoices)
            throw new RowException($"there are {list.Count} choices, expected at most {MaxChoices}", "give fewer choices");
        // Choices that already have letters do not get them again.
        if (
            list.Count > 0
            && list.Select((c, i) => OwnLetter.Match(c) is { Success: true } m && m.Groups[1].Value == Letter(i)).All(own => own)
        )
            list = [.. list.Select(c => c[OwnLetter.Match(c).Length..])];
        return list;
    }

    private static List<string> ColumnChoices(RowFields row)
    {
        foreach (var (name, digits) in ChoiceColumns.SelectMany(c => ((string, bool)[])[(c, false), (c, true)]).Prepend(("{0}", false)))
        {
            var keys = Enumerable
                .Range(0, MaxChoices)
                .Select(i =>
                    string.Format(
                        CultureInfo.InvariantCulture,
                        name,
                        digits ? $"{i + 1}"
                            : name == "{0}" ? Letter(i)
                            : Letter(i).ToLowerInvariant()
                    )
                )
                .ToList();
            if (name == "{0}" && !(row.Keys.Contains("A") && row.Keys.Contains("B")))
                continue;
            if (!row.Has(keys[0]) || !row.Has(keys[1]))
                continue;
            var count = keys.FindIndex(k => !row.Has(k)) is var end and >= 0 ? end : MaxChoices;
            if (keys.Skip(count).FirstOrDefault(k => name != "{0}" ? row.Has(k) : row.Keys.Contains(k)) is { } beyond)
                throw row.Refuse(beyond, $"the row has the choice '{beyond}', but not '{keys[count]}'", "give choices without gaps");
            return [.. keys.Take(count).Select(k => ReadText(row, k, "choice")!)];
        }
        return [];
    }

    /// <summary>Reads choices: a list, an object by letters, JSON or Python text of a list, or lines.</summary>
    private static List<string> Choices(object? value) =>
        value switch
        {
            null => [],
            List<object?> items => [.. items.Select(i => Text(i) ?? throw NotAList(i))],
            // Letters may come in any order.
            Dictionary<string, object?> map =>
            [
                .. (map.Keys.All(k => k.Length == 1) ? map.OrderBy(p => p.Key, StringComparer.Ordinal) : map.AsEnumerable())
                    .Where(p => p.Value is not null)
                    .Select(p => Text(p.Value) ?? throw NotAList(p.Value)),
            ],
            string text when text.AsSpan().Trim().StartsWith("[") => Choices(
                JsonTree.Parse(Encoding.UTF8.GetBytes(text), 0).Value as List<object?> ?? PythonList.Read(text) ?? throw NotAList(text)
            ),
            string text =>
            [
                .. text.Split(
                    text.Contains('\n') ? '\n'
                        : text.Contains(';') ? ';'
                        : ',',
                    StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
                ),
            ],
            _ => throw NotAList(value),
        };

    private static RowException NotAList(object? value) =>
        new(
            value is string text ? $"the choices '{PathResolver.Shorten(text)}' are not a list" : "the choices are not a list of strings",
            "write [\"…\", \"…\"]"
        );

    /// <summary>
    /// The choice that an answer refers to: a number is an index from 0; a text is a choice's text, its letter, or an index.
    /// </summary>
    private static int ChoiceIndex(RowFields row, object answer, IReadOnlyList<string> choices, bool numbersAreIndices)
    {
        if (answer is List<object?> { Count: 1 } list)
            answer = list[0] ?? "";
        var text =
            Text(answer)?.Trim()
            ?? throw new RowException(
                "the answer to a question with choices is not one text or number",
                "give the choice's letter, its text or its index from 0"
            );
        var sameText = Enumerable.Range(0, choices.Count).Where(i => choices[i].Trim() == text).ToList();
        var index = Number(text) is { } number && number == Math.Floor(number) && number >= 0 && number < choices.Count ? (int)number : -1;
        var bare = text.Trim('(', ')', '.', ':', ' ', '（', '）');
        var letter = bare.Length == 1 && char.ToUpperInvariant(bare[0]) - 'A' is var l && (uint)l < (uint)choices.Count ? l : -1;
        if (index >= 0 && (answer is not string || numbersAreIndices))
        {
            if (!numbersAreIndices && sameText.Count > 0 && !sameText.Contains(index))
                row.Warn(
                    "an answer that is a number is read as the index of a choice (from 0), although the text of another choice "
                        + "is the same; write the letter to be sure"
                );
            return index;
        }
        if (sameText.Count == 0 && index < 0 && letter < 0)
            sameText =
            [
                .. Enumerable
                    .Range(0, choices.Count)
                    .Where(i => string.Equals(choices[i].Trim(), text, StringComparison.OrdinalIgnoreCase)),
            ];
        var meant = sameText.Concat([index, letter]).Where(i => i >= 0).Distinct().ToList();
        if (meant.Count == 1)
            return meant[0];
        if (meant.Count == 0)
        {
            throw new RowException(
                $"the answer '{PathResolver.Shorten(text)}' is not one of the {choices.Count} choices",
                "give the choice's index from 0, its letter or its text"
            );
        }
        throw new RowException(
            $"the answer '{PathResolver.Shorten(text)}' is ambiguous: it may be "
                + $"{string.Join(" or ", meant.Select(i => $"{Letter(i)} ({How(i)})"))}",
            "write the choice's letter, or its index from 0 as a number"
        );

        string How(int choice) =>
            sameText.Contains(choice) ? "by its text"
            : choice == index ? "by its index from 0"
            : "by its letter";
    }
}
