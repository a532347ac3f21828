using System.Text.Json;
using System.Text.RegularExpressions;

namespace Litre.Data.Tiles;

/// <summary>
/// An answer that is a list of JSON objects with <c>bbox_2d</c> or <c>point_2d</c>, or one such object, and its formatting.
/// </summary>
internal sealed partial class BoxList
{
    private readonly string _before; // up to the first object
    private readonly string _between;
    private readonly string _after; // after the last object

    private BoxList(IReadOnlyList<Box> boxes, string before, string between, string after) =>
        (Boxes, _before, _between, _after) = (boxes, before, between, after);

    [GeneratedRegex(
        @"^\s*(?:```(?:json)?\s*)?(?<json>[\[{].*[\]}])\s*(?:```)?\s*$",
        RegexOptions.CultureInvariant | RegexOptions.Singleline
    )]
    private static partial Regex Fenced { get; }

    public IReadOnlyList<Box> Boxes { get; }

    /// <summary>Null if an answer is anything else.</summary>
    public static BoxList? TryParse(string answer)
    {
        if (Fenced.Match(answer) is not { Success: true } match)
            return null;
        var json = match.Groups["json"];
        try
        {
            using var document = JsonDocument.Parse(json.Value);
            var root = document.RootElement;
            List<string> objects =
                root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray().Select(e => e.GetRawText())] : [root.GetRawText()];
            var boxes = new List<Box>();
            foreach (var text in objects)
            {
                if (
                    !text.StartsWith('{')
                    || TileBoxes.Coordinates.Matches(text) is not { Count: 1 } found
                    || TileBoxes.Numbers(found[0]) is not { } values
                )
                    return null;
                boxes.Add(new Box(text, values, text.Remove(found[0].Index, found[0].Length)));
            }
            return root.ValueKind == JsonValueKind.Array
                ? Written(answer, json, boxes)
                : new BoxList(boxes, answer[..json.Index] + "[", ", ", "]" + answer[(json.Index + json.Length)..]);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A list of some of the boxes, with the same formatting.</summary>
    public string With(IReadOnlyList<string> boxes) =>
        boxes.Count == 0 ? _before[..(_before.IndexOf('[') + 1)] + _after.TrimStart() : _before + string.Join(_between, boxes) + _after;

    private static BoxList Written(string answer, Group json, List<Box> boxes)
    {
        if (boxes.Count == 0)
        {
            var open = answer.IndexOf('[', StringComparison.Ordinal) + 1;
            return new BoxList(boxes, answer[..open], ", ", answer[open..].TrimStart());
        }
        var first = answer.IndexOf(boxes[0].Text, json.Index, StringComparison.Ordinal);
        var end = first + boxes[0].Text.Length;
        var between = boxes.Count == 1 ? ", " : answer[end..answer.IndexOf(boxes[1].Text, end, StringComparison.Ordinal)];
        var last = answer.LastIndexOf(boxes[^1].Text, StringComparison.Ordinal) + boxes[^1].Text.Length;
        return new BoxList(boxes, answer[..first], between, answer[last..]);
    }

    /// <summary>One object of the list.</summary>
    /// <param name="Text">Its text in the answer.</param>
    /// <param name="Values">Left, upper, right and lower edge, or the point's two.</param>
    /// <param name="Label">The object without its coordinates, which identifies what it names.</param>
    public sealed record Box(string Text, double[] Values, string Label);
}
