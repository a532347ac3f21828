using Litre.Data.Formats;

namespace Litre.Data.Check;

/// <summary>One data file: how it was recognised and what came of its rows.</summary>
public sealed record FileSummary(string File, DataFormat Format, string? Split, int Usable, int Unusable);
