namespace Litre.Data.Boxes;

/// <summary>Finds boxes of a text that do not fit a model whose scale is 0 to 1000.</summary>
internal static class BoxWarnings
{
    // Under other keys, such as points of a chart, large numbers are valid.
    private static readonly string[] OfTheModel = ["bbox_2d", "point_2d", "bbox2d", "point2d", "box", "bbox", "quad"];

    /// <summary>One line for each problem.</summary>
    public static IEnumerable<string> Of(string text)
    {
        var boxes = WrittenBoxes.Find(text).Where(b => OfTheModel.Contains(b.Key)).ToList();
        if (boxes.Count == 0)
            yield break;
        if (boxes.Any(b => b.Values.Any(v => v > 1000)))
            yield return "coordinates of boxes or points exceed 1000, the end of the model's scale: they look like "
                + "pixels; convert them with `boxes pixels`";
        if (boxes.All(b => b.Values.All(v => v is >= 0 and <= 1)) && boxes.Any(b => b.Values.Any(v => v != Math.Floor(v))))
            yield return "coordinates of boxes or points are fractions from 0 to 1, but the model's scale is 0 to 1000; "
                + "convert them with `boxes fractions`";
        if (boxes.Any(b => b.Values.Any(v => v < 0)))
            yield return "coordinates of boxes or points are negative, but the model's scale is 0 to 1000; correct them";
        if (boxes.Any(b => WrittenBoxes.IsBox(b.Key, b.Values.Length) && Reversed(b.Values)))
            yield return "a box's left edge is right of its right edge, or its upper edge is below its lower edge; put the "
                + "corners in order, or name the scale with `boxes`, which orders them";
    }

    private static bool Reversed(double[] values)
    {
        for (var i = 0; i < values.Length; i += 4)
            if (values[i] > values[i + 2] || values[i + 1] > values[i + 3])
                return true;
        return false;
    }
}
