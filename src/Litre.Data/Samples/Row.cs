namespace Litre.Data.Samples;

/// <summary>What reading one row gave: a sample, or why there is none.</summary>
public readonly record struct Row(Sample? Sample, UnusableRow? Unusable)
{
    public static Row Of(Sample sample) => new(sample, null);

    public static Row Of(UnusableRow unusable) => new(null, unusable);
}
