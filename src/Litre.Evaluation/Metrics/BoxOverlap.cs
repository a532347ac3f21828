using Litre.Data.Preview;

namespace Litre.Evaluation.Metrics;

/// <summary>
/// Boxes of an answer against boxes of the reference: intersection over union (Everingham and others 2010, PASCAL VOC), boxes with
/// different labels never match if both sides have labels. Boxes are matched one to one, best overlap first; an unmatched box on either
/// side counts as an overlap of zero, so naming everything does not help.
/// </summary>
public static class BoxOverlap
{
    /// <summary>The minimum overlap for a box to count as found.</summary>
    public const double Threshold = 0.5;

    /// <param name="answer">JSON with <c>bbox_2d</c>, alone or inside other text.</param>
    /// <param name="reference">The same, with at least one box.</param>
    /// <returns>Mean overlap, and the share of boxes found; 0 to 1.</returns>
    public static (double MeanIou, double Accuracy) Score(string answer, string reference)
    {
        var (found, wanted) = (BoundingBox.Find(answer), BoundingBox.Find(reference));
        var count = Math.Max(found.Count, wanted.Count);
        if (count == 0)
            return (0, 0);
        var pairs = new List<(double Iou, int Found, int Wanted)>();
        for (var i = 0; i < found.Count; i++)
        {
            for (var j = 0; j < wanted.Count; j++)
                if (SameLabel(found[i], wanted[j]) && Iou(found[i], wanted[j]) is var iou and > 0)
                    pairs.Add((iou, i, j));
        }
        var (usedFound, usedWanted) = (new HashSet<int>(), new HashSet<int>());
        var (sum, hits) = (0.0, 0);
        foreach (var (iou, i, j) in pairs.OrderByDescending(p => p.Iou))
        {
            if (usedFound.Contains(i) || usedWanted.Contains(j))
                continue;
            usedFound.Add(i);
            usedWanted.Add(j);
            sum += iou;
            if (iou >= Threshold)
                hits++;
        }
        return (sum / count, (double)hits / count);
    }

    /// <summary>Intersection over union; 0 if a box has no area.</summary>
    public static double Iou(BoundingBox a, BoundingBox b)
    {
        var width = Math.Min(a.Right, b.Right) - Math.Max(a.Left, b.Left);
        var height = Math.Min(a.Bottom, b.Bottom) - Math.Max(a.Top, b.Top);
        if (!(width > 0 && height > 0))
            return 0;
        var shared = width * height;
        return shared / (Area(a) + Area(b) - shared);
    }

    private static double Area(BoundingBox box) => (box.Right - box.Left) * (box.Bottom - box.Top);

    private static bool SameLabel(BoundingBox a, BoundingBox b) =>
        a.Label.Length == 0 || b.Label.Length == 0 || AnswerText.Normalize(a.Label) == AnswerText.Normalize(b.Label);
}
