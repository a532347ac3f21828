using System.Globalization;

namespace Litre.Cli.Rendering;

/// <summary>Lines of labels, figures and bars, none wider than the terminal; if they do not fit, the least important are omitted.</summary>
/// <param name="width">Columns.</param>
/// <param name="unicode">Whether the terminal shows more than ASCII.</param>
internal sealed class WatchLines(int width, bool unicode)
{
    public const string Quiet = "grey";

    private const int LabelWidth = 11;
    private const int MinBar = 8;
    private const int NarrowWidth = 40;
    private const int LegendRank = 7;
    private const string Gap = "   ";

    private readonly List<(int Rank, IReadOnlyList<(string Text, string Style)> Line)> _lines = [];

    public int Count => _lines.Count;

    /// <summary>Adds a line with one text.</summary>
    /// <param name="text">The text, truncated if it is too wide.</param>
    /// <param name="style">The style of the text.</param>
    /// <param name="rank">Lines of a higher rank are omitted first.</param>
    public void Add(string text, string style, int rank) => _lines.Add((rank, [(CellText.Fit(text, width, unicode).TrimEnd(), style)]));

    /// <summary>Adds a label and figures, on as many lines as they need.</summary>
    public void Add(string label, IEnumerable<string> parts, string style, int rank) =>
        Flow(label, parts.Select(part => (part, style)), rank);

    /// <summary>Adds a bar of parts, and its legend.</summary>
    /// <param name="label">The label before the bar.</param>
    /// <param name="names">The names of the parts.</param>
    /// <param name="styles">The styles of the parts.</param>
    /// <param name="parts">The bytes of each part; the last is free memory.</param>
    /// <param name="rank">The rank of the bar; its legend has a higher one.</param>
    public void AddBar(string label, string[] names, string[] styles, long[] parts, int rank)
    {
        var total = parts.Sum();
        var tail = $" {Terminal.GiB(total)}";
        if (width - LabelWidth - tail.Length < MinBar)
            tail = "";
        var room = Math.Max(0, width - LabelWidth - tail.Length);
        var bar = new List<(string, string)> { Label(label) };
        var (sum, drawn) = (0L, 0);
        for (var i = 0; i < parts.Length; i++)
        {
            sum += parts[i];
            var end = (int)Math.Round((double)room * sum / Math.Max(1, total));
            // Without colors the letters distinguish the parts.
            var mark =
                i == parts.Length - 1
                    ? unicode
                        ? '░'
                        : '.'
                    : unicode
                        ? "█▓▒"[i % 3]
                        : char.ToUpperInvariant(names[i][0]);
            bar.Add((new string(mark, end - drawn), styles[i]));
            drawn = end;
        }
        bar.Add((tail, ""));
        _lines.Add((rank, bar));
        Flow(
            "",
            parts.Select(
                (bytes, i) =>
                {
                    var text = string.Create(CultureInfo.InvariantCulture, $"{names[i]} {bytes / (double)(1L << 30):0.0}");
                    return i == parts.Length - 1 ? (text + " GiB", "") : (text, styles[i]);
                }
            ),
            LegendRank
        );
    }

    /// <summary>Returns all lines, or the most important ones if the terminal has fewer lines.</summary>
    public IReadOnlyList<IReadOnlyList<(string Text, string Style)>> Within(int height)
    {
        while (_lines.Count > Math.Max(1, height))
        {
            var highest = _lines.Max(line => line.Rank);
            _lines.RemoveAt(_lines.FindLastIndex(line => line.Rank == highest));
        }
        return [.. _lines.Select(line => line.Line)];
    }

    // On a narrow terminal, lines without a label start further left: figures matter more than columns.
    private void Flow(string label, IEnumerable<(string Text, string Style)> parts, int rank)
    {
        var indent = label.Length > 0 || width >= NarrowWidth ? LabelWidth : 1;
        var line = new List<(string Text, string Style)> { (label.PadRight(indent), Quiet) };
        var used = indent;
        foreach (var (text, style) in parts)
        {
            var gap = line.Count > 1 ? Gap : "";
            if (line.Count > 1 && used + gap.Length + CellText.Width(text) > width)
            {
                _lines.Add((rank, line));
                (line, used, gap) = ([("".PadRight(indent), Quiet)], indent, "");
            }
            var part = gap + CellText.Fit(text, Math.Min(CellText.Width(text), Math.Max(0, width - used - gap.Length)), unicode);
            line.Add((part, style));
            used += CellText.Width(part);
        }
        _lines.Add((rank, line));
    }

    private static (string Text, string Style) Label(string text) => (text.PadRight(LabelWidth), Quiet);
}
