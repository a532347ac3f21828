using System.Globalization;
using Litre.Model.Files;

namespace Litre.Model.Weights;

/// <summary>How far a checkpoint is loaded; as text, one line without a name.</summary>
/// <param name="DoneBytes">The bytes of the weights that are loaded, as the files hold them.</param>
/// <param name="TotalBytes">The same when all is loaded.</param>
/// <param name="Elapsed">Since the first byte was asked for.</param>
/// <param name="IsComplete">All is there and checked.</param>
public sealed record LoadProgress(long DoneBytes, long TotalBytes, TimeSpan Elapsed, bool IsComplete)
{
    private static readonly TimeSpan Meaningful = TimeSpan.FromSeconds(0.5);

    /// <summary>The worst way in which a file was read so far.</summary>
    public ReadMethod ReadMethod { get; init; }

    /// <summary>Why direct reads are not possible for one of the files, or null.</summary>
    public string? DirectReadFailure { get; init; }

    /// <summary>Weight files that are read.</summary>
    public int Files { get; init; }

    /// <summary>Those of them whose SHA-256 is known and agrees.</summary>
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
