namespace Litre.Data.Samples;

/// <summary>Where a row stands.</summary>
/// <param name="File">The data file.</param>
/// <param name="Line">Line of the file where the row begins, from 1; for Parquet the row's number.</param>
public readonly record struct SampleOrigin(string File, long Line)
{
    public override string ToString() => $"{File}:{Line}";
}
