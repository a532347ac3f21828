using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Litre.Core;
using Litre.Core.Files;
using Litre.Data.Packing;

namespace Litre.Training.Steps;

/// <summary>
/// The samples of a run, identified by their content. A resumed run is trained on the same samples, even if the files were moved, or
/// the difference is reported. It is stored in the run's folder as <c>samples.tsv</c>: split, hash, and the place of the sample.
/// </summary>
public sealed class SampleIndex
{
    public const string FileName = "samples.tsv";

    // Distinguishes these hashes from those of earlier versions, which did not include images.
    private const string Version = "2:";
    private const int HashLetters = 16;

    private readonly IReadOnlyList<TokenizedSample> _samples;
    private readonly Lazy<IReadOnlyList<(string Side, string Hash, string Origin)>> _entries;

    /// <param name="train">The training samples, in the order of the run.</param>
    /// <param name="heldOut">Held out, in the order of the run.</param>
    public SampleIndex(IReadOnlyList<TokenizedSample> train, IReadOnlyList<TokenizedSample> heldOut)
    {
        _samples = [.. train, .. heldOut];
        _entries = new(() =>
            [.. train.Select(s => ("train", Hash(s), Origin(s))), .. heldOut.Select(s => ("validation", Hash(s), Origin(s)))]
        );
    }

    /// <summary>The training samples, then the held-out ones. Reads the contents of images.</summary>
    public IReadOnlyList<(string Side, string Hash, string Origin)> Entries => _entries.Value;

    /// <summary>A hash of all entries in their order, without their places.</summary>
    public string Fingerprint
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var (side, sample, _) in Entries)
                hash.AppendData(Encoding.UTF8.GetBytes($"{side} {sample}\n"));
            return Version + Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>Whether a fingerprint matches these samples, in the form of this version or of earlier ones.</summary>
    public bool Matches(string fingerprint) =>
        fingerprint == (fingerprint.StartsWith(Version, StringComparison.Ordinal) ? Fingerprint : TokenFingerprint());

    /// <summary>Writes the file unless it exists: it describes the samples that the run started with.</summary>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public void Write(string runFolder)
    {
        var path = Path.Combine(runFolder, FileName);
        if (File.Exists(path))
            return;
        AtomicFile.WriteText(path, string.Concat(Entries.Select(e => $"{e.Side}\t{e.Hash}\t{e.Origin}\n")));
    }

    /// <summary>A short description of the samples that were added or removed since the run started; null if that is unknown.</summary>
    public string? DescribeDifference(string runFolder)
    {
        if (Read(Path.Combine(runFolder, FileName)) is not { } before)
            return null;
        var (gone, added) = (Except(before, Entries), Except(Entries, before));
        if (gone.Count + added.Count == 0)
            return "the same samples, but in another order or split differently into training and validation";
        var parts = new List<string>();
        if (gone.Count > 0)
            parts.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{gone.Count} of {before.Count} were removed or changed, the first is {gone[0].Origin}"
                )
            );
        if (added.Count > 0)
            parts.Add(
                string.Create(CultureInfo.InvariantCulture, $"{added.Count} of {Entries.Count} are new, the first is {added[0].Origin}")
            );
        return string.Join("; ", parts);
    }

    // The hash that earlier versions wrote: of tokens and labels only.
    private string TokenFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var sample in _samples)
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>((int[])[sample.Length, sample.Visuals.Count]));
            hash.AppendData(MemoryMarshal.AsBytes<int>(sample.InputIds));
            hash.AppendData(MemoryMarshal.AsBytes<int>(sample.Labels));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static List<(string Side, string Hash, string Origin)> Except(
        IReadOnlyList<(string Side, string Hash, string Origin)> all,
        IReadOnlyList<(string Side, string Hash, string Origin)> others
    )
    {
        var counts = others.GroupBy(e => e.Hash).ToDictionary(g => g.Key, g => g.Count());
        var left = new List<(string, string, string)>();
        foreach (var entry in all)
        {
            if (counts.GetValueOrDefault(entry.Hash) > 0)
                counts[entry.Hash]--;
            else
                left.Add(entry);
        }
        return left;
    }

    private static List<(string, string, string)>? Read(string path)
    {
        try
        {
            return !File.Exists(path)
                ? null
                :
                [
                    .. File.ReadLines(path)
                        .Select(line => line.Split('\t', 3))
                        .Where(parts => parts.Length == 3)
                        .Select(parts => (parts[0], parts[1], parts[2])),
                ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Hash(TokenizedSample sample)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>((int[])[sample.Length, sample.Visuals.Count]));
        hash.AppendData(MemoryMarshal.AsBytes<int>(sample.InputIds));
        hash.AppendData(MemoryMarshal.AsBytes<int>(sample.Labels));
        if (sample.Visuals.Count > 0)
        {
            foreach (var content in sample.ContentHashes)
                hash.AppendData(Encoding.UTF8.GetBytes(content));
            // Tiles with another overlap may have the same tokens.
            foreach (var visual in sample.Visuals)
                if (visual.Image?.View is { } view)
                    hash.AppendData(Encoding.UTF8.GetBytes(view.ToString()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..HashLetters];
    }

    private static string Origin(TokenizedSample sample) =>
        string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(sample.Sample.Origin.File)}:{sample.Sample.Origin.Line}")
            .ReplaceLineEndings(" ")
            .Replace('\t', ' ');
}
