using System.Security.Cryptography;
using System.Text;
using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Splits;

/// <summary>The input for choosing a sample's split.</summary>
/// <param name="DeclaredSplit">The split stated by the data: train, validation or test; null if there is none.</param>
/// <param name="Contents">Content hashes of its images; for a sample without any, of its questions.</param>
public sealed record SplitItem(string? DeclaredSplit, IReadOnlyList<string> Contents)
{
    /// <summary>Content hashes of its images and frames in their order, with repeats; empty for a sample without any.</summary>
    public IReadOnlyList<string> Media { get; init; } = [];

    /// <summary>Hashes the images of a sample, or its questions if it has none.</summary>
    /// <exception cref="Core.InputException">An image cannot be read.</exception>
    public static SplitItem Of(Sample sample, ImageLimits limits)
    {
        var media = sample
            .Images.Concat(sample.Videos.SelectMany(v => v.Frames))
            .Select(i => ImageSource.ContentHash(i.ReadBytes(limits)))
            .Concat(sample.Videos.Where(v => v.File != null).Select(v => HashFile(v.File!)))
            .ToList();
        var contents = media.Distinct().ToList();
        if (contents.Count == 0)
            contents.Add(TextHash(sample));
        return new SplitItem(sample.Split, contents) { Media = media };
    }

    private static string HashFile(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Core.InputException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); check the file", e);
        }
    }

    private static string TextHash(Sample sample)
    {
        var questions = sample.Messages.Where(m => m.Role == Chat.Role.User || sample.IsText).Select(m => m.Text.Trim());
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', questions))));
    }
}
