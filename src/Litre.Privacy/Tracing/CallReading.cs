using Litre.Privacy.Native;

namespace Litre.Privacy.Tracing;

/// <summary>What a call asks for, and the answer to it.</summary>
internal sealed record CallReading
{
    /// <summary>A call that asks for nothing of interest.</summary>
    public static CallReading Nothing { get; } = new();

    public NetworkUse? Network { get; init; }

    public IReadOnlyList<FileChange> Changes { get; init; } = [];

    /// <summary>The path of a program that is started.</summary>
    public string? Program { get; init; }

    /// <summary>The error that the call fails with; 0 to let it run.</summary>
    public int Error { get; init; }

    public static CallReading Of(NetworkAction action, NetworkReach reach, string address, int error = 0) =>
        new() { Network = new NetworkUse(action, reach, address, error != 0), Error = error };

    public static CallReading Of(params FileChange[] changes) => new() { Changes = changes };

    /// <summary>A call that uses a network and could not be read, which is refused.</summary>
    public static CallReading Unreadable(NetworkAction action) =>
        Of(action, NetworkReach.Unknown, "could not be read", ErrorNumber.NotPermitted);
}
