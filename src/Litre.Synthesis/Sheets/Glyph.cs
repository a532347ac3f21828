using System.Globalization;

namespace Litre.Synthesis.Sheets;

/// <summary>
/// One character as pen strokes on a grid whose capitals reach from 0 (top) to 10 (baseline), descenders to 12.5.
/// Immutable and therefore thread-safe.
/// </summary>
/// <param name="Width">From the leftmost to the rightmost ink, without the pen's own width.</param>
/// <param name="Strokes">Each a polyline of x, y, x, y, …</param>
internal sealed record Glyph(float Width, IReadOnlyList<float[]> Strokes)
{
    // Curves become this many straight segments: at a height of 10 pixels no corners are visible.
    private const int CurvePieces = 10;

    /// <summary>Upper end of its ink, measured downward from the top of capitals.</summary>
    public float Highest { get; } = Strokes.SelectMany(Heights).DefaultIfEmpty(10).Min();

    /// <summary>Lower end of its ink.</summary>
    public float Lowest { get; } = Strokes.SelectMany(Heights).DefaultIfEmpty(10).Max();

    /// <summary>The same glyph, moved up.</summary>
    public Glyph Raise(float by) => new(Width, [.. Strokes.Select(s => s.Select((v, i) => i % 2 == 0 ? v : v - by).ToArray())]);

    /// <summary>
    /// Reads strokes: <c>M x y</c> lifts the pen, <c>L x y</c>, <c>H x</c> and <c>V y</c> draw a line,
    /// <c>C x y x y x y</c> a cubic curve, <c>O x y rx ry</c> a whole ellipse.
    /// </summary>
    public static Glyph Parse(string path)
    {
        var strokes = new List<List<float>>();
        var tokens = path.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var at = 0;
        while (at < tokens.Length)
        {
            var verb = tokens[at++];
            switch (verb)
            {
                case "M":
                    strokes.Add([Next(), Next()]);
                    break;
                case "L":
                    strokes[^1].AddRange([Next(), Next()]);
                    break;
                case "H":
                    strokes[^1].AddRange([Next(), strokes[^1][^1]]);
                    break;
                case "V":
                    strokes[^1].AddRange([strokes[^1][^2], Next()]);
                    break;
                case "C":
                    Curve(strokes[^1], Next(), Next(), Next(), Next(), Next(), Next());
                    break;
                case "O":
                    strokes.Add(Ellipse(Next(), Next(), Next(), Next()));
                    break;
                default:
                    throw new FormatException($"'{verb}' is not a stroke");
            }
        }
        var left = strokes.Count == 0 ? 0 : strokes.Min(s => s.Where((_, i) => i % 2 == 0).Min());
        var right = strokes.Count == 0 ? 0 : strokes.Max(s => s.Where((_, i) => i % 2 == 0).Max());
        return new Glyph(right - left, [.. strokes.Select(s => s.Select((v, i) => i % 2 == 0 ? v - left : v).ToArray())]);

        float Next() => float.Parse(tokens[at++], CultureInfo.InvariantCulture);
    }

    private static IEnumerable<float> Heights(float[] stroke) => stroke.Where((_, i) => i % 2 == 1);

    private static void Curve(List<float> stroke, float x1, float y1, float x2, float y2, float x3, float y3)
    {
        var (x0, y0) = (stroke[^2], stroke[^1]);
        for (var i = 1; i <= CurvePieces; i++)
        {
            var t = i / (float)CurvePieces;
            var u = 1 - t;
            var (a, b, c, d) = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t);
            stroke.Add(a * x0 + b * x1 + c * x2 + d * x3);
            stroke.Add(a * y0 + b * y1 + c * y2 + d * y3);
        }
    }

    private static List<float> Ellipse(float x, float y, float rx, float ry)
    {
        const int Pieces = 4 * CurvePieces;
        var stroke = new List<float>();
        for (var i = 0; i <= Pieces; i++)
        {
            var (sine, cosine) = MathF.SinCos(i % Pieces * MathF.Tau / Pieces);
            stroke.Add(x + rx * cosine);
            stroke.Add(y + ry * sine);
        }
        return stroke;
    }
}
