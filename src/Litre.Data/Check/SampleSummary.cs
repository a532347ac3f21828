using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Data.Splits;
using Litre.Data.Video;

namespace Litre.Data.Check;

/// <summary>What a check keeps of one sample: a few hundred bytes, regardless of the size of its images.</summary>
internal sealed record SampleSummary(
    string Id,
    SampleOrigin Origin,
    SplitItem Split,
    string Question,
    string Answer,
    int Images,
    int Videos,
    int Length,
    int Visual,
    int AnswerTokens,
    int TruncatedAnswerTokens,
    IReadOnlyList<DataWarning> Warnings
)
{
    /// <summary>Decodes every image and counts tokens. Several threads share <paramref name="decoded"/>.</summary>
    /// <exception cref="InputException">An image or video cannot be used.</exception>
    public static SampleSummary Examine(Sample sample, DataCheckOptions options, ConcurrentDictionary<string, string?> decoded)
    {
        options.Encoder?.CheckMedia(sample);
        var remarks = sample.Images.Select(image => Decode(image, options.Limits, decoded)).OfType<string>().Distinct().ToList();
        foreach (var video in sample.Videos)
            Decode(video, options, decoded);
        var split = SplitItem.Of(sample, options.Limits);
        var question = Hash([
            // In order and with repeats: [a, a, b] and [a, b, b] are different questions.
            .. split.Media,
            .. sample.Videos.Select(v => $"{v.Frames.Count}"),
            .. sample.Videos.Select(v => v.Settings.Key),
            .. sample.Images.Select(i => i.Settings?.Key ?? ""),
            .. sample.Messages.Where(m => m.Role != Role.Assistant || sample.IsText).SelectMany(m => m.Tools.Prepend(m.Text.Trim())),
        ]);
        var answer = Hash(sample.Messages.Where(m => m.Role == Role.Assistant).Select(m => $"{m.Thought}{(char)30}{m.Text.Trim()}"));
        var (length, visual, answers, cut) = (0, 0, 0, 0);
        var warnings = sample.Warnings;
        if (options.Encoder is { } encoder)
        {
            var tokens = encoder.Encode(sample);
            warnings = tokens.Sample.Warnings; // encoding may add some
            (length, visual, answers) = (tokens.Length, tokens.VisualTokens, tokens.AnswerTokens);
            if (options.MaximumLength is { } limit)
                cut = tokens.Labels.Skip(limit).Count(l => l >= 0);
        }
        if (remarks.Count > 0)
            warnings = [.. warnings, .. remarks.Select(r => new DataWarning(r))];
        return new SampleSummary(
            sample.Id,
            sample.Origin,
            split,
            question,
            answer,
            sample.Images.Count,
            sample.Videos.Count,
            length,
            visual,
            answers,
            cut,
            warnings
        );
    }

    // A warning about the image, or null.
    private static string? Decode(ImageSource image, ImageLimits limits, ConcurrentDictionary<string, string?> decoded)
    {
        var bytes = image.ReadBytes(limits);
        // An image that many rows share is decoded once; one that fails is decoded again, for its message.
        var hash = ImageSource.ContentHash(bytes);
        if (decoded.TryGetValue(hash, out var known))
            return known;
        ImageDecoder.Examine(image.Name, bytes, limits);
        return decoded.GetOrAdd(hash, AnimatedImage.IsOne(bytes) ? AnimatedImage.Warning : null);
    }

    private static void Decode(VideoSource video, DataCheckOptions options, ConcurrentDictionary<string, string?> decoded)
    {
        if (video.File == null)
        {
            foreach (var frame in video.Frames)
                _ = Decode(frame, options.Limits, decoded);
        }
        if ((options.Encoder is { } encoder ? encoder.Processor : options.VideoProcessor) is not { } processor)
            return;
        var clip = VideoClip.Open(video, processor.Options, options.Limits);
        if (video.File != null)
            clip.Load(processor);
    }

    private static string Hash(IEnumerable<string> texts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join((char)31, texts))).AsSpan(0, 16));
}
