using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Tests;

/// <summary>What stands beside, above and below a text is found again from the places of the texts alone.</summary>
public sealed class LookupAnswerTests
{
    private const int ImageCount = 60;

    [Fact]
    public void Asks_EveryLookup_AreAnsweredByTheNearestText()
    {
        var source = new ImageComposer(SyntheticImageKind.Lettering, "lookup", 5);
        var checkedAnswers = 0;
        for (var index = 0; index < ImageCount; index++)
        {
            var image = source.Compose(index);
            foreach (var ask in image.Questions.Where(a => a.Type is "right" or "left" or "below" or "above"))
            {
                var asked = ask.English[0].Split($" {ask.Type} of ", 2) is [_, var beside]
                    ? beside[..^1]
                    : ask.English[0].Split($" {ask.Type} ", 2)[1][..^1];
                var from = image.Canvas.Texts.Single(t => t.Text == asked);
                Assert.Equal(ask.Answer, Nearest(image.Canvas.Texts, from, ask.Type).Text);
                checkedAnswers++;
            }
        }
        Assert.True(checkedAnswers > 1000, $"only {checkedAnswers} answers were checked");
    }

    private static PlacedText Nearest(IReadOnlyList<PlacedText> texts, PlacedText from, string direction) =>
        direction switch
        {
            "right" => texts.Where(t => SameRow(t, from) && t.Left > from.Left).MinBy(t => t.Left)!,
            "left" => texts.Where(t => SameRow(t, from) && t.Left < from.Left).MaxBy(t => t.Left)!,
            "below" => texts.Where(t => SameColumn(t, from) && t.Baseline > from.Baseline).MinBy(t => t.Baseline)!,
            _ => texts.Where(t => SameColumn(t, from) && t.Baseline < from.Baseline).MaxBy(t => t.Baseline)!,
        };

    private static bool SameRow(PlacedText a, PlacedText b) => Math.Abs(a.Baseline - b.Baseline) < 0.5f;

    // Cells of a column share an edge or the middle; their table has one way for all.
    private static bool SameColumn(PlacedText a, PlacedText b) =>
        Math.Abs(a.Left - b.Left) < 0.01f
        || Math.Abs(a.Area.Right - b.Area.Right) < 0.01f
        || Math.Abs(a.Area.CenterX - b.Area.CenterX) < 0.01f;
}
