using Litre.Core;

namespace Litre.Data.Samples;

/// <summary>A row, file or image that cannot be used.</summary>
/// <param name="Origin">Where it stands.</param>
/// <param name="Reason">What was expected and what was found.</param>
/// <param name="Remedy">What would fix it.</param>
public sealed record UnusableRow(SampleOrigin Origin, string Reason, string Remedy)
{
    /// <summary>What kind of trouble it is, for counting.</summary>
    public UnusableKind Kind { get; init; }

    /// <summary>From what is wrong with a row's image; such messages end with what to do, after the last semicolon.</summary>
    internal static UnusableRow FromMedia(SampleOrigin origin, InputException e)
    {
        var cut = e.Message.LastIndexOf("; ", StringComparison.Ordinal);
        var (reason, remedy) = cut < 0 ? (e.Message, "fix or replace the image") : (e.Message[..cut], e.Message[(cut + 2)..]);
        return new UnusableRow(origin, reason, remedy) { Kind = UnusableKind.Media };
    }

    public override string ToString() => $"{Origin}: {Reason}; {Remedy}";
}

/// <summary>What keeps a row from being used.</summary>
public enum UnusableKind
{
    /// <summary>The row, or its file, cannot be read or has not the fields it needs.</summary>
    Row,

    /// <summary>As many places for images in the text as images given were expected.</summary>
    Placeholder,

    /// <summary>An image or video is missing, damaged or not allowed.</summary>
    Media,
}
