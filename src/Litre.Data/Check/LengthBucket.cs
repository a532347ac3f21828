namespace Litre.Data.Check;

/// <summary>Samples whose length in tokens lies from <paramref name="From"/> to <paramref name="To"/>, both included.</summary>
public sealed record LengthBucket(int From, int To, int Samples);
