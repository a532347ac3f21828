namespace Litre.Data.Samples;

/// <summary>A row, file or picture that cannot be used.</summary>
/// <param name="Origin">Where it stands.</param>
/// <param name="Reason">What was expected and what was found.</param>
/// <param name="Remedy">What would mend it.</param>
public sealed record UnusableRow(SampleOrigin Origin, string Reason, string Remedy)
{
    /// <summary>What kind of trouble it is, for counting.</summary>
    public UnusableKind Kind { get; init; }

    public override string ToString() => $"{Origin}: {Reason}; {Remedy}";
}
