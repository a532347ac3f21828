namespace Litre.Synthesis.Lettering;

/// <summary>The amount of text in an image.</summary>
internal sealed record LetteringStyle(string Name, int Width, int Height, int MinLines, int MaxLines)
{
    public static readonly IReadOnlyList<LetteringStyle> All =
    [
        new("word", 128, 32, 1, 1),
        new("lines", 192, 96, 1, 5),
        new("sheet", 384, 320, 4, 16),
    ];
}
