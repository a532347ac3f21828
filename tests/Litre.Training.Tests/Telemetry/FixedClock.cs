namespace Litre.Training.Tests.Telemetry;

/// <summary>A clock that stands still.</summary>
internal sealed class FixedClock : TimeProvider
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 30, 15, 250, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
