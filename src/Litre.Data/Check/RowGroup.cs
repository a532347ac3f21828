using Litre.Data.Samples;

namespace Litre.Data.Check;

/// <summary>Rows that have something in common.</summary>
/// <param name="What">The id, or the picture's content hash, or the question.</param>
/// <param name="Rows">Where they stand.</param>
public sealed record RowGroup(string What, IReadOnlyList<SampleOrigin> Rows);
