using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Preview;
using Litre.Evaluation;

namespace Litre.Reporting;

/// <summary>Selects the answers that a page shows.</summary>
public static class ReportAnswers
{
    /// <summary>The minimum score of an answer that does not count as wrong.</summary>
    public const double RightFrom = 0.5;

    private const int ImageSide = 320;
    private const int ImagesShown = 4;
    private const int FurtherShown = 60;

    /// <summary>
    /// Answers sampled evenly, not by score, in the order of the data, with small images; then wrong ones that were not sampled.
    /// </summary>
    /// <param name="samples">The samples in the order of the evaluation.</param>
    /// <param name="result">The result of these samples.</param>
    /// <param name="limits">The limits of images.</param>
    /// <param name="count">The number of sampled answers.</param>
    /// <param name="seed">The seed of the sampling.</param>
    public static IReadOnlyList<ReportAnswer> Select(
        IReadOnlyList<TokenizedSample> samples,
        EvaluationResult result,
        ImageLimits limits,
        int count = 24,
        ulong seed = 0
    )
    {
        var order = Enumerable.Range(0, result.Answers.Count).Where(i => result.Answers[i].BaseAnswer is not null).ToArray();
        var random = SeededOrder.For(seed, 0);
        random.Shuffle(order);
        var further = order.Skip(count).Where(i => AnswerSection.IsWrong(result.Answers[i])).Take(FurtherShown).Order();
        return
        [
            .. order.Take(count).Order().Select(i => Of(samples[i], result.Answers[i], limits)),
            .. further.Select(i => Of(samples[i], result.Answers[i], limits) with { IsFurther = true }),
        ];
    }

    private static ReportAnswer Of(TokenizedSample tokens, AnswerRecord record, ImageLimits limits)
    {
        var sample = tokens.Sample;
        var sources = sample.Images.Concat(sample.Videos.Where(v => v.Frames.Count > 0).Select(v => v.Frames[0])).ToList();
        var images = new List<string>();
        var notes = new List<string>();
        foreach (var source in sources.Take(ImagesShown))
        {
            try
            {
                images.Add(Thumbnail.Create(source, ImageSide, limits).Url);
            }
            catch (InputException e)
            {
                notes.Add(e.Message);
            }
        }
        return new ReportAnswer(record, images, string.Join("; ", notes)) { HiddenImages = Math.Max(0, sources.Count - ImagesShown) };
    }
}

/// <summary>An answer as the page shows it.</summary>
/// <param name="Record">Question, references, answers and scores.</param>
/// <param name="Images">Data URLs of small images.</param>
/// <param name="Note">Why an image is not shown; empty if all are shown.</param>
public sealed record ReportAnswer(AnswerRecord Record, IReadOnlyList<string> Images, string Note)
{
    /// <summary>Images of the question that are not shown.</summary>
    public int HiddenImages { get; init; }

    /// <summary>Whether it is shown because it is wrong, rather than sampled evenly.</summary>
    public bool IsFurther { get; init; }
}
