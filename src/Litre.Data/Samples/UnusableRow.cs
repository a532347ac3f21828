using Litre.Core;

namespace Litre.Data.Samples;

/// <summary>A row, file or image that cannot be used.</summary>
/// <param name="Origin">Its location.</param>
/// <param name="Reason">What was expected and what was found.</param>
/// <param name="Remedy">How to fix it.</param>
public sealed record UnusableRow(SampleOrigin Origin, string Reason, string Remedy)
{
    /// <summary>The kind of problem, for counting.</summary>
    public UnusableKind Kind { get; init; }

    /// <summary>Creates one from an exception about a row's image, whose message ends with what to do, after the last semicolon.</summary>
    internal static UnusableRow FromMedia(SampleOrigin origin, InputException e)
    {
        var cut = e.Message.LastIndexOf("; ", StringComparison.Ordinal);
        var (reason, remedy) = cut < 0 ? (e.Message, "fix or replace the image") : (e.Message[..cut], e.Message[(cut + 2)..]);
        return new UnusableRow(origin, reason, remedy) { Kind = UnusableKind.Media };
    }

    public override string ToString() => $"{Origin}: {Reason}; {Remedy}";
}

/// <summary>Why a row cannot be used.</summary>
public enum UnusableKind
{
    /// <summary>The row, or its file, cannot be read or lacks required fields.</summary>
    Row,

    /// <summary>The numbers of placeholders in the text and of given images differ.</summary>
    Placeholder,

    /// <summary>An image or video is missing, damaged or not allowed.</summary>
    Media,
}
