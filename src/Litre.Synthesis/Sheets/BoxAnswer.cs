using System.Globalization;

namespace Litre.Synthesis.Sheets;

/// <summary>Boxes on the model's scale: 0 to 1000 over the image's width and height.</summary>
internal static class BoxAnswer
{
    public static string Of(Canvas canvas, Area area, string label) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"[{{\"bbox_2d\": [{Scale(area.Left, canvas.Width)}, {Scale(area.Top, canvas.Height)}, "
                + $"{Scale(area.Right, canvas.Width)}, {Scale(area.Bottom, canvas.Height)}], \"label\": \"{label}\"}}]"
        );

    private static int Scale(float place, int side) => Math.Clamp((int)MathF.Round(place * 1000 / side), 0, 1000);
}
