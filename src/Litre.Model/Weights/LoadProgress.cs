using System.Globalization;
using Litre.Model.Files;

namespace Litre.Model.Weights;

/// <summary>The progress of loading a checkpoint; as text, one line without a name.</summary>
/// <param name="DoneBytes">Loaded bytes of the weights, as stored in the files.</param>
/// <param name="TotalBytes">The total bytes.</param>
/// <param name="Elapsed">Time since the first byte was requested.</param>
/// <param name="IsComplete">Whether everything is loaded and checked.</param>
public sealed record LoadProgress(long DoneBytes, long TotalBytes, TimeSpan Elapsed, bool IsComplete)
{
    private static readonly TimeSpan Meaningful = TimeSpan.FromSeconds(0.5);

    /// <summary>The slowest method with which a file was read so far.</summary>
    public ReadMethod ReadMethod { get; init; }

    /// <summary>Why direct reads are not possible for one of the files, or null.</summary>
    public string? DirectReadFailure { get; init; }

    /// <summary>Number of weight files.</summary>
    public int Files { get; init; }

    /// <summary>Number of files whose SHA-256 is known and matches.</summary>
    public int CheckedFiles { get; init; }

    public double BytesPerSecond => DoneBytes / Math.Max(Elapsed.TotalSeconds, 1e-6);

    /// <summary>For example <c>loaded 57.00 GiB in 31.2 s, 1.83 GiB/s, direct reads</c>.</summary>
    public override string ToString() =>
        IsComplete
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"loaded {GiB(TotalBytes):0.00} GiB in {Elapsed.TotalSeconds:0.0} s, {GiB(BytesPerSecond):0.00} GiB/s, {Reading}{Sums}"
            )
            : string.Create(CultureInfo.InvariantCulture, $"loading {GiB(DoneBytes):0.00} of {GiB(TotalBytes):0.00} GiB{Rate}");

    private string Rate =>
        Elapsed < Meaningful || DoneBytes == 0
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $", {GiB(BytesPerSecond):0.00} GiB/s, {TimeSpan.FromSeconds((TotalBytes - DoneBytes) / BytesPerSecond):h\\:mm\\:ss} left"
            );

    private string Reading =>
        ReadMethod switch
        {
            ReadMethod.Direct => "direct reads",
            ReadMethod.Dropping => "reads through the page cache, dropped afterwards",
            _ => "reads through the page cache",
        } + (DirectReadFailure is null ? "" : $", because direct reads are not possible ({DirectReadFailure})");

    private string Sums =>
        CheckedFiles == 0 ? ""
        : CheckedFiles == Files
            ? string.Create(CultureInfo.InvariantCulture, $", SHA-256 of {(Files == 1 ? "the file" : $"all {Files} files")} verified")
        : string.Create(CultureInfo.InvariantCulture, $", SHA-256 of {CheckedFiles} of {Files} files verified, unknown for the others");

    private static double GiB(double bytes) => bytes / (1L << 30);
}
