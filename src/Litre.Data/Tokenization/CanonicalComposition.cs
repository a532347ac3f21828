using System.Globalization;
using System.Text;

namespace Litre.Data.Tokenization;

/// <summary>
/// Unicode normalization form C (UAX #15). A custom implementation, because the runtime without ICU returns text unchanged,
/// and because token IDs must not depend on what is installed on a machine.
/// </summary>
internal static class CanonicalComposition
{
    private const int SBase = 0xAC00,
        LBase = 0x1100,
        VBase = 0x1161,
        TBase = 0x11A7;
    private const int LCount = 19,
        VCount = 21,
        TCount = 28,
        SCount = LCount * VCount * TCount;

    private static readonly Dictionary<int, byte> CombiningClass = [];
    private static readonly Dictionary<int, int[]> Decomposition = [];
    private static readonly Dictionary<(int First, int Second), int> Composition = [];

    // One bit per character of the first planes: text in which none is set is already composed.
    private static readonly HashSet<int> Suspicious = [];

    static CanonicalComposition()
    {
        using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("Litre.Data.Tokenization.UnicodeCanonical.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            var fields = line.Split(' ');
            var code = Hex(fields[0]);
            var combining = byte.Parse(fields[1], CultureInfo.InvariantCulture);
            if (combining > 0)
            {
                CombiningClass[code] = combining;
                Suspicious.Add(code);
            }
            if (fields.Length < 4)
                continue;
            var parts = fields[3..].Select(Hex).ToArray();
            Decomposition[code] = parts;
            if (fields[2] == "-")
            {
                Suspicious.Add(code);
                continue;
            }
            Composition[(parts[0], parts[1])] = code;
            Suspicious.Add(parts[1]);
        }
        for (var v = 0; v < VCount; v++)
            Suspicious.Add(VBase + v);
        for (var t = 1; t < TCount; t++)
            Suspicious.Add(TBase + t);
    }

    /// <summary>The text in form C; the same string if it is already composed.</summary>
    public static string Normalize(string text)
    {
        if (IsComposed(text))
            return text;
        var codes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, codes);
        Reorder(codes);
        return Compose(codes);
    }

    private static bool IsComposed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            int code = text[i];
            if (code < 0x300)
                continue;
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                code = char.ConvertToUtf32(text[i], text[++i]);
            if (Suspicious.Contains(code))
                return false;
        }
        return true;
    }

    private static void Decompose(int code, List<int> codes)
    {
        if ((uint)(code - SBase) < SCount)
        {
            var index = code - SBase;
            codes.Add(LBase + index / (VCount * TCount));
            codes.Add(VBase + index % (VCount * TCount) / TCount);
            if (index % TCount != 0)
                codes.Add(TBase + index % TCount);
        }
        else if (Decomposition.TryGetValue(code, out var parts))
        {
            foreach (var part in parts)
                Decompose(part, codes);
        }
        else
        {
            codes.Add(code);
        }
    }

    private static void Reorder(List<int> codes)
    {
        for (var start = 0; start < codes.Count; start++)
        {
            if (ClassOf(codes[start]) == 0)
                continue;
            var end = start + 1;
            while (end < codes.Count && ClassOf(codes[end]) != 0)
                end++;
            var run = codes.GetRange(start, end - start).OrderBy(ClassOf).ToList(); // stable, as the standard requires
            for (var i = 0; i < run.Count; i++)
                codes[start + i] = run[i];
            start = end;
        }
    }

    private static string Compose(List<int> codes)
    {
        var result = new List<int>(codes.Count);
        var starter = -1;
        var previousClass = 0;
        foreach (var code in codes)
        {
            var combining = ClassOf(code);
            var adjacent = starter == result.Count - 1;
            if (
                starter >= 0
                && (adjacent || (previousClass != 0 && previousClass < combining))
                && Pair(result[starter], code) is var composed and not 0
            )
            {
                result[starter] = composed;
                continue;
            }
            if (combining == 0)
                starter = result.Count;
            previousClass = combining;
            result.Add(code);
        }
        var text = new StringBuilder(result.Count);
        foreach (var code in result)
            text.Append(new Rune(code).ToString());
        return text.ToString();
    }

    private static int Pair(int first, int second)
    {
        if ((uint)(first - LBase) < LCount && (uint)(second - VBase) < VCount)
            return SBase + ((first - LBase) * VCount + (second - VBase)) * TCount;
        if ((uint)(first - SBase) < SCount && (first - SBase) % TCount == 0 && second > TBase && second < TBase + TCount)
            return first + (second - TBase);
        return Composition.GetValueOrDefault((first, second));
    }

    private static int ClassOf(int code) => CombiningClass.GetValueOrDefault(code);

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
