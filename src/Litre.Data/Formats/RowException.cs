using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>This row cannot be used, for this reason, unless this is done.</summary>
internal sealed class RowException(string reason, string remedy, UnusableKind kind = UnusableKind.Row) : Exception(reason)
{
    public UnusableKind Kind { get; } = kind;

    public string Remedy { get; } = remedy;
}
