namespace Litre.Data.Formats;

/// <summary>This row cannot be used, for this reason, unless this is done.</summary>
internal sealed class RowException(string reason, string remedy) : Exception(reason)
{
    public string Remedy { get; } = remedy;
}
