using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>A row that cannot be used, with the reason and a remedy.</summary>
internal sealed class RowException(string reason, string remedy, UnusableKind kind = UnusableKind.Row) : Exception(reason)
{
    public UnusableKind Kind { get; } = kind;

    public string Remedy { get; } = remedy;
}
